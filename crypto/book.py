"""The book: what a person's devices remember together about contacts and heads. Section 8.

Must not know how it is encrypted (`vault`) or stored. The danger it deals with: a server that
serves an old book to make a pinned identity, a newer list or a newer head forgotten. Merging only
ever moves forward, and whatever contradicts is named for the person instead of being chosen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from crypto.device_list import check_name
from crypto.errors import ArgumentInvalid, FormatError
from crypto.labels import HASH, ID, VERSION
from crypto.wire import MAX_U64, b64_decode, b64_encode, require

_MAX_U32: Final = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class ListMark:
    """The newest device list seen of somebody: version from 1 and H(list) [32]."""

    list_version: int
    list_hash: bytes


@dataclass(frozen=True, slots=True)
class Contact:
    """A pinned person. `verified_at`: ms of the last safety number compare, 0 for never."""

    name: str
    identity_hash: bytes
    mark: ListMark
    verified_at: int


@dataclass(frozen=True, slots=True)
class Head:
    """The newest transcript entry known of a conversation: n and head_n [32]."""

    n: int
    head: bytes


@dataclass(frozen=True, slots=True)
class Book:
    """Contacts by user id [16], heads by conversation [16], the own list. Never mutated."""

    own: ListMark
    contacts: Mapping[bytes, Contact] = field(default_factory=dict)
    heads: Mapping[bytes, Head] = field(default_factory=dict)


class Merged(NamedTuple):
    """The merged book and the sorted names of what a person must decide."""

    book: Book
    conflicts: tuple[str, ...]


def serialise(book: Book) -> str:
    """Canonical JSON. Raises ArgumentInvalid for what cannot be parsed again."""
    value = {
        "version": VERSION,
        "own": _mark_json(book.own),
        "contacts": {b64_encode(k): _contact_json(v) for k, v in book.contacts.items()},
        "heads": {
            b64_encode(k): {"n": v.n, "head": b64_encode(v.head)} for k, v in book.heads.items()
        },
    }
    try:
        _parse_book(value)
    except FormatError as error:
        raise ArgumentInvalid(f"this book cannot be written: {error}") from error
    return _canonical(value)


def parse(text: str) -> Book:
    """Raises FormatError for anything but the canonical JSON of a book."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise FormatError("a book is JSON") from None
    book = _parse_book(value)
    # Catches spaces, key order, escapes and keys given twice in one comparison.
    require(_canonical(value) == text, "the JSON of a book is not canonical")
    return book


def merge(mine: Book, theirs: Book) -> Merged:
    """Take the newer of everything; a contradiction keeps what is mine and is named."""
    conflicts: list[str] = []
    contacts = dict(theirs.contacts) | dict(mine.contacts)
    for user_id in mine.contacts.keys() & theirs.contacts.keys():
        pair = mine.contacts[user_id], theirs.contacts[user_id]
        contacts[user_id] = _merge_contact(*pair, b64_encode(user_id), conflicts)
    heads = dict(theirs.heads) | dict(mine.heads)
    for conversation in mine.heads.keys() & theirs.heads.keys():
        head_pair = mine.heads[conversation], theirs.heads[conversation]
        heads[conversation] = _merge_head(*head_pair, b64_encode(conversation), conflicts)
    own = _merge_mark(mine.own, theirs.own, "own", conflicts)
    return Merged(Book(own, contacts, heads), tuple(sorted(conflicts)))


def _merge_contact(a: Contact, b: Contact, name: str, conflicts: list[str]) -> Contact:
    if (a.identity_hash, a.name) != (b.identity_hash, b.name):
        conflicts.append(f"identity:{name}")
        return a
    mark = _merge_mark(a.mark, b.mark, f"list:{name}", conflicts)
    return replace(a, mark=mark, verified_at=max(a.verified_at, b.verified_at))


def _merge_mark(a: ListMark, b: ListMark, name: str, conflicts: list[str]) -> ListMark:
    if a.list_version == b.list_version and a.list_hash != b.list_hash:
        conflicts.append(name)
    return b if b.list_version > a.list_version else a


def _merge_head(a: Head, b: Head, name: str, conflicts: list[str]) -> Head:
    if a.n == b.n and a.head != b.head:
        conflicts.append(f"head:{name}")
    return b if b.n > a.n else a


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _mark_json(mark: ListMark) -> dict[str, object]:
    return {"list_version": mark.list_version, "list_hash": b64_encode(mark.list_hash)}


def _contact_json(contact: Contact) -> dict[str, object]:
    return {
        "name": contact.name,
        "identity_hash": b64_encode(contact.identity_hash),
        "verified_at": contact.verified_at,
        **_mark_json(contact.mark),
    }


def _parse_book(value: object) -> Book:
    fields = _object(value, "contacts", "heads", "own", "version")
    require(
        _number(fields["version"], 1, _MAX_U32) == VERSION, "the version of the book is unknown"
    )
    return Book(
        _parse_mark(_object(fields["own"], "list_version", "list_hash")),
        {b64_decode(k, ID): _parse_contact(v) for k, v in _mapping(fields["contacts"]).items()},
        {b64_decode(k, ID): _parse_head(v) for k, v in _mapping(fields["heads"]).items()},
    )


def _parse_contact(value: object) -> Contact:
    fields = _object(value, "identity_hash", "list_hash", "list_version", "name", "verified_at")
    return Contact(
        check_name(_text(fields["name"])),
        b64_decode(_text(fields["identity_hash"]), HASH),
        _parse_mark(fields),
        _number(fields["verified_at"], 0, MAX_U64),
    )


def _parse_mark(fields: Mapping[str, object]) -> ListMark:
    version = _number(fields["list_version"], 1, _MAX_U32)
    return ListMark(version, b64_decode(_text(fields["list_hash"]), HASH))


def _parse_head(value: object) -> Head:
    fields = _object(value, "head", "n")
    return Head(_number(fields["n"], 0, MAX_U64), b64_decode(_text(fields["head"]), HASH))


def _mapping(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise FormatError("a part of the book is not an object")
    return value


def _object(value: object, *names: str) -> dict[str, object]:
    fields = _mapping(value)
    require(set(fields) == set(names), "a part of the book has other fields than it must have")
    return fields


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise FormatError("a field of the book is not text")
    return value


def _number(value: object, least: int, most: int) -> int:
    if type(value) is not int or not least <= value <= most:
        raise FormatError("a number of the book is out of range")
    return value
