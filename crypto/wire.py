"""Strict binary reading and writing, and strict base64url.

Must not know any format. The danger it deals with: two byte strings that mean the same, or bytes
that nobody looked at. Every read checks what is left, `end` refuses the rest, and each refusal is
a FormatError: bytes from elsewhere are wrong, never this program.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from crypto.errors import ArgumentInvalid, FormatError

MAX_U64: Final = (1 << 53) - 1
_LIMITS: Final = {1: (1 << 8) - 1, 2: (1 << 16) - 1, 4: (1 << 32) - 1, 8: MAX_U64}


class Writer:
    """Collects fields. Raises ArgumentInvalid for what the format cannot hold."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def _number(self, value: int, size: int) -> Writer:
        if not 0 <= value <= _LIMITS[size]:
            raise ArgumentInvalid(f"a number does not fit a field of {size * 8} bits")
        self._parts.append(value.to_bytes(size, "big"))
        return self

    def u8(self, value: int) -> Writer:
        return self._number(value, 1)

    def u16(self, value: int) -> Writer:
        return self._number(value, 2)

    def u32(self, value: int) -> Writer:
        return self._number(value, 4)

    def u64(self, value: int) -> Writer:
        return self._number(value, 8)

    def fixed(self, data: bytes, length: int) -> Writer:
        if len(data) != length:
            raise ArgumentInvalid(f"a field must have {length} bytes, not {len(data)}")
        self._parts.append(bytes(data))
        return self

    def lp(self, data: bytes) -> Writer:
        self.u32(len(data))
        self._parts.append(bytes(data))
        return self

    def raw(self, data: bytes) -> Writer:
        """Append bytes that another writer made."""
        self._parts.append(data)
        return self

    def done(self) -> bytes:
        return b"".join(self._parts)


class Reader:
    """Reads fields in order. Raises FormatError as soon as the bytes are not of the format."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at(self) -> int:
        """Bytes read so far."""
        return self._at

    def fixed(self, length: int) -> bytes:
        end = self._at + length
        if end > len(self._data):
            raise FormatError("the bytes end too early")
        part = self._data[self._at : end]
        self._at = end
        return part

    def _number(self, size: int) -> int:
        value = int.from_bytes(self.fixed(size), "big")
        if value > _LIMITS[size]:
            raise FormatError("a number is out of range")
        return value

    def u8(self) -> int:
        return self._number(1)

    def u16(self) -> int:
        return self._number(2)

    def u32(self) -> int:
        return self._number(4)

    def u64(self) -> int:
        return self._number(8)

    def lp(self, most: int) -> bytes:
        length = self.u32()
        if length > most:
            raise FormatError("a field is too long")
        return self.fixed(length)

    def version(self, expected: int) -> None:
        if self.u8() != expected:
            raise FormatError("the version is unknown")

    def end(self) -> None:
        if self._at != len(self._data):
            raise FormatError("bytes are left over")


def require(condition: bool, message: str) -> None:
    """Refuse parsed bytes that break a rule of the format."""
    if not condition:
        raise FormatError(message)


def require_rising(keys: Sequence[bytes], what: str) -> None:
    """Sorted and without duplicates: one set has one encoding."""
    if any(a >= b for a, b in pairwise(keys)):
        raise FormatError(f"{what} are not sorted or not unique")


def b64_encode(data: bytes) -> str:
    """base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def b64_decode(text: str, length: int | None = None) -> bytes:
    """The inverse; takes only the canonical text. `length`: the number of bytes it must give."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise FormatError("the text is not base64url") from None
    # Decoding skips foreign characters and ignores spare bits; encoding again finds both.
    if b64_encode(data) != text:
        raise FormatError("the text is not canonical base64url")
    if length is not None and len(data) != length:
        raise FormatError(f"the text must stand for {length} bytes")
    return data
