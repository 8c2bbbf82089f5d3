"""Sessions: fresh at login, listed, ended, expired, and never brought along by a browser."""

from __future__ import annotations

import hashlib

import pytest
from flask import Flask

from crypto.wire import b64_encode
from services import sessions
from services.events import SessionsEnded
from services.sessions import DAY
from store.sqlite import SqliteStore
from tests.web.conftest import BuildApp, Clock
from tests.web.visitor import API, Visitor, code
from web.house import house_of


def heard(app: Flask) -> list[SessionsEnded]:
    events: list[SessionsEnded] = []
    house_of(app).events.subscribe(SessionsEnded, events.append)
    return events


def test_login_ends_the_session_that_the_browser_had(alice: Visitor, app: Flask) -> None:
    old, events = alice.cookie(), heard(app)
    alice.log_in(alice.person)
    assert alice.signed_in()
    assert len(events) == 1

    thief = Visitor(app)
    thief.set_cookie(old)
    assert code(thief.get(f"{API}/me")) == "not_signed_in"


@pytest.mark.parametrize("way", ["login", "sign-up"])
def test_another_persons_session_in_the_browser_ends_too(
    alice: Visitor, app: Flask, way: str
) -> None:
    other = Visitor(app)
    other.sign_up("bob")
    old, events, bob = alice.cookie(), heard(app), other.person
    left = alice.person.user_id
    answer = alice.log_in(bob) if way == "login" else alice.sign_up("carol")
    assert answer.status_code in (200, 201)

    assert [(event.user_id, len(event.session_ids)) for event in events] == [(left, 1)]
    thief = Visitor(app)
    thief.set_cookie(old)
    assert not thief.signed_in()
    assert other.signed_in()


def test_a_failed_login_leaves_the_session_that_was_there(alice: Visitor) -> None:
    wrong = {"login": "alice", "login_key": b64_encode(bytes(32))}
    assert code(alice.post("/sessions", wrong)) == "login_failed"
    assert alice.signed_in()


def test_a_planted_cookie_and_its_csrf_token_are_worthless_after_login(
    visitor: Visitor, alice: Visitor, app: Flask
) -> None:
    attacker, victim = Visitor(app), Visitor(app)
    planted_token = attacker.token()
    planted = attacker.cookie()

    victim.set_cookie(planted)
    victim.log_in(alice.person)

    assert victim.cookie() != planted
    assert not attacker.signed_in()
    answer = victim.client.delete(
        f"{API}/sessions/current", headers={"X-CSRF-Token": planted_token}
    )
    assert code(answer) == "csrf_failed"


def test_a_cookie_is_dead_after_logout(alice: Visitor, app: Flask) -> None:
    old, events = alice.cookie(), heard(app)
    assert alice.delete("/sessions/current").status_code == 204
    assert not alice.signed_in()
    assert [len(event.session_ids) for event in events] == [1]

    replayed = Visitor(app)
    replayed.set_cookie(old)
    assert not replayed.signed_in()
    assert code(replayed.get(f"{API}/vault/book")) == "not_signed_in"


def test_a_cookie_signed_by_another_key_is_nobody(alice: Visitor, build_app: BuildApp) -> None:
    elsewhere = Visitor(build_app(secret_keys=("elsewhere" * 6,)))
    elsewhere.set_cookie(alice.cookie())
    assert not elsewhere.signed_in()


def test_the_token_is_not_in_the_database(alice: Visitor, store: SqliteStore) -> None:
    with alice.client.session_transaction() as cookie:
        token = cookie["token"]
    stored = store.sessions_of(alice.person.user_id, 0)
    assert [s.token_hash for s in stored] == [hashlib.sha256(decode(token)).digest()]


def decode(text: str) -> bytes:
    from crypto.wire import b64_decode

    return b64_decode(text)


def test_sessions_are_listed_and_others_can_be_ended(alice: Visitor, app: Flask) -> None:
    phone, events = Visitor(app), heard(app)
    phone.client.environ_base["HTTP_USER_AGENT"] = "Phone\x07/1.0 " + "x" * 500
    phone.log_in(alice.person)

    found = phone.get(f"{API}/sessions").get_json()["sessions"]
    assert [s["current"] for s in found].count(True) == 1
    mine = next(s for s in found if s["current"])
    assert mine["agent"].startswith("Phone/1.0 xxx")
    assert len(mine["agent"]) == 200
    assert set(mine) == {"id", "created_at", "seen_at", "current", "agent"}

    assert phone.delete("/sessions").status_code == 204
    assert phone.signed_in()
    assert not alice.signed_in()
    assert len(events[0].session_ids) == 1
    assert len(phone.get(f"{API}/sessions").get_json()["sessions"]) == 1


def test_one_session_can_be_ended_by_its_id(alice: Visitor, app: Flask) -> None:
    phone = Visitor(app)
    phone.log_in(alice.person)
    listed = phone.get(f"{API}/sessions").get_json()["sessions"]
    other = next(s["id"] for s in listed if not s["current"])

    assert phone.delete(f"/sessions/{other}").status_code == 204
    assert not alice.signed_in()
    assert code(phone.delete(f"/sessions/{other}")) == "no_such_session"


def test_another_persons_session_cannot_be_ended(alice: Visitor, app: Flask) -> None:
    target = alice.get(f"{API}/sessions").get_json()["sessions"][0]["id"]
    mallory = Visitor(app)
    mallory.sign_up("mallory")
    answer = mallory.delete(f"/sessions/{target}")
    assert (answer.status_code, code(answer)) == (404, "no_such_session")
    assert alice.signed_in()


def test_a_session_ends_when_idle(alice: Visitor, clock: Clock) -> None:
    clock.now += 29 * DAY
    assert alice.signed_in()
    clock.now += 29 * DAY
    assert alice.signed_in()  # being seen counts
    clock.now += 30 * DAY
    assert not alice.signed_in()
    clock.now -= 30 * DAY
    assert not alice.signed_in()  # it is gone, not hidden


def test_a_session_ends_in_any_case(alice: Visitor, clock: Clock) -> None:
    for _ in range(4):
        clock.now += 20 * DAY
        assert alice.signed_in()
    clock.now += 10 * DAY
    assert not alice.signed_in()


def test_an_idle_session_is_not_listed(alice: Visitor, app: Flask, clock: Clock) -> None:
    clock.now += 31 * DAY
    fresh = Visitor(app)
    fresh.log_in(alice.person)
    assert len(fresh.get(f"{API}/sessions").get_json()["sessions"]) == 1


def test_the_oldest_session_makes_room(
    alice: Visitor, app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "MOST_PER_ACCOUNT", 2)
    for _ in range(2):
        clock.now += 1
        newest = Visitor(app)
        newest.log_in(alice.person)
    assert not alice.signed_in()
    assert len(newest.get(f"{API}/sessions").get_json()["sessions"]) == 2


def test_a_login_sweeps_out_what_has_expired(
    alice: Visitor, app: Flask, clock: Clock, store: SqliteStore
) -> None:
    bob = Visitor(app)
    bob.sign_up("bob")
    bob.log_in(bob.person)
    assert len(store.sessions_of(alice.person.user_id, 0)) == 1
    clock.now += 91 * DAY
    bob.log_in(bob.person)
    assert store.sessions_of(alice.person.user_id, 0) == []


@pytest.mark.parametrize("production", [False, True])
def test_the_cookies_flags(build_app: BuildApp, production: bool) -> None:
    app = build_app(environment="production" if production else "development")
    visitor = Visitor(app, **{"wsgi.url_scheme": "https"})
    answer = visitor.get(f"{API}/csrf")
    header = answer.headers["Set-Cookie"]
    assert header.startswith("cryptexq_session=")
    assert "; HttpOnly" in header
    assert "; SameSite=Lax" in header
    assert ("; Secure" in header) is production


ROUTES_THAT_NEED_A_SESSION = [
    ("GET", "/sessions"),
    ("DELETE", "/sessions"),
    ("DELETE", "/sessions/current"),
    ("DELETE", f"/sessions/{b64_encode(bytes(16))}"),
    ("GET", "/me"),
    ("POST", "/vault/unlock"),
    ("GET", "/vault/book"),
    ("PUT", "/vault/book"),
    ("PUT", "/vault/identity"),
    ("GET", "/users?name=alice"),
    ("GET", f"/users/{b64_encode(bytes(16))}/device-lists"),
    ("PUT", "/device-list"),
    ("POST", "/refreshes"),
]
OPEN = {"accounts.csrf", "accounts.kdf", "accounts.sign_up", "accounts.log_in"}


@pytest.mark.parametrize(("method", "path"), ROUTES_THAT_NEED_A_SESSION)
def test_nothing_is_told_to_nobody(visitor: Visitor, method: str, path: str) -> None:
    answer = visitor.send(method, path, {} if method in ("POST", "PUT") else None)
    assert (answer.status_code, code(answer)) == (401, "not_signed_in")


def test_the_list_of_routes_above_is_complete(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    listed = {
        adapter.match(f"{API}{path.partition('?')[0]}", method)[0]
        for method, path in ROUTES_THAT_NEED_A_SESSION
    }
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/")}
    mine = {endpoint for endpoint in rules if not endpoint.startswith("conversations.")}
    assert mine - OPEN == listed
