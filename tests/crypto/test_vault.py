"""Passwords, recovery keys, compartments, and books that meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import book, vault
from crypto.book import Book, Contact, Head, ListMark
from crypto.errors import ArgumentInvalid, FormatError, ParametersRefused, TagInvalid
from crypto.vault import KdfParams, Wrapped
from tools.vector_sections.draw import draw

USER, NONCE, KEY = draw("user", 16), draw("nonce", 32), draw("key", 32)
WRAPPED = Wrapped(draw("identity key", 32), draw("book key", 32))


def test_a_password_has_one_form() -> None:
    assert vault.normalise("\ufb01ance\u0301") == vault.normalise("fianc\u00e9")
    with pytest.raises(ArgumentInvalid):
        vault.normalise("\ud800")


def test_weak_parameters_stop_before_the_password_is_touched() -> None:
    """The floor and the ceiling themselves are allowed, and nothing beyond."""
    vault.check_bounds(KdfParams(19456, 2, 1))
    vault.check_bounds(KdfParams(262144, 10, 1))
    with pytest.raises(ParametersRefused):
        vault.derive_master("password", bytes(16), KdfParams(64, 1, 1))


def test_a_master_depends_on_password_and_salt() -> None:
    masters = {
        vault.derive_master(password, salt, KdfParams())
        for password in ("one", "two")
        for salt in (bytes(16), bytes([1] * 16))
    }
    assert len(masters) == 4
    with pytest.raises(ArgumentInvalid):
        vault.derive_master("password", bytes(15), KdfParams())


def test_the_keys_of_one_secret_differ() -> None:
    keys = {
        vault.login_key(KEY),
        vault.vault_key(KEY),
        vault.recovery_login_key(KEY),
        vault.recovery_wrap_key(KEY),
    }
    assert len(keys) == 4


@given(st.binary(min_size=32, max_size=32))
def test_a_recovery_key_is_read_as_written(key: bytes) -> None:
    text = vault.recovery_key_text(key)
    assert [len(group) for group in text.split("-")] == [4] * 14
    assert vault.parse_recovery_key(f"  {text.lower().replace('-', ' ')}\n") == key


@given(st.data())
def test_a_mistyped_recovery_key_is_refused(data: st.DataObject) -> None:
    """One wrong letter or two neighbours swapped; 24 bits of checksum let few slip."""
    text = vault.recovery_key_text(KEY).replace("-", "")
    at = data.draw(st.integers(0, 54))
    letter = data.draw(st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
    wrong = {
        text[:at] + letter + text[at + 1 :],
        text[:at] + text[at + 1] + text[at] + text[at + 2 :],
    }
    for each in wrong - {text}:
        with pytest.raises(FormatError):
            vault.parse_recovery_key(each)


@pytest.mark.parametrize("letter", ["\u017f", "\u0131", "\uff21"])
def test_letters_that_turn_into_others_are_refused(letter: str) -> None:
    """The long s is an S in upper case."""
    text = vault.recovery_key_text(draw("a key with an S", 32))
    for plain in {letter.upper(), "S", "I", "A"} & set(text):
        with pytest.raises(FormatError):
            vault.parse_recovery_key(text.replace(plain, letter))


def test_a_recovery_key_has_32_bytes() -> None:
    with pytest.raises(ArgumentInvalid):
        vault.recovery_key_text(bytes(31))


@pytest.mark.parametrize("name", [vault.WRAP_PASSWORD, vault.WRAP_RECOVERY])
def test_a_wrap_is_for_one_key_name_person_and_version(name: str) -> None:
    data = vault.wrap(KEY, name, USER, 2, WRAPPED, NONCE)
    assert vault.unwrap(KEY, name, USER, 2, data) == WRAPPED
    other = ({vault.WRAP_PASSWORD, vault.WRAP_RECOVERY} - {name}).pop()
    for wrong in (
        (bytes(32), name, USER, 2),
        (KEY, other, USER, 2),
        (KEY, name, bytes(16), 2),
        (KEY, name, USER, 1),
    ):
        with pytest.raises(TagInvalid):
            vault.unwrap(*wrong, data)


def test_a_compartment_is_for_one_person_and_version() -> None:
    private = draw("private", 64)
    data = vault.seal_identity(KEY, USER, 2, private, NONCE)
    assert vault.open_identity(KEY, USER, 2, data) == private
    text = vault.seal_book(KEY, USER, 2, "{}", NONCE)
    assert vault.open_book(KEY, USER, 2, text) == "{}"
    for wrong in ((KEY, bytes(16), 2), (KEY, USER, 3), (bytes(32), USER, 2)):
        with pytest.raises(TagInvalid):
            vault.open_identity(*wrong, data)
        with pytest.raises(TagInvalid):
            vault.open_book(*wrong, text)
    with pytest.raises(TagInvalid):
        vault.open_identity(KEY, USER, 2, text)


def test_what_is_inside_a_compartment_has_its_length() -> None:
    """Bytes that the right key made and that are not what they should be."""
    ad = vault._ad(vault.WRAP_PASSWORD, USER, 1)
    with pytest.raises(FormatError):
        vault.unwrap(KEY, vault.WRAP_PASSWORD, USER, 1, vault.box(KEY, NONCE, bytes(63), ad))
    ad = vault._ad("vault identity", USER, 1)
    with pytest.raises(FormatError):
        vault.open_identity(KEY, USER, 1, vault.box(KEY, NONCE, bytes(63), ad))
    ad = vault._ad("vault book", USER, 1)
    with pytest.raises(FormatError):
        vault.open_book(KEY, USER, 1, vault.box(KEY, NONCE, b"\xff", ad))


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: vault.wrap(KEY, "box", USER, 1, WRAPPED, NONCE),
        lambda: vault.wrap(KEY, vault.WRAP_PASSWORD, USER[1:], 1, WRAPPED, NONCE),
        lambda: vault.wrap(KEY, vault.WRAP_PASSWORD, USER, -1, WRAPPED, NONCE),
        lambda: vault.wrap(KEY, vault.WRAP_PASSWORD, USER, 1, Wrapped(KEY, b""), NONCE),
        lambda: vault.wrap(KEY, vault.WRAP_PASSWORD, USER, 1, Wrapped(b"", KEY), NONCE),
        lambda: vault.wrap(KEY, vault.WRAP_PASSWORD, USER, 1, WRAPPED, NONCE[1:]),
        lambda: vault.unwrap(KEY, "box", USER, 1, bytes(200)),
        lambda: vault.seal_identity(KEY, USER, 1, bytes(63), NONCE),
        lambda: vault.seal_book(KEY[1:], USER, 1, "", NONCE),
        lambda: vault.login_key(bytes(31)),
        lambda: vault.recovery_wrap_key(bytes(31)),
    ],
)
def test_arguments_of_another_length_are_refused(wrong: Callable[[], object]) -> None:
    with pytest.raises(ArgumentInvalid):
        wrong()


def test_keys_do_not_show_in_text() -> None:
    assert repr(WRAPPED) == "Wrapped()"


MARK = ListMark(2, draw("list", 32))
BOB, TALK = draw("bob", 16), draw("talk", 16)
CONTACT = Contact("bob", draw("identity", 32), MARK, 5)
BOOK = Book(MARK, {BOB: CONTACT}, {TALK: Head(3, draw("head", 32))})


@pytest.mark.parametrize(
    "wrong",
    [
        replace(BOOK, own=ListMark(0, bytes(32))),
        replace(BOOK, own=ListMark(1 << 32, bytes(32))),
        replace(BOOK, own=ListMark(1, bytes(31))),
        replace(BOOK, contacts={BOB[1:]: CONTACT}),
        replace(BOOK, contacts={BOB: replace(CONTACT, name="Bob")}),
        replace(BOOK, contacts={BOB: replace(CONTACT, identity_hash=b"")}),
        replace(BOOK, contacts={BOB: replace(CONTACT, verified_at=-1)}),
        replace(BOOK, contacts={BOB: replace(CONTACT, verified_at=1 << 53)}),
        replace(BOOK, heads={TALK[1:]: Head(1, bytes(32))}),
        replace(BOOK, heads={TALK: Head(-1, bytes(32))}),
        replace(BOOK, heads={TALK: Head(1, bytes(33))}),
    ],
)
def test_a_book_that_could_not_be_read_is_not_written(wrong: Book) -> None:
    with pytest.raises(ArgumentInvalid):
        book.serialise(wrong)


def spoilt(path: tuple[str, ...], value: object) -> str:
    """The canonical JSON of a book with one value replaced by something of another type."""
    content = json.loads(book.serialise(BOOK))
    place = content
    for name in path[:-1]:
        place = place[next(iter(place)) if name == "*" else name]
    place[path[-1]] = value
    return json.dumps(content, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("own",), None),
        (("own", "list_version"), "1"),
        (("own", "list_version"), True),
        (("own", "list_hash"), 1),
        (("own", "x"), 1),
        (("contacts",), []),
        (("contacts", "*", "name"), 1),
        (("contacts", "*", "verified_at"), None),
        (("contacts", "*", "identity_hash"), "AA"),
        (("heads",), None),
        (("heads", "*", "n"), 1.5),
        (("heads", "*", "head"), None),
    ],
)
def test_a_book_with_values_of_other_types_is_refused(path: tuple[str, ...], value: object) -> None:
    with pytest.raises(FormatError):
        book.parse(spoilt(path, value))


def test_a_book_that_nests_without_end_is_refused() -> None:
    with pytest.raises(FormatError):
        book.parse("[" * 200_000)


marks = st.builds(ListMark, st.integers(1, 3), st.sampled_from([bytes(32), bytes([1] * 32)]))
contacts = st.builds(
    Contact, st.just("bob"), st.sampled_from([bytes(32), KEY]), marks, st.integers(0, 3)
)
heads = st.builds(Head, st.integers(0, 3), st.sampled_from([bytes(32), KEY]))
books = st.builds(
    Book,
    marks,
    st.dictionaries(st.sampled_from([BOB, USER]), contacts),
    st.dictionaries(st.sampled_from([TALK, USER]), heads),
)


@given(books, books)
def test_merging_only_moves_forward(mine: Book, theirs: Book) -> None:
    merged, conflicts = book.merge(mine, theirs)
    assert book.parse(book.serialise(merged)) == merged
    assert merged.own.list_version == max(mine.own.list_version, theirs.own.list_version)
    for talk in mine.heads.keys() & theirs.heads.keys():
        assert merged.heads[talk].n == max(mine.heads[talk].n, theirs.heads[talk].n)
    for user, contact in mine.contacts.items():
        assert merged.contacts[user].identity_hash == contact.identity_hash
        assert merged.contacts[user].mark.list_version >= contact.mark.list_version
    assert set(merged.contacts) == set(mine.contacts) | set(theirs.contacts)
    assert list(conflicts) == sorted(set(conflicts))


@given(books, books)
def test_both_sides_name_the_same_conflicts_and_agree_without_any(a: Book, b: Book) -> None:
    one, two = book.merge(a, b), book.merge(b, a)
    assert one.conflicts == two.conflicts
    if not one.conflicts:
        assert one.book == two.book


@given(books, books)
def test_merging_changes_neither_book(a: Book, b: Book) -> None:
    before = (book.serialise(a), book.serialise(b))
    book.merge(a, b)
    assert (book.serialise(a), book.serialise(b)) == before


@given(books)
def test_merging_a_book_with_itself_changes_nothing(a: Book) -> None:
    assert book.merge(a, a) == (a, ())
