"""The server's own keys: one per purpose, and e-mail addresses that stay with their person."""

from __future__ import annotations

import os

import pytest

from crypto.errors import TagInvalid
from services.keys import ServerKeys

EMAIL = "alice@example.org"
ALICE, BOB = os.urandom(16), os.urandom(16)


def test_one_secret_gives_two_purposes_two_keys() -> None:
    keys = ServerKeys.derive(["one"], ["one"], ["one"])
    assert len({*keys.seal_keys, *keys.at_rest_keys}) == 2


def test_lists_keep_their_order_and_the_derived_keys_come_last() -> None:
    both = ServerKeys.derive(["s"], ["new", "old"], ["x", "y"])
    assert both.seal_keys == (
        *ServerKeys.derive(["s"], ["new"], []).seal_keys,
        *ServerKeys.derive(["s"], ["old"], []).seal_keys,
    )
    assert both.at_rest_keys[-1:] == ServerKeys.derive(["s"], ["new"], []).at_rest_keys
    assert len(both.at_rest_keys) == 3


def test_a_sealed_address_cannot_be_moved_to_another_person() -> None:
    keys = ServerKeys.derive(["s"], ["h"], [])
    box = keys.seal_email(EMAIL, ALICE, os.urandom(32))
    assert keys.open_email(box, ALICE) == EMAIL
    assert EMAIL.encode() not in box
    with pytest.raises(TagInvalid):
        keys.open_email(box, BOB)


def test_the_index_needs_the_key() -> None:
    one, other = (ServerKeys.derive([secret], ["h"], []) for secret in ("a", "b"))
    assert one.email_indices(EMAIL) == one.email_indices(EMAIL)
    assert one.email_indices(EMAIL) != other.email_indices(EMAIL)
    assert one.email_indices(EMAIL) != one.email_indices("alice@example.com")


def test_keys_are_never_shown() -> None:
    keys = ServerKeys.derive(["s"], ["h"], ["r"])
    assert repr(keys) == "ServerKeys()"
