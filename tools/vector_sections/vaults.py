"""Sections for passwords, recovery keys, the vault's compartments and the book."""

from __future__ import annotations

from crypto import book, vault
from crypto.book import Book, Contact, Head, ListMark
from crypto.vault import KdfParams
from tools.vector_sections.cast import NOW
from tools.vector_sections.draw import Case, b64, draw

# The last but one is written with a ligature and a combining accent: NFKC makes it the last.
PASSWORDS = (
    ("", KdfParams(64, 1, 1)),
    ("correct horse battery staple", KdfParams(64, 3, 1)),
    ("\ufb01ance\u0301e", KdfParams(64, 1, 1)),
    ("fianc\u00e9e", KdfParams(64, 1, 1)),
    ("the parameters of the product", KdfParams()),
)


def sections() -> dict[str, list[Case]]:
    books = _books()
    return {
        "argon2": [_argon2(password, params) for password, params in PASSWORDS],
        "vault_keys": [_vault_keys()],
        "recovery": [_recovery(draw("recovery key", 32)), _recovery(bytes(32))],
        "vault_wrap": [_wrap(vault.WRAP_PASSWORD), _wrap(vault.WRAP_RECOVERY)],
        "vault_identity": [_identity()],
        "vault_book": [_book(each) for each in books],
        "book_merge": [_merge(a, b) for a in books for b in books],
    }


def _argon2(password: str, params: KdfParams) -> Case:
    salt = draw("password salt", 16)
    master = vault.argon2id(vault.normalise(password), salt, params)
    return {
        "password": password,
        "salt": b64(salt),
        "memory_kib": params.memory_kib,
        "passes": params.passes,
        "lanes": params.lanes,
        "master": b64(master),
    }


def _vault_keys() -> Case:
    master = draw("master", 32)
    return {
        "master": b64(master),
        "login_key": b64(vault.login_key(master)),
        "vault_key": b64(vault.vault_key(master)),
    }


def _recovery(key: bytes) -> Case:
    return {
        "recovery_key": b64(key),
        "text": vault.recovery_key_text(key),
        "login_key": b64(vault.recovery_login_key(key)),
        "wrap_key": b64(vault.recovery_wrap_key(key)),
    }


def _wrap(name: str) -> Case:
    key, user, nonce = draw(name, 32), draw("vault user", 16), draw(f"nonce {name}", 32)
    keys = vault.Wrapped(draw("identity key", 32), draw("book key", 32))
    return {
        "name": name,
        "key": b64(key),
        "user_id": b64(user),
        "version": 3,
        "nonce": b64(nonce),
        "identity_key": b64(keys.identity_key),
        "book_key": b64(keys.book_key),
        "box": b64(vault.wrap(key, name, user, 3, keys, nonce)),
    }


def _identity() -> Case:
    key, user, private = draw("identity key", 32), draw("vault user", 16), draw("private", 64)
    nonce = draw("nonce of the identity", 32)
    return {
        "identity_key": b64(key),
        "user_id": b64(user),
        "version": 1,
        "nonce": b64(nonce),
        "identity_private": b64(private),
        "box": b64(vault.seal_identity(key, user, 1, private, nonce)),
    }


def _book(value: Book) -> Case:
    key, user, nonce = draw("book key", 32), draw("vault user", 16), draw("nonce of the book", 32)
    text = book.serialise(value)
    return {
        "book_key": b64(key),
        "user_id": b64(user),
        "version": 9,
        "nonce": b64(nonce),
        "text": text,
        "box": b64(vault.seal_book(key, user, 9, text, nonce)),
    }


def _merge(mine: Book, theirs: Book) -> Case:
    merged, conflicts = book.merge(mine, theirs)
    return {
        "mine": book.serialise(mine),
        "theirs": book.serialise(theirs),
        "merged": book.serialise(merged),
        "conflicts": list(conflicts),
    }


def _books() -> list[Book]:
    """Empty; with contacts; the same moved on; and one that contradicts in every way."""
    bob, carol, talk = draw("user bob", 16), draw("user carol", 16), draw("conversation", 16)
    one, two = ListMark(1, draw("list 1", 32)), ListMark(2, draw("list 2", 32))
    other = ListMark(2, draw("another list 2", 32))
    pinned, changed = draw("identity of bob", 32), draw("another identity of bob", 32)
    of_carol = draw("identity of carol", 32)
    return [
        Book(one),
        Book(
            one,
            {bob: Contact("bob", pinned, two, 0), carol: Contact("carol", of_carol, one, NOW)},
            {talk: Head(3, draw("head 3", 32))},
        ),
        Book(
            two,
            {bob: Contact("bob", pinned, one, NOW + 5), carol: Contact("carol", of_carol, two, 0)},
            {talk: Head(4, draw("head 4", 32)), draw("other talk", 16): Head(0, bytes(32))},
        ),
        Book(
            other,
            {bob: Contact("bob", changed, two, 0), carol: Contact("carol", of_carol, other, 1)},
            {talk: Head(3, draw("another head 3", 32))},
        ),
    ]
