"""The bodies of the account API, from untrusted JSON to the frozen values that services take.

Owns names, sizes and the canonical form of names and e-mail addresses. Nothing behind this file
sees JSON. Lengths of boxes are exact where the protocol makes them so (PROTOCOL, sections 3 and 8).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from crypto import device_list, refresh, vault
from crypto.aead import BOX_OVERHEAD
from crypto.device_list import MAX_NAME, MIN_NAME, check_name
from crypto.errors import FormatError
from crypto.labels import KEY, VERSION
from services.accounts import Kdf, Proof, SignUp
from services.refusals import Malformed
from services.vaults import PARTS
from web import parse
from web.parse import Fields

EMAIL_CHARS = 254
BOOK_BOX = 47 * 1024
BOX_SIZES = {
    "wrap_password": (vault.WRAP_SIZE, vault.WRAP_SIZE),
    "wrap_recovery": (vault.WRAP_SIZE, vault.WRAP_SIZE),
    "identity": (vault.IDENTITY_SIZE, vault.IDENTITY_SIZE),
    "book": (BOX_OVERHEAD, BOOK_BOX),
}
VERSION_MAX = 2**32 - 1
PROOFS = (("login_key",), ("recovery_login_key",))
_EMAIL = re.compile(r"[^\s@,;:<>()\[\]\\\"]+@[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class LogIn:
    login: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class NewPart:
    version: int
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewIdentity:
    proof: Proof
    part: NewPart


def sign_up() -> SignUp:
    form = parse.body(
        "user_id", "name", "email", "kdf", "login_key", "recovery_login_key", "vault", "device_list"
    )
    kdf = form.object("kdf", "salt", "memory_kib", "passes", "lanes")
    return SignUp(
        user_id=form.id("user_id"),
        name=user_name(form.text("name", MIN_NAME, MAX_NAME)),
        email=email_address(form.text("email", 3, EMAIL_CHARS)),
        kdf=Kdf(
            kdf.bytes("salt", vault.SALT, vault.SALT),
            kdf.integer("memory_kib", 0),
            kdf.integer("passes", 0),
            kdf.integer("lanes", 0),
        ),
        login_key=form.bytes("login_key", KEY, KEY),
        recovery_login_key=form.bytes("recovery_login_key", KEY, KEY),
        vault=_vault(form.object("vault", *PARTS)),
        device_list=_device_list(form),
    )


def log_in() -> LogIn:
    form = parse.body_of(*(("login", *names) for names in PROOFS))
    return LogIn(login_name(form), _proof(form))


def kdf_query() -> str:
    return login_name(parse.body("login"))


def unlock() -> Proof:
    return _proof(parse.body_of(*PROOFS))


def new_book() -> NewPart:
    form = parse.body("version", "box")
    return NewPart(_version(form), _box(form, "box", "book"))


def new_identity() -> NewIdentity:
    form = parse.body_of(*((*names, "version", "box") for names in PROOFS))
    return NewIdentity(_proof(form), NewPart(_version(form), _box(form, "box", "identity")))


def new_device_list() -> bytes:
    return _device_list(parse.body("device_list"))


def new_refresh() -> bytes:
    return parse.body("refresh").bytes("refresh", refresh.SIZE, refresh.SIZE)


def user_name(text: str) -> str:
    """Exactly as the protocol has it: a capital letter is refused, not changed."""
    try:
        return check_name(text)
    except FormatError:
        raise Malformed(
            "A user name has 3 to 32 characters: a to z, 0 to 9, dot, dash, underscore; "
            "it begins with a letter or a digit."
        ) from None


def email_address(text: str) -> str:
    """Canonical: NFC, lower case. Plausible, no more: only mail that arrives proves an address."""
    canonical = unicodedata.normalize("NFC", text.strip()).lower()
    if not (canonical.isprintable() and _EMAIL.fullmatch(canonical)):
        raise Malformed("The e-mail address does not look like one.")
    return canonical


def login_name(form: Fields) -> str:
    """A name or an address as somebody types it. What nobody can have is a stranger, not an error:
    the answer for it must be the same."""
    return unicodedata.normalize("NFC", form.text("login", 1, EMAIL_CHARS).strip()).lower()


def _proof(form: Fields) -> Proof:
    if form.has("login_key"):
        return Proof("password", form.bytes("login_key", KEY, KEY))
    return Proof("recovery", form.bytes("recovery_login_key", KEY, KEY))


def _vault(form: Fields) -> dict[str, bytes]:
    return {part: _box(form, part, part) for part in PARTS}


def _box(form: Fields, name: str, part: str) -> bytes:
    box = form.bytes(name, *BOX_SIZES[part])
    if box[0] != VERSION:
        raise Malformed(f"The field {name} is a box of an unknown version.")
    return box


def _version(form: Fields) -> int:
    return form.integer("version", 1, VERSION_MAX)


def _device_list(form: Fields) -> bytes:
    return form.bytes("device_list", device_list.MIN_SIZE, device_list.MAX_SIZE)
