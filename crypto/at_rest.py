"""What the server keeps encrypted for itself: e-mail addresses, second-factor secrets. Section 8.1.

Python only; must not know which fields there are or where they are stored. The danger it deals
with: somebody who reads the database or its backup. The name of the field and its row belong into
`ad`, so that a value cannot be moved to another person. Keys are a list, newest first: writing
uses the first, reading the one that the value names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from crypto.aead import BOX_OVERHEAD, box, open_box
from crypto.errors import ArgumentInvalid, FormatError, KeyMissing
from crypto.labels import KEY, SHORT_KEY_ID, VERSION, expand, hash_with, lp, mac, need

OVERHEAD: Final = 1 + SHORT_KEY_ID + BOX_OVERHEAD


def key_id(key: bytes) -> bytes:
    """The 8-byte name of a 32-byte key."""
    need("an at-rest key", key, KEY)
    return hash_with("at rest key id", key)[:SHORT_KEY_ID]


def encrypt(keys: Sequence[bytes], plaintext: bytes, ad: bytes, nonce: bytes) -> bytes:
    """A field under the newest key. `nonce`: 32 fresh random bytes."""
    if not keys:
        raise ArgumentInvalid("there is no at-rest key")
    newest = keys[0]
    return bytes([VERSION]) + key_id(newest) + box(_field_key(newest), nonce, plaintext, ad)


def decrypt(keys: Sequence[bytes], data: bytes, ad: bytes) -> bytes:
    """The plaintext. Raises FormatError, KeyMissing (a key was rotated out) or TagInvalid."""
    if len(data) < OVERHEAD or data[0] != VERSION:
        raise FormatError("this is not an encrypted field of a known version")
    named, sealed = data[1 : 1 + SHORT_KEY_ID], data[1 + SHORT_KEY_ID :]
    for key in keys:
        if key_id(key) == named:
            return open_box(_field_key(key), sealed, ad)
    raise KeyMissing("the at-rest key of this field is not configured any more")


def blind_index(key: bytes, field: str, value: bytes) -> bytes:
    """32 bytes that find equal values of one field without telling what they are.

    Normalise before (an e-mail address in lower case). One key at a time: after a rotation the
    index is written again.
    """
    index_key = expand(key, "blind index", length=KEY)
    return mac(index_key, lp(field.encode("utf-8")) + value)


def _field_key(key: bytes) -> bytes:
    return expand(key, "at rest", length=KEY)
