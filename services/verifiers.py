"""Salted, slow hashes of login keys: PBKDF2-HMAC-SHA256.

Owns the stored form and its cost. A stolen verifier is no login key, and a login key has 256 bits
unless the password itself is guessed. What a guess costs is the browser's Argon2id alone: the same
database holds the box `wrap_password`, which opens at the right password without these rounds. They
slow down whoever has verifiers and no boxes, and guesses made through the server. About 130 ms of
one core: callers run it in a native thread, a few at a time. `hashlib` lets go of the interpreter
lock meanwhile.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Final

from errors import LoginFailed

VERSION: Final = 1
ROUNDS = 600_000
SALT: Final = 16
HASH: Final = 32
_FORM: Final = struct.Struct(f">BI{SALT}s{HASH}s")


def make(login_key: bytes, salt: bytes) -> bytes:
    """`u8 1 | u32 rounds | salt [16] | hash [32]`."""
    return _FORM.pack(VERSION, ROUNDS, salt, _hash(login_key, salt, ROUNDS))


def stranger(random: bytes) -> bytes:
    """A verifier that nothing matches and that costs as much to try; `random` has 48 bytes."""
    return _FORM.pack(VERSION, ROUNDS, random[:SALT], random[SALT:])


def verify(verifier: bytes, login_key: bytes) -> None:
    """Raises LoginFailed unless the verifier was made of this login key."""
    version, rounds, salt, expected = _FORM.unpack(verifier)
    found = _hash(login_key, salt, rounds)
    if version != VERSION or not hmac.compare_digest(found, expected):
        raise LoginFailed


def _hash(login_key: bytes, salt: bytes, rounds: int) -> bytes:
    return hashlib.pbkdf2_hmac("sha256", login_key, salt, rounds, HASH)
