"""Requests that another site made a browser send: CSRF tokens, Origin, CORS."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.web.conftest import BuildApp
from tests.web.visitor import API, Visitor, code
from web import guards
from web.house import house_of

FRIEND = "https://friend.example.org"
UNSAFE = ["POST", "PUT", "PATCH", "DELETE"]


def unsafe_routes(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (method, rule.rule.replace("<session_id>", "x").replace("<conversation_id>", "x"))
        for rule in app.url_map.iter_rules()
        for method in rule.methods or ()
        if method in UNSAFE
    )


def test_no_route_changes_anything_without_a_token(alice: Visitor) -> None:
    routes = unsafe_routes(alice.app)
    assert len(routes) >= 10
    for method, path in routes:
        for headers in ({}, {"X-CSRF-Token": "x"}, {"X-CSRF-Token": ""}):
            answer = alice.client.open(path, method=method, headers=headers, json={})
            assert (answer.status_code, code(answer)) == (403, "csrf_failed"), path


def test_the_token_of_another_session_is_refused(alice: Visitor, app: Flask) -> None:
    token = Visitor(app).token()
    answer = alice.client.delete(f"{API}/sessions/current", headers={"X-CSRF-Token": token})
    assert code(answer) == "csrf_failed"
    assert alice.signed_in()


def test_a_token_in_the_body_or_the_address_is_not_enough(alice: Visitor) -> None:
    token = alice.token()
    path = f"{API}/sessions/current?csrf_token={token}"
    assert code(alice.client.delete(path)) == "csrf_failed"


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.org",
        "null",
        "https://localhost",
        "http://localhost:81",
        "http://localhost.evil.org",
        FRIEND,
    ],
)
def test_a_foreign_origin_is_refused_even_with_a_token(alice: Visitor, origin: str) -> None:
    answer = alice.delete("/sessions/current", headers={"Origin": origin})
    assert (answer.status_code, code(answer)) == (403, "origin_refused")
    assert alice.signed_in()


@pytest.mark.parametrize("origin", ["http://localhost", FRIEND])
def test_our_own_origin_and_listed_ones_are_taken(build_app: BuildApp, origin: str) -> None:
    visitor = Visitor(build_app(cors_origins=(FRIEND,)))
    assert visitor.post("/kdf", {"login": "x"}, headers={"Origin": origin}).status_code == 200


def test_no_cors_headers_by_default(visitor: Visitor) -> None:
    answer = visitor.get(f"{API}/csrf", headers={"Origin": FRIEND})
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_cors_headers_for_listed_origins_on_the_api_alone(build_app: BuildApp) -> None:
    visitor = Visitor(build_app(cors_origins=(FRIEND,)))
    answer = visitor.get(f"{API}/csrf", headers={"Origin": FRIEND})
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"
    foreign = visitor.get(f"{API}/csrf", headers={"Origin": "https://evil.example.org"})
    assert "Access-Control-Allow-Origin" not in foreign.headers
    page = visitor.get("/healthz", headers={"Origin": FRIEND})
    assert "Access-Control-Allow-Origin" not in page.headers


def test_a_preflight_names_the_token(build_app: BuildApp) -> None:
    visitor = Visitor(build_app(cors_origins=(FRIEND,)))
    asked = {
        "Origin": FRIEND,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-csrf-token",
    }
    answer = visitor.client.options(f"{API}/kdf", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Headers"].lower() == "x-csrf-token"


def test_a_proxy_is_believed_only_when_configured(build_app: BuildApp) -> None:
    """Behind TLS the page's origin is https, and the server must know."""
    sent = {"Origin": "https://localhost", "X-Forwarded-Proto": "https"}
    direct = build_app()
    assert code(Visitor(direct).post("/kdf", {"login": "x"}, headers=sent)) == "origin_refused"
    for proxies in (1, 2):
        behind = build_app(trusted_proxies=proxies)
        assert Visitor(behind).post("/kdf", {"login": "x"}, headers=sent).status_code == 200


def test_a_forwarded_host_is_never_believed(build_app: BuildApp) -> None:
    sent = {"Origin": "http://evil.example.org", "X-Forwarded-Host": "evil.example.org"}
    visitor = Visitor(build_app(trusted_proxies=1))
    assert code(visitor.post("/kdf", {"login": "x"}, headers=sent)) == "origin_refused"


def environ(**headers: str) -> dict[str, str]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "HTTP_HOST": "localhost",
        **headers,
    }


def test_a_socket_has_the_session_of_its_cookie(alice: Visitor, app: Flask) -> None:
    sent = environ(HTTP_COOKIE=f"cryptexq_session={alice.cookie()}")
    assert guards.session_of_environ(app, sent).user_id == alice.person.user_id
    for wrong in (environ(), environ(HTTP_COOKIE="cryptexq_session=x")):
        with pytest.raises(guards.NotSignedIn):
            guards.session_of_environ(app, wrong)
    alice.delete("/sessions/current")
    with pytest.raises(guards.NotSignedIn):
        guards.session_of_environ(app, sent)


def test_a_socket_must_name_its_origin(app: Flask) -> None:
    house = house_of(app)
    own = environ(HTTP_ORIGIN="http://localhost")
    assert guards.verify_origin(house, own) == "http://localhost"
    for wrong in (environ(), environ(HTTP_ORIGIN="null"), environ(HTTP_ORIGIN=FRIEND)):
        with pytest.raises(guards.OriginRefused):
            guards.verify_origin(house, wrong)
