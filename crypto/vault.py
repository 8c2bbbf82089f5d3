"""The vault: from a password or a recovery key to the identity and book keys. Section 8.

Must not know accounts, storage or what is in the book (`book`). The dangers it deals with: a server
that lowers the cost of guessing a password (parameters are checked before the password is
touched), that learns the vault key from the login key (one Expand each), or that serves an old or
another person's compartment (user id and version are authenticated).
"""

from __future__ import annotations

import base64
import binascii
import unicodedata
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from crypto.aead import BOX_OVERHEAD, box, open_box
from crypto.errors import ArgumentInvalid, FormatError, ParametersRefused
from crypto.labels import ID, KEY, SIGNING_PRIVATE, equal, expand, hash_with, label, need
from crypto.wire import Writer, require

SALT: Final = 16
WRAP_PASSWORD: Final = "wrap password"  # noqa: S105  the name of a label, not a password
WRAP_RECOVERY: Final = "wrap recovery"
# Of boxes, in bytes.
WRAP_SIZE: Final = BOX_OVERHEAD + 2 * KEY
IDENTITY_SIZE: Final = BOX_OVERHEAD + SIGNING_PRIVATE
_CHECK: Final = 3
_TEXT: Final = 56


class KdfParams(NamedTuple):
    """Argon2id parameters: memory in KiB, passes, lanes."""

    memory_kib: int = 19456
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Wrapped:
    """identity key [32], book key [32]."""

    identity_key: bytes = field(repr=False)
    book_key: bytes = field(repr=False)


def check_bounds(params: KdfParams) -> None:
    """Raises ParametersRefused below the floor (guessable) or above the ceiling (a stall)."""
    memory_ok = 19456 <= params.memory_kib <= 262144
    if not (memory_ok and 2 <= params.passes <= 10 and params.lanes == 1):
        raise ParametersRefused("the server asked for password parameters that are not safe")


def derive_master(password: str, salt: bytes, params: KdfParams) -> bytes:
    """M [32]. Takes about 20 ms and 19 MiB: never on an event loop. Raises ParametersRefused."""
    check_bounds(params)
    need("a password salt", salt, SALT)
    return argon2id(normalise(password), salt, params)


def normalise(password: str) -> bytes:
    """NFKC in UTF-8: the same password on every keyboard. Raises ArgumentInvalid."""
    try:
        return unicodedata.normalize("NFKC", password).encode("utf-8")
    except UnicodeEncodeError:
        raise ArgumentInvalid("the password contains half a character") from None


def argon2id(password: bytes, salt: bytes, params: KdfParams, length: int = KEY) -> bytes:
    """RFC 9106, without bounds: for `derive_master` and for vectors."""
    kdf = Argon2id(
        salt=salt,
        length=length,
        iterations=params.passes,
        lanes=params.lanes,
        memory_cost=params.memory_kib,
    )
    return kdf.derive(password)


def login_key(master: bytes) -> bytes:
    """What the browser sends at login, 32 bytes."""
    return expand(master, "login key", length=KEY)


def vault_key(master: bytes) -> bytes:
    """What wraps the vault, 32 bytes; never sent."""
    return expand(master, "vault key", length=KEY)


def recovery_login_key(recovery_key: bytes) -> bytes:
    """The login key of a recovery key [32]."""
    return expand(recovery_key, "recovery login key", length=KEY)


def recovery_wrap_key(recovery_key: bytes) -> bytes:
    """What wraps the vault for a recovery key [32]."""
    return expand(recovery_key, "recovery wrap key", length=KEY)


def wrap(key: bytes, name: str, user_id: bytes, version: int, keys: Wrapped, nonce: bytes) -> bytes:
    """`name`: WRAP_PASSWORD with the vault key, WRAP_RECOVERY with the recovery wrap key."""
    need("the identity key", keys.identity_key, KEY)
    need("the book key", keys.book_key, KEY)
    ad = _ad(_wrap_name(name), user_id, version)
    return box(key, nonce, keys.identity_key + keys.book_key, ad)


def unwrap(key: bytes, name: str, user_id: bytes, version: int, data: bytes) -> Wrapped:
    """Raises TagInvalid for a wrong password, user or version, FormatError for other bytes."""
    plain = open_box(key, data, _ad(_wrap_name(name), user_id, version))
    require(len(plain) == 2 * KEY, "a wrap holds two keys")
    return Wrapped(plain[:KEY], plain[KEY:])


def seal_identity(
    identity_key: bytes, user_id: bytes, version: int, identity_private: bytes, nonce: bytes
) -> bytes:
    """The compartment of the identity private key [64]."""
    need("an identity private key", identity_private, SIGNING_PRIVATE)
    return box(identity_key, nonce, identity_private, _ad("vault identity", user_id, version))


def open_identity(identity_key: bytes, user_id: bytes, version: int, data: bytes) -> bytes:
    """The identity private key [64]. Raises TagInvalid or FormatError."""
    plain = open_box(identity_key, data, _ad("vault identity", user_id, version))
    require(len(plain) == SIGNING_PRIVATE, "an identity private key has 64 bytes")
    return plain


def seal_book(book_key: bytes, user_id: bytes, version: int, text: str, nonce: bytes) -> bytes:
    """The compartment of a book's canonical JSON (see `book`)."""
    return box(book_key, nonce, text.encode("utf-8"), _ad("vault book", user_id, version))


def open_book(book_key: bytes, user_id: bytes, version: int, data: bytes) -> str:
    """The canonical JSON. Raises TagInvalid or FormatError."""
    plain = open_box(book_key, data, _ad("vault book", user_id, version))
    try:
        return plain.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("a book is UTF-8") from None


def recovery_key_text(recovery_key: bytes) -> str:
    """56 characters of base32 (RFC 4648) in 14 groups of four, parted by dashes."""
    need("a recovery key", recovery_key, KEY)
    text = base64.b32encode(recovery_key + _checksum(recovery_key)).decode("ascii")
    return "-".join(text[i : i + 4] for i in range(0, _TEXT, 4))


def parse_recovery_key(text: str) -> bytes:
    """The key [32]; case, spaces and dashes do not matter. Raises FormatError when mistyped."""
    compact = "".join(text.split()).replace("-", "")
    # Upper case turns some foreign letters into ASCII ones; those were not on the paper.
    require(compact.isascii() and len(compact) == _TEXT, "a recovery key has 56 letters and digits")
    try:
        data = base64.b32decode(compact.upper())
    except (binascii.Error, ValueError):
        raise FormatError("a recovery key has the letters A to Z and the digits 2 to 7") from None
    key, check = data[:KEY], data[KEY:]
    require(equal(check, _checksum(key)), "the recovery key was not typed correctly")
    return key


def _checksum(recovery_key: bytes) -> bytes:
    return hash_with("recovery key", recovery_key)[:_CHECK]


def _wrap_name(name: str) -> str:
    if name not in (WRAP_PASSWORD, WRAP_RECOVERY):
        raise ArgumentInvalid("a wrap is for the password or for the recovery key")
    return name


def _ad(name: str, user_id: bytes, version: int) -> bytes:
    return label(name) + Writer().fixed(user_id, ID).u32(version).done()
