"""Key-committing authenticated encryption: AES-256-GCM inside HMAC-SHA256. Section 3.

Must not know what is encrypted. The danger it deals with: GCM alone lets an attacker build one
ciphertext that opens under two keys to two meanings (the salamander). Here both keys and the nonce
come from one secret, and the outer tag covers everything, so a second secret that opens the same
bytes is a collision of HMAC-SHA256. A `Keys` triple encrypts one message and is then thrown away.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto.errors import FormatError, TagInvalid
from crypto.labels import KEY, NONCE, TAG, VERSION, equal, expand, lp, mac, need

GCM_NONCE: Final = 12
GCM_TAG: Final = 16
OVERHEAD: Final = GCM_TAG + TAG
BOX_OVERHEAD: Final = 1 + NONCE + OVERHEAD
_MATERIAL: Final = KEY + KEY + GCM_NONCE


@dataclass(frozen=True, slots=True)
class Keys:
    """One message's cipher key [32], tag key [32] and nonce [12]."""

    ke: bytes = field(repr=False)
    km: bytes = field(repr=False)
    n: bytes = field(repr=False)


def derive_keys(secret: bytes, name: str, *parts: bytes) -> Keys:
    """`Ke | Km | N = Expand(secret, name; parts; 76)`. `secret`: 32 bytes, for nothing else."""
    okm = expand(secret, name, *parts, length=_MATERIAL)
    return Keys(okm[:KEY], okm[KEY : 2 * KEY], okm[2 * KEY :])


def encrypt(keys: Keys, ad: bytes, plaintext: bytes) -> bytes:
    """`ct | tag`, 48 bytes longer than `plaintext`. `ad` is authenticated and not contained."""
    _check(keys)
    ct = AESGCM(keys.ke).encrypt(keys.n, plaintext, ad)
    return ct + mac(keys.km, lp(ad) + ct)


def decrypt(keys: Keys, ad: bytes, data: bytes) -> bytes:
    """The plaintext. Raises FormatError (too short) or TagInvalid (wrong key, ad or bytes)."""
    _check(keys)
    if len(data) < OVERHEAD:
        raise FormatError("the ciphertext is too short")
    ct, tag = data[:-TAG], data[-TAG:]
    # The committing tag comes first: GCM must never see bytes that this key did not make.
    if not equal(mac(keys.km, lp(ad) + ct), tag):
        raise TagInvalid("the ciphertext was not made with this key")
    try:
        return AESGCM(keys.ke).decrypt(keys.n, ct, ad)
    except InvalidTag:
        raise TagInvalid("the ciphertext was not made with this key") from None


def box(key: bytes, nonce: bytes, plaintext: bytes, ad: bytes) -> bytes:
    """Encrypt under a long-lived 32-byte `key`; `nonce` is 32 fresh random bytes."""
    need("the nonce of a box", nonce, NONCE)
    keys = derive_keys(key, "box", nonce)
    return bytes([VERSION]) + nonce + encrypt(keys, ad, plaintext)


def open_box(key: bytes, data: bytes, ad: bytes) -> bytes:
    """The plaintext of a box. Raises FormatError or TagInvalid."""
    if len(data) < BOX_OVERHEAD or data[0] != VERSION:
        raise FormatError("this is not a box of a known version")
    nonce = data[1 : 1 + NONCE]
    return decrypt(derive_keys(key, "box", nonce), ad, data[1 + NONCE :])


def _check(keys: Keys) -> None:
    need("the cipher key", keys.ke, KEY)
    need("the GCM nonce", keys.n, GCM_NONCE)
