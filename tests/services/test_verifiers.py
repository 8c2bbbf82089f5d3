"""Slow hashes of login keys: the cost, the form, and what does not match."""

from __future__ import annotations

import hashlib
import os

import pytest

from errors import LoginFailed
from services import verifiers

KEY, SALT = os.urandom(32), os.urandom(16)


def test_the_cost_is_what_we_say() -> None:
    made = verifiers.make(KEY, SALT)
    expected = hashlib.pbkdf2_hmac("sha256", KEY, SALT, 600_000, 32)
    assert made == b"\x01" + (600_000).to_bytes(4, "big") + SALT + expected
    verifiers.verify(made, KEY)


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setattr(verifiers, "ROUNDS", 10)
    return verifiers.make(KEY, SALT)


def test_another_key_does_not_match(cheap: bytes) -> None:
    for wrong in (os.urandom(32), bytes(32), KEY[:-1]):
        with pytest.raises(LoginFailed):
            verifiers.verify(cheap, wrong)


def test_a_verifier_keeps_the_rounds_it_was_made_with(
    cheap: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifiers, "ROUNDS", 20)
    verifiers.verify(cheap, KEY)


def test_an_unknown_version_never_matches(cheap: bytes) -> None:
    with pytest.raises(LoginFailed):
        verifiers.verify(b"\x02" + cheap[1:], KEY)


def test_nothing_matches_a_stranger(cheap: bytes) -> None:
    stranger = verifiers.stranger(os.urandom(48))
    assert len(stranger) == len(cheap)
    assert stranger[:5] == cheap[:5]
    with pytest.raises(LoginFailed):
        verifiers.verify(stranger, KEY)
