"""The vault: versions by compare and swap, and a fresh proof where a session is not enough."""

from __future__ import annotations

import os

import pytest
from flask import Flask

from crypto.wire import b64_encode
from tests.web.visitor import API, Visitor, code


def proof(visitor: Visitor) -> dict[str, str]:
    return {"login_key": b64_encode(visitor.person.login_key)}


def book(visitor: Visitor, version: int) -> dict[str, object]:
    return {"version": version, "box": b64_encode(visitor.person.book_box(version))}


def test_unlock_wants_a_login_key_again(alice: Visitor) -> None:
    recovery = {"recovery_login_key": b64_encode(alice.person.recovery_login_key)}
    by_password = alice.post("/vault/unlock", proof(alice)).get_json()
    by_recovery = alice.post("/vault/unlock", recovery).get_json()
    assert set(by_password) == {"wrap", "wrap_version", "identity", "book"}
    assert by_password["wrap"] != by_recovery["wrap"]
    assert {**by_password, "wrap": 0} == {**by_recovery, "wrap": 0}

    wrong = alice.post("/vault/unlock", {"login_key": b64_encode(os.urandom(32))})
    assert (wrong.status_code, code(wrong)) == (401, "login_failed")


def test_another_persons_login_key_does_not_unlock(alice: Visitor, app: Flask) -> None:
    mallory = Visitor(app)
    mallory.sign_up("mallory")
    assert code(mallory.post("/vault/unlock", proof(alice))) == "login_failed"


def test_the_book_moves_one_version_at_a_time(alice: Visitor) -> None:
    second = book(alice, 2)
    assert alice.put("/vault/book", second).get_json() == {"version": 2}
    assert alice.get(f"{API}/vault/book").get_json() == second

    for version in (1, 2, 4):
        answer = alice.put("/vault/book", book(alice, version))
        assert (answer.status_code, code(answer)) == (409, "version_conflict")
        stands = answer.get_json()
        assert {"version": stands["version"], "box": stands["box"]} == second
    assert alice.get(f"{API}/vault/book").get_json() == second


def test_the_same_book_again_is_answered_again(alice: Visitor) -> None:
    second = book(alice, 2)
    assert alice.put("/vault/book", second).status_code == 200
    assert alice.put("/vault/book", second).get_json() == {"version": 2}


def test_a_new_identity_needs_a_proof(alice: Visitor) -> None:
    new = {"version": 2, "box": b64_encode(alice.person.identity_box(2))}
    wrong = {"login_key": b64_encode(os.urandom(32))}
    assert code(alice.put("/vault/identity", {**new, **wrong})) == "login_failed"
    assert code(alice.put("/vault/identity", new)) == "malformed"
    assert alice.post("/vault/unlock", proof(alice)).get_json()["identity"]["version"] == 1

    assert alice.put("/vault/identity", {**new, **proof(alice)}).get_json() == {"version": 2}
    unlocked = alice.post("/vault/unlock", proof(alice)).get_json()
    assert unlocked["identity"] == new

    third = {**new, "version": 3, "box": new["box"], **proof(alice)}
    conflict = alice.put("/vault/identity", {**third, "version": 5})
    assert (conflict.status_code, code(conflict)) == (409, "version_conflict")
    assert conflict.get_json()["version"] == 2


@pytest.mark.parametrize("field", ["wrap_password", "wrap_recovery", "identity", "book"])
@pytest.mark.parametrize("damage", ["short", "long", "version"])
def test_a_vault_part_that_cannot_be_a_box_is_refused(
    visitor: Visitor, field: str, damage: str
) -> None:
    from tests.web.visitor import Person, decoded

    body = Person("alice").sign_up_body()
    box = decoded(body["vault"][field])
    long = bytes(48 * 1024) if field == "book" else box + b"\0"
    changed = {"short": box[:80], "long": b"\1" + long[1:], "version": b"\2" + box[1:]}[damage]
    body["vault"][field] = b64_encode(changed)
    assert code(visitor.post("/accounts", body)) == "malformed"
