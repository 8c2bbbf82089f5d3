"""Every security header, on every route, for answers and for errors. The policy is spelled out here
again, so that nobody loosens it by changing one place."""

from __future__ import annotations

from itertools import product

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.web.conftest import BuildApp
from tests.web.visitor import API, Visitor
from web import pages
from web.house import house_of

ALWAYS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
        "img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types cryptexq-worker"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-XSS-Protection": "1; mode=block",
}
REFUSED_FEATURES = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")


def check(answer: TestResponse, *, production: bool, lasting: bool = False) -> None:
    for name, value in ALWAYS.items():
        assert answer.headers.getlist(name) == [value], name
    for feature in REFUSED_FEATURES:
        assert f"{feature}=()" in answer.headers["Permissions-Policy"]
    hsts = answer.headers.getlist("Strict-Transport-Security")
    assert hsts == (["max-age=31536000"] if production else [])
    caching = "public, max-age=31536000, immutable" if lasting else "no-store"
    assert answer.headers.getlist("Cache-Control") == [caching]
    assert "Server" not in answer.headers
    assert "X-Powered-By" not in answer.headers


def every_route(app: Flask) -> list[tuple[str, str]]:
    fill = {"version": "x", "name": "x", "session_id": "x", "user_id": "x", "conversation_id": "x"}
    found = []
    for rule in app.url_map.iter_rules():
        _, path = rule.build({name: fill[name] for name in rule.arguments}, append_unknown=False)
        found += [(method, path) for method in sorted(rule.methods or ())]
    return found


@pytest.mark.parametrize("production", [False, True])
def test_every_route_has_every_header(build_app: BuildApp, production: bool) -> None:
    app = build_app(environment="production" if production else "development")
    visitor = Visitor(app)
    visitor.environ = {"wsgi.url_scheme": "https"}
    visitor.sign_up("alice")
    routes = every_route(app)
    assert len(routes) > 40
    for method, path in routes:
        # Once signed in and once as nobody, with a token and without: answers and refusals.
        check(visitor.client.open(path, method=method), production=production)
        check(visitor.send_raw(method, path), production=production)
        check(Visitor(app).client.open(path, method=method), production=production)


def test_errors_have_every_header(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(app)
    check(visitor.get("/nowhere"), production=False)
    check(visitor.get(f"{API}/nowhere"), production=False)
    check(visitor.client.post("/"), production=False)
    check(visitor.client.post(f"{API}/kdf", data=b"x" * 70_000), production=False)

    def fail() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(pages, "_visitor", fail)
    for path in ("/", "/talk"):
        answer = visitor.get(path)
        assert answer.status_code == 500
        check(answer, production=False)


UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


WEBSOCKET = "?EIO=4&transport=websocket"
QUERIES = ("", "?EIO=4", "?EIO=4&transport=polling", WEBSOCKET, f"{WEBSOCKET}&sid=x")


@pytest.mark.parametrize("production", [False, True])
def test_refusals_of_sockets_have_every_header(build_app: BuildApp, production: bool) -> None:
    """They are given before Flask sees the request."""
    app = build_app(environment="production" if production else "development")
    client, seen = app.test_client(), set()
    for query, method in product(QUERIES, ("GET", "POST", "PUT", "OPTIONS")):
        for headers in ({}, UPGRADE, {**UPGRADE, "Origin": "http://localhost"}):
            answer = client.open(f"/socket.io/{query}", method=method, headers=headers)
            check(answer, production=production)
            seen.add(answer.status_code)
    assert {400, 401, 403} <= seen


def test_only_a_static_file_that_exists_may_be_kept(app: Flask) -> None:
    visitor = Visitor(app)
    version = house_of(app).assets.snapshot.version
    found = visitor.get(f"/static/{version}/vendor/noble.js")
    assert found.status_code == 200
    check(found, production=False, lasting=True)
    for path in (f"/static/{version}/vendor/none.js", "/static/0000/vendor/noble.js"):
        missing = visitor.get(path)
        assert missing.status_code == 404
        check(missing, production=False)
