"""Sessions: an expired one does not exist, and nobody ends another person's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import StoreError
from store.base import Store
from tests.contract.records import ANN, BOB, account_parts, digest, session

FIRST = account_parts(ANN)[3]
NOW = 1000


@pytest.fixture
def three(town: Store) -> Store:
    """Ann has three sessions; the one on the phone ends at 5000."""
    town.create_session(session(ANN, "phone", expires_at=5000))
    town.create_session(session(ANN, "laptop"))
    return town


def ids(store: Store, user_id: bytes, now: int = NOW) -> set[bytes]:
    return {found.session_id for found in store.sessions_of(user_id, now)}


def test_a_session_comes_back_as_it_was(three: Store) -> None:
    phone = session(ANN, "phone", expires_at=5000)
    assert three.session_by_token(phone.token_hash, NOW) == phone
    assert phone in three.sessions_of(ANN, NOW)
    assert len(three.sessions_of(ANN, NOW)) == 3


def test_an_unknown_token_is_nobody(three: Store) -> None:
    assert three.session_by_token(digest("token stolen"), NOW) is None


def test_a_session_id_or_token_in_use_is_refused(three: Store) -> None:
    phone = session(ANN, "phone", expires_at=5000)
    for used in (
        replace(phone, user_id=BOB, token_hash=digest("other")),
        replace(session(BOB, "other"), token_hash=phone.token_hash),
    ):
        with pytest.raises(StoreError):
            three.create_session(used)
    assert three.session_by_token(phone.token_hash, NOW) == phone


def test_an_expired_session_is_invisible(three: Store) -> None:
    phone = session(ANN, "phone", expires_at=5000)
    assert three.session_by_token(phone.token_hash, 4999) is not None
    assert three.session_by_token(phone.token_hash, 5000) is None
    assert phone.session_id in ids(three, ANN, 4999)
    assert phone.session_id not in ids(three, ANN, 5000)


def test_expired_sessions_are_swept_and_only_they(three: Store) -> None:
    assert three.delete_expired_sessions(4999) == 0
    assert three.delete_expired_sessions(5000) == 1
    assert ids(three, ANN, 0) == {FIRST.session_id, session(ANN, "laptop").session_id}
    assert len(ids(three, BOB, 0)) == 1


def test_touching_moves_seen_at_forward_only(three: Store) -> None:
    laptop = session(ANN, "laptop")
    three.touch_session(laptop.session_id, 900)
    three.touch_session(laptop.session_id, 800)
    assert three.session_by_token(laptop.token_hash, NOW) == replace(laptop, seen_at=900)
    assert FIRST in three.sessions_of(ANN, NOW)


def test_touching_what_is_gone_brings_nothing_back(three: Store) -> None:
    laptop = session(ANN, "laptop")
    assert three.delete_session(ANN, laptop.session_id)
    three.touch_session(laptop.session_id, 900)
    assert laptop.session_id not in ids(three, ANN)


def test_a_deleted_session_is_gone(three: Store) -> None:
    laptop = session(ANN, "laptop")
    assert three.delete_session(ANN, laptop.session_id) is True
    assert three.session_by_token(laptop.token_hash, NOW) is None
    assert three.delete_session(ANN, laptop.session_id) is False
    assert len(ids(three, ANN)) == 2


def test_nobody_deletes_the_session_of_another(three: Store) -> None:
    laptop = session(ANN, "laptop")
    assert three.delete_session(BOB, laptop.session_id) is False
    assert three.session_by_token(laptop.token_hash, NOW) == laptop


def test_all_others_go_and_are_named(three: Store) -> None:
    laptop = session(ANN, "laptop")
    gone = three.delete_other_sessions(ANN, laptop.session_id)
    assert sorted(gone) == sorted([FIRST.session_id, session(ANN, "phone").session_id])
    assert ids(three, ANN) == {laptop.session_id}
    assert len(ids(three, BOB)) == 1
    assert three.delete_other_sessions(ANN, laptop.session_id) == []
