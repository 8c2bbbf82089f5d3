"""Fixed bytes in place of randomness, and the encoding of vectors.

Must not be used outside vectors and tests: anybody can compute what it draws.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from crypto.wire import b64_encode

Case = dict[str, object]


def draw(name: str, length: int) -> bytes:
    """The same bytes for the same name, always."""
    return hashlib.shake_256(b"CryptexQ vectors, python: " + name.encode()).digest(length)


def b64(data: bytes | None) -> str | None:
    """base64url, or null for what is absent."""
    return None if data is None else b64_encode(data)


def b64s(parts: Sequence[bytes]) -> list[str]:
    """A list of binary values."""
    return [b64_encode(part) for part in parts]
