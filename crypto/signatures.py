"""Hybrid signatures: Ed25519 (RFC 8032) and ML-DSA-65 (FIPS 204), both must verify. Section 2.2.

Must not know what is signed beyond its purpose. The dangers it deals with: a signature made for
one purpose and shown for another (the purpose is in the signed bytes); Ed25519 public keys for
which one signature fits many messages (small order) or that have two encodings; and two programs
that disagree on what verifies. ML-DSA signing is hedged by the library: bytes differ each time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from crypto.errors import FormatError, KeyRefused, SignatureInvalid
from crypto.labels import (
    ED25519_PUBLIC,
    ED25519_SIGNATURE,
    SIGNATURE,
    SIGNING_PRIVATE,
    SIGNING_PUBLIC,
    label,
    need,
)

PURPOSES: Final = frozenset({"device list", "commit", "key refresh", "connect", "message"})

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_SIGN_BIT: Final = 1 << 255
# The y coordinates of the eight points of small order (RFC 8032, section 5.1: cofactor 8): order 1,
# 2, 4 and, for the two values that are neither 0 nor 1 nor -1, order 8. The sign bit does not
# change the order, so it is ignored; encodings of y + p are refused before as not canonical.
_SMALL_ORDER_Y: Final = frozenset(
    {
        0,
        1,
        _P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        _P - 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
    }
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """private [64] = Ed25519 seed | ML-DSA-65 seed; public [1984] = both public keys."""

    private: bytes = field(repr=False)
    public: bytes


def keypair(private: bytes) -> SigningKey:
    """The pair of 64 random bytes."""
    ed25519, mldsa = _private_halves(private)
    public = ed25519.public_key().public_bytes_raw() + mldsa.public_key().public_bytes_raw()
    return SigningKey(private, public)


def sign(private: bytes, purpose: str, message: bytes) -> bytes:
    """3373 bytes: Ed25519 signature [64] | ML-DSA-65 signature [3309]."""
    ed25519, mldsa = _private_halves(private)
    signed = signed_bytes(purpose, message)
    return ed25519.sign(signed) + mldsa.sign(signed)


def verify(public: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """Raises FormatError (length), KeyRefused or SignatureInvalid unless both halves verify."""
    need("a signing public key", public, SIGNING_PUBLIC)
    if len(signature) != SIGNATURE:
        raise FormatError(f"a signature has {SIGNATURE} bytes")
    signed = signed_bytes(purpose, message)
    _verify_ed25519(public[:ED25519_PUBLIC], signed, signature[:ED25519_SIGNATURE])
    _verify_mldsa(public[ED25519_PUBLIC:], signed, signature[ED25519_SIGNATURE:])


def sign_ed25519(private: bytes, purpose: str, message: bytes) -> bytes:
    """64 bytes, with the Ed25519 half of a 64-byte private key alone."""
    need("a signing private key", private, SIGNING_PRIVATE)
    return Ed25519PrivateKey.from_private_bytes(private[:32]).sign(signed_bytes(purpose, message))


def verify_ed25519(public: bytes, purpose: str, message: bytes, signature: bytes) -> None:
    """The same for the Ed25519 half of a 1984-byte public key. Raises as `verify`."""
    need("a signing public key", public, SIGNING_PUBLIC)
    if len(signature) != ED25519_SIGNATURE:
        raise FormatError(f"an Ed25519 signature has {ED25519_SIGNATURE} bytes")
    _verify_ed25519(public[:ED25519_PUBLIC], signed_bytes(purpose, message), signature)


def signed_bytes(purpose: str, message: bytes) -> bytes:
    """`L("sign " + purpose) | message`. Raises ArgumentInvalid for an unknown purpose."""
    return label("sign " + purpose) + message


def check_ed25519_public(public: bytes) -> None:
    """Raises KeyRefused unless canonical (RFC 8032, section 5.1.3) and not of small order."""
    need("an Ed25519 public key", public, ED25519_PUBLIC)
    y = int.from_bytes(public, "little") & (_SIGN_BIT - 1)
    if y >= _P:
        raise KeyRefused("the Ed25519 public key is not canonical")
    if y in _SMALL_ORDER_Y:
        raise KeyRefused("the Ed25519 public key is of small order")


def _verify_ed25519(public: bytes, signed: bytes, signature: bytes) -> None:
    check_ed25519_public(public)
    # The library checks S too; it stays our rule when the library is another one.
    if int.from_bytes(signature[32:], "little") >= _ORDER:
        raise SignatureInvalid("the Ed25519 signature is not canonical")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
    except InvalidSignature:
        raise SignatureInvalid("the Ed25519 signature does not verify") from None


def _verify_mldsa(public: bytes, signed: bytes, signature: bytes, context: bytes = b"") -> None:
    """The protocol has no context; other people's vectors do."""
    try:
        MLDSA65PublicKey.from_public_bytes(public).verify(signature, signed, context)
    except InvalidSignature:
        raise SignatureInvalid("the ML-DSA-65 signature does not verify") from None


def _private_halves(private: bytes) -> tuple[Ed25519PrivateKey, MLDSA65PrivateKey]:
    need("a signing private key", private, SIGNING_PRIVATE)
    return (
        Ed25519PrivateKey.from_private_bytes(private[:32]),
        MLDSA65PrivateKey.from_seed_bytes(private[32:]),
    )
