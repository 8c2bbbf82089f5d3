"""What a person's identity looks like to another person: identity hash, safety number, QR text.

Must not know devices or lists. The danger it deals with: a server that hands out another key under
a friend's name. The hash is what is pinned; the safety number is what two people compare, slow to
forge by 5200 hashes for each guess. Section 2.6.
"""

from __future__ import annotations

import hashlib
from typing import Final

from crypto.errors import ArgumentInvalid
from crypto.labels import HASH, ID, SIGNING_PUBLIC, hash_with, label, need
from crypto.wire import b64_encode

ITERATIONS: Final = 5200
QR_PREFIX: Final = "cryptexq:1:"


def identity_hash(user_id: bytes, identity_public: bytes) -> bytes:
    """32 bytes that stand for a user id [16] and an identity public key [1984]."""
    need("a user id", user_id, ID)
    need("an identity public key", identity_public, SIGNING_PUBLIC)
    return hash_with("identity", user_id, identity_public)


def direct_conversation_id(user_a: bytes, user_b: bytes) -> bytes:
    """The 16-byte id of the one conversation of two people, in either order."""
    low, high = _sorted_users(user_a, user_b)
    return hash_with("direct conversation", low, high)[:ID]


def safety_number(user_a: bytes, hash_a: bytes, user_b: bytes, hash_b: bytes) -> str:
    """60 digits in groups of five parted by spaces; the same for both people."""
    hashes = {user_a: hash_a, user_b: hash_b}
    digits = "".join(_digits(user, hashes[user]) for user in _sorted_users(user_a, user_b))
    return " ".join(digits[i : i + 5] for i in range(0, len(digits), 5))


def safety_qr(user_a: bytes, hash_a: bytes, user_b: bytes, hash_b: bytes) -> str:
    """The text of the QR code, with both identity hashes in full."""
    hashes = {user_a: hash_a, user_b: hash_b}
    for each in (hash_a, hash_b):
        need("an identity hash", each, HASH)
    parts = (user + hashes[user] for user in _sorted_users(user_a, user_b))
    return QR_PREFIX + b64_encode(b"".join(parts))


def _digits(user_id: bytes, identity: bytes) -> str:
    need("an identity hash", identity, HASH)
    state = hashlib.sha512(label("safety number") + user_id + identity).digest()
    for _ in range(ITERATIONS):
        state = hashlib.sha512(state + identity).digest()
    numbers = (int.from_bytes(state[i : i + 5], "big") % 100000 for i in range(0, 30, 5))
    return "".join(f"{number:05d}" for number in numbers)


def _sorted_users(user_a: bytes, user_b: bytes) -> tuple[bytes, bytes]:
    need("a user id", user_a, ID)
    need("a user id", user_b, ID)
    if user_a == user_b:
        raise ArgumentInvalid("two people are needed, these are one")
    return (user_a, user_b) if user_a < user_b else (user_b, user_a)
