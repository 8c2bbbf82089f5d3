"""Rate limits: per address and per account name, and who counts as one address."""

from __future__ import annotations

import pytest
from flask import Flask
from limits import parse_many

from config import Config
from crypto.wire import b64_encode
from tests.web.conftest import BuildApp
from tests.web.visitor import API, Person, Visitor, code
from web import limits
from web.house import house_of

WRONG = b64_encode(bytes(32))


def at(app: Flask, address: str) -> Visitor:
    return Visitor(app, REMOTE_ADDR=address)


def attempt(visitor: Visitor, login: str) -> tuple[int, str]:
    answer = visitor.post("/sessions", {"login": login, "login_key": WRONG})
    return answer.status_code, code(answer)


FAILED, LIMITED = (401, "login_failed"), (429, "rate_limited")


def test_logins_from_one_address_are_limited(build_app: BuildApp) -> None:
    app = build_app(limit_login="3 per minute")
    visitor = at(app, "192.0.2.1")
    assert [attempt(visitor, f"name{n}") for n in range(4)] == [FAILED] * 3 + [LIMITED]
    assert attempt(at(app, "192.0.2.2"), "name0") == FAILED


def test_a_limit_says_how_long_to_wait(build_app: BuildApp) -> None:
    visitor = at(build_app(limit_login="1 per minute"), "192.0.2.1")
    attempt(visitor, "alice")
    answer = visitor.post("/sessions", {"login": "alice", "login_key": WRONG})
    assert 1 <= answer.get_json()["retry_after"] <= 60
    assert answer.headers["Retry-After"] == str(answer.get_json()["retry_after"])


def test_logins_to_one_name_are_limited_from_everywhere(build_app: BuildApp) -> None:
    app = build_app(limit_login_name="3 per minute")
    spelled = ["alice", "ALICE", " alice ", "alice"]
    tried = [attempt(at(app, f"192.0.2.{n}"), name) for n, name in enumerate(spelled)]
    assert tried == [FAILED] * 3 + [LIMITED]
    assert attempt(at(app, "192.0.2.9"), "bob") == FAILED


def test_proofs_inside_a_session_are_limited_too(build_app: BuildApp) -> None:
    """A stolen session is no place to guess passwords."""
    visitor = Visitor(build_app(limit_login_name="2 per minute"))
    visitor.sign_up("alice")
    body = {"login_key": WRONG}
    codes = [code(visitor.post("/vault/unlock", body)) for _ in range(3)]
    assert codes == ["login_failed", "login_failed", "rate_limited"]
    new = {**body, "version": 2, "box": b64_encode(visitor.person.identity_box(2))}
    codes = [code(visitor.put("/vault/identity", new)) for _ in range(3)]
    assert codes == ["login_failed", "login_failed", "rate_limited"]


def test_sign_ups_and_questions_for_parameters_are_limited(build_app: BuildApp) -> None:
    app = build_app(limit_signup="1 per minute", limit_kdf="1 per minute")
    assert Visitor(app).sign_up("alice").status_code == 201
    assert code(Visitor(app).sign_up("bob")) == "rate_limited"
    assert Visitor(app).post("/kdf", {"login": "x"}).status_code == 200
    assert code(Visitor(app).post("/kdf", {"login": "y"})) == "rate_limited"


def test_publishing_is_limited_per_account(build_app: BuildApp) -> None:
    app = build_app(limit_publish="1 per minute")
    alice, bob = Visitor(app), Visitor(app)
    for visitor, name in ((alice, "alice"), (bob, "bob")):
        visitor.sign_up(name)
        body = {"refresh": b64_encode(visitor.person.refresh())}
        assert visitor.post("/refreshes", body).status_code == 201
        assert code(visitor.post("/refreshes", body)) == "rate_limited"


def test_what_accumulates_is_limited_per_day_too() -> None:
    rates = parse_many(limit_of("people.publish_list"))
    assert limit_of("people.publish_refresh") == limit_of("people.publish_list")
    days = [rate for rate in rates if rate.get_expiry() == 24 * 60 * 60]
    assert [rate.amount for rate in days] == [100]


def limit_of(endpoint: str) -> str:
    config = Config("development", ("x",), ("x",), ("x",))
    ((rate, _),) = limits.table(config)[endpoint]
    return rate


def test_everything_under_the_api_has_a_general_limit(build_app: BuildApp) -> None:
    app = build_app(limit_api="5 per minute")
    visitor = Visitor(app)
    answers = [visitor.get(f"{API}/{path}") for path in ("me", "sessions", "csrf") * 2]
    assert [answer.status_code for answer in answers] == [401, 401, 200, 401, 401, 429]
    assert visitor.get("/healthz").status_code == 200


def test_a_forwarded_address_is_believed_only_when_configured(build_app: BuildApp) -> None:
    for proxies, expected in ((0, LIMITED), (1, FAILED)):
        app = build_app(limit_login="1 per minute", trusted_proxies=proxies)
        for n in (1, 2):
            sent = {"X-Forwarded-For": f"10.0.0.1, 198.51.100.{n}"}
            answer = at(app, "192.0.2.1").post(
                "/sessions", {"login": "x", "login_key": WRONG}, headers=sent
            )
        assert (answer.status_code, code(answer)) == expected


def test_only_the_trusted_hop_counts(build_app: BuildApp) -> None:
    """What a client writes in front of it changes nothing."""
    app = build_app(limit_login="1 per minute", trusted_proxies=1)
    for n in (1, 2):
        sent = {"X-Forwarded-For": f"198.51.100.{n}, 203.0.113.7"}
        answer = at(app, "192.0.2.1").post(
            "/sessions", {"login": "x", "login_key": WRONG}, headers=sent
        )
    assert (answer.status_code, code(answer)) == LIMITED


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("", "unknown"),
        ("x", "unknown"),
    ],
)
def test_what_one_address_is(app: Flask, address: str, key: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert limits.by_address() == key


def test_a_full_line_for_hashing_says_so(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = house_of(app).hashing
    monkeypatch.setattr(limit, "_room", 0)
    answer = Visitor(app).sign_up("alice")
    assert (answer.status_code, code(answer)) == (503, "busy")
    assert answer.headers["Retry-After"] == "3"
    monkeypatch.undo()
    assert Visitor(app).post("/accounts", Person("alice").sign_up_body()).status_code == 201
