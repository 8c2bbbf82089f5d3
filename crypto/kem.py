"""Sealing to a device key: HPKE over X-Wing (X25519 + ML-KEM-768). Section 2.1.

Must not know who owns a key or what is sealed. The dangers it deals with: the X-Wing and HPKE
drafts derive key pairs differently, so only the 32-byte seed is ever stored or sent and it is
expanded here; and ML-KEM never fails loudly, so nothing is believed before HPKE's tag verified.
Randomness of `seal` is drawn by the library and cannot be an argument; the JavaScript twin takes
it as one.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from crypto.errors import FormatError, KeyRefused, TagInvalid
from crypto.labels import ID, KEM_ENC, KEM_PUBLIC, KEM_SEED, hash_with, need

_KEM: Final = hpke.KEM.MLKEM768_X25519
_KDF: Final = hpke.KDF.HKDF_SHA256
_AEAD: Final = hpke.AEAD.AES_256_GCM
_MLKEM_SEED: Final = 64
_MLKEM_PUBLIC: Final = 1184
_X25519_PRIVATE: Final = 32
_GCM_TAG: Final = 16


@dataclass(frozen=True, slots=True)
class KeyPair:
    """seed [32] (the private key), public key [1216], key id [16]."""

    seed: bytes = field(repr=False)
    public_key: bytes
    key_id: bytes


def keypair(seed: bytes) -> KeyPair:
    """The pair of a random 32-byte seed (X-Wing draft, section 5.2: expandDecapsulationKey)."""
    mlkem, x25519 = _expand(seed)
    public = mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()
    return KeyPair(seed, public, key_id(public))


def key_id(public_key: bytes) -> bytes:
    """The 16-byte name of a public key."""
    need("a KEM public key", public_key, KEM_PUBLIC)
    return hash_with("key id", public_key)[:ID]


def seal(public_key: bytes, info: bytes, plaintext: bytes) -> bytes:
    """HPKE base mode, single shot (RFC 9180, section 6.1): `enc [1120] | ciphertext`.

    1136 bytes longer than `plaintext`. Raises KeyRefused for a key that FIPS 203 (section 7.2)
    or X25519 refuses. What the seal must be bound to goes into `info`.
    """
    need("a KEM public key", public_key, KEM_PUBLIC)
    try:
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public_key[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public_key[_MLKEM_PUBLIC:]),
        )
        return _suite().encrypt(plaintext, key, info)
    except ValueError:
        raise KeyRefused("this encapsulation key is not one that can be sealed to") from None


def open_sealed(seed: bytes, info: bytes, sealed: bytes) -> bytes:
    """The plaintext. Raises FormatError (too short) or TagInvalid (not for this seed and info)."""
    key = hpke.MLKEM768X25519PrivateKey(*_expand(seed))
    if len(sealed) < KEM_ENC + _GCM_TAG:
        raise FormatError("the sealed bytes are too short")
    try:
        return _suite().decrypt(sealed, key, info)
    except (InvalidTag, ValueError):
        raise TagInvalid("the sealed bytes were not made for this key and purpose") from None


def _expand(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    need("a KEM seed", seed, KEM_SEED)
    return _halves(hashlib.shake_256(seed).digest(_MLKEM_SEED + _X25519_PRIVATE))


def _halves(wide: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """ML-KEM-768 seed d|z [64] | X25519 private key [32]; vectors of the halves begin here."""
    return (
        MLKEM768PrivateKey.from_seed_bytes(wide[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(wide[_MLKEM_SEED:]),
    )


@lru_cache(maxsize=1)
def _suite() -> hpke.Suite:
    return hpke.Suite(_KEM, _KDF, _AEAD)
