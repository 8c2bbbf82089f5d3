"""Sign-up and login: what an honest person does, and what everybody else is told."""

from __future__ import annotations

import hashlib
import os
from typing import Any

import pytest
from flask import Flask

from crypto import device_list
from crypto.errors import KeyMissing
from crypto.wire import b64_encode
from services import verifiers
from services.devices import CLOCK_MS
from store.sqlite import SqliteStore
from tests.web.conftest import BuildApp
from tests.web.visitor import API, NOW, Person, Visitor, code
from web.house import house_of


def test_sign_up_stores_an_account_and_opens_a_session(
    visitor: Visitor, store: SqliteStore
) -> None:
    answer = visitor.sign_up("alice")
    person = visitor.person

    assert answer.status_code == 201
    assert answer.get_json() == {"user_id": b64_encode(person.user_id), "name": "alice"}
    assert visitor.get(f"{API}/me").get_json() == {
        "user_id": b64_encode(person.user_id),
        "name": "alice",
        "server_time": NOW,
    }
    account = store.account_by_name("alice")
    assert account is not None
    assert person.login_key not in account.login_verifier
    assert person.email.encode() not in account.email_box
    newest = store.device_list(person.user_id)
    assert newest is not None
    assert newest.version == 1


def test_the_stored_email_can_be_read_with_the_at_rest_key_alone(
    alice: Visitor, store: SqliteStore
) -> None:
    account = store.account_by_id(alice.person.user_id)
    keys = house_of(alice.app).keys
    assert account is not None
    assert keys.open_email(account.email_box, account.user_id) == "alice@example.org"


@pytest.mark.parametrize("login", ["alice", "Alice ", "alice@example.org", "ALICE@example.ORG"])
def test_login_by_name_or_email_gives_the_vault(alice: Visitor, app: Flask, login: str) -> None:
    body = alice.person.sign_up_body()
    fresh = Visitor(app)
    answer = fresh.log_in(alice.person, login)

    assert answer.status_code == 200
    found = answer.get_json()
    assert found["name"] == "alice"
    assert set(found["vault"]) == {"wrap", "wrap_version", "identity", "book"}
    assert found["vault"]["wrap_version"] == 1
    assert len(found["vault"]["wrap"]) == len(body["vault"]["wrap_password"])
    assert fresh.signed_in()


def test_the_recovery_key_opens_a_session_and_gets_its_own_wrap(
    visitor: Visitor, app: Flask
) -> None:
    person = Person("alice")
    body = person.sign_up_body()
    visitor.post("/accounts", body)
    recovery = {"login": "alice", "recovery_login_key": b64_encode(person.recovery_login_key)}

    by_recovery = Visitor(app).post("/sessions", recovery).get_json()["vault"]
    by_password = Visitor(app).log_in(person).get_json()["vault"]

    assert by_recovery["wrap"] == body["vault"]["wrap_recovery"]
    assert by_password["wrap"] == body["vault"]["wrap_password"]
    assert by_recovery["identity"] == {"version": 1, "box": body["vault"]["identity"]}
    assert by_recovery["book"] == {"version": 1, "box": body["vault"]["book"]}


def login_bodies(person: Person) -> dict[str, dict[str, str]]:
    right, wrong = b64_encode(person.login_key), b64_encode(os.urandom(32))
    recovery = b64_encode(person.recovery_login_key)
    return {
        "unknown name": {"login": "nobody-here", "login_key": right},
        "unknown address": {"login": "nobody@example.org", "login_key": right},
        "impossible name": {"login": "no such name!", "login_key": right},
        "wrong key": {"login": "alice", "login_key": wrong},
        "wrong recovery key": {"login": "alice", "recovery_login_key": wrong},
        "recovery key as login key": {"login": "alice", "login_key": recovery},
        "login key as recovery key": {"login": "alice", "recovery_login_key": right},
    }


@pytest.mark.parametrize("case", login_bodies(Person("alice")))
def test_every_failed_login_is_told_the_same(alice: Visitor, app: Flask, case: str) -> None:
    stranger = Visitor(app)
    answer = stranger.post("/sessions", login_bodies(alice.person)[case])

    assert answer.status_code == 401
    assert code(answer) == "login_failed"
    problem = answer.get_json()
    expected = Visitor(app).post("/sessions", login_bodies(alice.person)["wrong key"]).get_json()
    assert {**problem, "request_id": ""} == {**expected, "request_id": ""}
    assert not stranger.signed_in()


@pytest.mark.parametrize("case", login_bodies(Person("alice")))
def test_every_failed_login_costs_the_same_hashing(
    alice: Visitor, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    work: list[tuple[Any, ...]] = []
    real = hashlib.pbkdf2_hmac

    def counting(name: str, key: bytes, salt: bytes, rounds: int, length: int) -> bytes:
        work.append((name, len(key), len(salt), rounds, length))
        return real(name, key, salt, rounds, length)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", counting)
    alice.post("/sessions", login_bodies(alice.person)[case])
    assert work == [("sha256", 32, 16, verifiers.ROUNDS, 32)]


def test_strangers_get_parameters_that_look_real_and_never_change(
    alice: Visitor, build_app: BuildApp
) -> None:
    real = alice.post("/kdf", {"login": "alice"}).get_json()
    assert real["salt"] == b64_encode(alice.person.salt)
    assert real == alice.post("/kdf", {"login": "alice@example.org"}).get_json()

    stranger = alice.post("/kdf", {"login": "mallory"}).get_json()
    assert {**stranger, "salt": ""} == {**real, "salt": ""}
    assert len(stranger["salt"]) == len(real["salt"])

    # After a restart, and after the rotation of every key that is rotated.
    rotated = build_app(secret_keys=("another" * 8,), hmac_secrets=("third" * 10,))
    assert Visitor(rotated).post("/kdf", {"login": "mallory"}).get_json() == stranger
    assert Visitor(rotated).post("/kdf", {"login": "mallory2"}).get_json() != stranger


def test_a_name_an_address_or_an_id_is_given_out_once(alice: Visitor, app: Flask) -> None:
    same_name = Person("alice")
    same_name.email = "other@example.org"
    same_email = Person("bob")
    same_email.email = "Alice@Example.org"
    same_id = Person("carol")
    same_id.user_id = alice.person.user_id
    for person in (same_name, same_email, same_id):
        body = {**person.sign_up_body(), "device_list": b64_encode(_list_of(person))}
        answer = Visitor(app).post("/accounts", body)
        assert (answer.status_code, code(answer)) == (409, "account_taken")


def _list_of(person: Person) -> bytes:
    return person.signed_list(user_id=person.user_id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("memory_kib", 19455),
        ("memory_kib", 262145),
        ("passes", 1),
        ("passes", 11),
        ("lanes", 0),
        ("lanes", 2),
    ],
)
def test_password_parameters_that_are_too_weak_or_too_strong_are_refused(
    visitor: Visitor, store: SqliteStore, field: str, value: int
) -> None:
    person = Person("alice")
    body = person.sign_up_body()
    body["kdf"][field] = value
    answer = visitor.post("/accounts", body)
    assert (answer.status_code, code(answer)) == (422, "kdf_refused")
    assert store.account_by_name("alice") is None


def tampered(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


def bad_lists(person: Person) -> dict[str, bytes]:
    good = person.signed_list()
    parsed = device_list.parse_signed(good)
    return {
        "another name": person.signed_list(name="alicia"),
        "another user": person.signed_list(user_id=os.urandom(16)),
        "another version": person.next_list(good),
        "changed device": tampered(good, len(good) - 3373 - 20),
        "changed Ed25519 signature": tampered(good, len(good) - 3373),
        "changed ML-DSA signature": tampered(good, len(good) - 1),
        "signed by another": parsed.raw[:-3373] + Person("alice").signed_list()[-3373:],
        "cut short": good[:-1],
        "left over": good + b"\0",
        "unknown version": b"\x02" + good[1:],
    }


@pytest.mark.parametrize("case", bad_lists(Person("alice")))
def test_a_first_device_list_that_is_not_right_is_refused(
    visitor: Visitor, store: SqliteStore, case: str
) -> None:
    person = Person("alice")
    body = {**person.sign_up_body(), "device_list": b64_encode(bad_lists(person)[case])}
    answer = visitor.post("/accounts", body)
    assert (answer.status_code, code(answer)) == (422, "list_refused")
    assert store.account_by_name("alice") is None
    assert not visitor.signed_in()


@pytest.mark.parametrize("off", [CLOCK_MS + 1, -CLOCK_MS - 1])
def test_a_first_device_list_is_issued_by_the_servers_clock(visitor: Visitor, off: int) -> None:
    person = Person("alice")
    bad = b64_encode(person.signed_list(issued_at=NOW + off))
    answer = visitor.post("/accounts", {**person.sign_up_body(), "device_list": bad})
    assert (answer.status_code, code(answer)) == (409, "clock_off")
    assert answer.get_json()["server_time"] == NOW
    assert not visitor.signed_in()


def test_old_keys_still_open_what_they_sealed(
    alice: Visitor, build_app: BuildApp, store: SqliteStore
) -> None:
    """Rotation: the new key in front, the old one behind it."""
    config = house_of(alice.app).config
    rotated = build_app(secret_keys=("new-key" * 8, *config.secret_keys))
    late = Visitor(rotated)
    late.set_cookie(alice.cookie())
    assert late.signed_in()  # the cookie was signed by the old key

    assert Visitor(rotated).log_in(alice.person, "alice@example.org").status_code == 200
    account = store.account_by_id(alice.person.user_id)
    assert account is not None
    keys = house_of(rotated).keys
    assert keys.open_email(account.email_box, account.user_id) == "alice@example.org"

    again = Person("bob")
    again.email = "alice@example.org"
    assert code(Visitor(rotated).post("/accounts", again.sign_up_body())) == "account_taken"


def test_an_at_rest_key_set_later_seals_and_the_derived_one_still_opens(
    alice: Visitor, build_app: BuildApp, store: SqliteStore
) -> None:
    separate = build_app(at_rest_secrets=("separate" * 8,))
    assert Visitor(separate).log_in(alice.person, "alice@example.org").status_code == 200

    bob = Visitor(separate)
    bob.sign_up("bob")
    account = store.account_by_id(bob.person.user_id)
    assert account is not None
    with pytest.raises(KeyMissing):
        house_of(alice.app).keys.open_email(account.email_box, account.user_id)
