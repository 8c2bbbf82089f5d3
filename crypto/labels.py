"""Every domain-separation label, size and version, and the keyed and unkeyed hashes that use them.

Must not know what the labels are for. The danger it deals with: one key or hash used for two
purposes. A name that is not in the table cannot be used, and every name is length-prefixed, so no
two inputs of different purposes can be the same bytes. Section 1 of the protocol.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from crypto.errors import ArgumentInvalid

VERSION: Final = 1
PREFIX: Final = b"CryptexQ/1/"

ID: Final = 16
HASH: Final = 32
KEY: Final = 32
NONCE: Final = 32
TAG: Final = 32
SHORT_KEY_ID: Final = 8
KEM_SEED: Final = 32
KEM_PUBLIC: Final = 1216
KEM_ENC: Final = 1120
SEALED_ENTRY: Final = 1168
SIGNING_PRIVATE: Final = 64
SIGNING_PUBLIC: Final = 1984
SIGNATURE: Final = 3373
ED25519_PUBLIC: Final = 32
ED25519_SIGNATURE: Final = 64

NAMES: Final = frozenset(
    {
        "direct conversation", "key id", "identity", "device list", "safety number",
        "sign device list", "sign commit", "sign key refresh", "sign connect", "sign message",
        "box", "commit core", "commit untagged", "commit", "entry",
        "epoch", "chain secret", "confirmation", "sender chain", "message",
        "transcript", "transcript entry", "seal", "seal key id",
        "login key", "vault key", "recovery key", "recovery login key", "recovery wrap key",
        "wrap password", "wrap recovery", "vault identity", "vault book",
        "at rest", "at rest key id", "blind index",
    }
)  # fmt: skip

_SHA256: Final = SHA256()
_U32: Final = struct.Struct(">I")


def lp(data: bytes) -> bytes:
    """`u32(length) | data`."""
    return _U32.pack(len(data)) + data


_LABELS: Final = {name: lp(PREFIX + name.encode("ascii")) for name in NAMES}


def label(name: str) -> bytes:
    """L(name). Raises ArgumentInvalid for a name that is not in the table."""
    try:
        return _LABELS[name]
    except KeyError:
        raise ArgumentInvalid(f"the label {name!r} is not in the table of labels") from None


def need(what: str, data: bytes, length: int) -> None:
    """Refuse an argument of the wrong length; a defect of the caller, not of remote bytes."""
    if len(data) != length:
        raise ArgumentInvalid(f"{what} must have {length} bytes, not {len(data)}")


def hash_with(name: str, *parts: bytes) -> bytes:
    """H(name; parts): 32 bytes, SHA-256 (FIPS 180-4) over the label and the parts."""
    return hashlib.sha256(label(name) + b"".join(parts)).digest()


def mac(key: bytes, message: bytes) -> bytes:
    """HMAC-SHA256 (RFC 2104) under a 32-byte key; 32 bytes."""
    need("a MAC key", key, KEY)
    return hmac.digest(key, message, "sha256")


def equal(a: bytes, b: bytes) -> bool:
    """Compare secrets or tags without telling by time where they differ."""
    return hmac.compare_digest(a, b)


def extract(salt: bytes, ikm: bytes) -> bytes:
    """HKDF-SHA256 Extract (RFC 5869, section 2.2); an empty salt is 32 zero bytes."""
    return hmac.digest(salt or bytes(HASH), ikm, "sha256")


def expand(prk: bytes, name: str, *parts: bytes, length: int) -> bytes:
    """HKDF-SHA256 Expand (RFC 5869, section 2.3) with `info = L(name) | parts`.

    `prk` has 32 bytes; `length` is the number of bytes wanted.
    """
    need("the secret of an expansion", prk, HASH)
    return hkdf_expand(prk, label(name) + b"".join(parts), length)


def hkdf_expand(prk: bytes, info: bytes, length: int) -> bytes:
    """Expand with a bare `info`: only for `expand` and for the vectors of RFC 5869."""
    return HKDFExpand(_SHA256, length, info).derive(prk)
