"""What authenticated encryption must refuse, beyond the vectors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import aead, at_rest
from crypto.errors import ArgumentInvalid, FormatError, KeyMissing, TagInvalid
from tools.vector_sections.draw import draw

KEYS = aead.derive_keys(draw("secret", 32), "message", bytes(32))
KEY, NONCE = draw("key", 32), draw("nonce", 32)


@given(st.binary(max_size=300), st.binary(max_size=50))
def test_what_was_encrypted_is_decrypted(plaintext: bytes, ad: bytes) -> None:
    data = aead.encrypt(KEYS, ad, plaintext)
    assert len(data) == len(plaintext) + aead.OVERHEAD
    assert aead.decrypt(KEYS, ad, data) == plaintext


@given(st.data())
def test_every_bit_is_authenticated(data: st.DataObject) -> None:
    good = aead.box(KEY, NONCE, b"some plaintext", b"ad")
    at, bit = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 7))
    bad = good[:at] + bytes([good[at] ^ 1 << bit]) + good[at + 1 :]
    with pytest.raises((TagInvalid, FormatError)):
        aead.open_box(KEY, bad, b"ad")


def test_the_border_between_ad_and_ciphertext_is_authenticated() -> None:
    """Without the length of the associated data its end could become ciphertext."""
    data = aead.encrypt(KEYS, b"ab", b"")
    with pytest.raises(TagInvalid):
        aead.decrypt(KEYS, b"a", b"b" + data)


def test_the_tag_of_gcm_is_checked_too() -> None:
    """Whoever knows only Km, as a leak could have it, still cannot write."""
    other = aead.encrypt(replace(KEYS, ke=draw("other", 32)), b"", b"text")
    with pytest.raises(TagInvalid):
        aead.decrypt(KEYS, b"", other)


@pytest.mark.parametrize(
    ("field", "length"), [("ke", 16), ("km", 31), ("km", 0), ("n", 13), ("n", 8)]
)
def test_keys_of_another_length_are_refused(field: str, length: int) -> None:
    wrong = replace(KEYS, **{field: bytes(length)})
    with pytest.raises(ArgumentInvalid):
        aead.encrypt(wrong, b"", b"")
    with pytest.raises(ArgumentInvalid):
        aead.decrypt(wrong, b"", bytes(100))


def test_less_than_the_overhead_is_not_a_ciphertext() -> None:
    with pytest.raises(FormatError):
        aead.decrypt(KEYS, b"", bytes(aead.OVERHEAD - 1))


def test_a_box_needs_a_whole_nonce_and_key() -> None:
    with pytest.raises(ArgumentInvalid):
        aead.box(KEY, NONCE[:12], b"", b"")
    with pytest.raises(ArgumentInvalid):
        aead.box(KEY[:16], NONCE, b"", b"")
    with pytest.raises(ArgumentInvalid):
        aead.open_box(KEY[:16], aead.box(KEY, NONCE, b"", b""), b"")


def test_inputs_are_not_changed() -> None:
    plaintext, ad = bytearray(b"plaintext"), bytearray(b"ad")
    data = bytearray(aead.encrypt(KEYS, ad, plaintext))
    before = bytes(data)
    assert aead.decrypt(KEYS, ad, data) == b"plaintext"
    assert (plaintext, ad, data) == (b"plaintext", b"ad", before)


def test_keys_do_not_show_in_text() -> None:
    assert repr(KEYS) == "Keys()"


class TestAtRest:
    """Fields that the server keeps for itself."""

    OLD, NEW = draw("old key", 32), draw("new key", 32)

    def test_the_newest_key_writes_and_each_reads(self) -> None:
        old = at_rest.encrypt([self.OLD], b"a@b.example", b"email 1", NONCE)
        new = at_rest.encrypt([self.NEW, self.OLD], b"a@b.example", b"email 1", NONCE)
        for data in (old, new):
            assert at_rest.decrypt([self.NEW, self.OLD], data, b"email 1") == b"a@b.example"
        with pytest.raises(KeyMissing):
            at_rest.decrypt([self.OLD], new, b"email 1")

    def test_a_field_cannot_be_moved_to_another_row(self) -> None:
        data = at_rest.encrypt([self.NEW], b"a@b.example", b"email 1", NONCE)
        with pytest.raises(TagInvalid):
            at_rest.decrypt([self.NEW], data, b"email 2")

    @pytest.mark.parametrize("spoil", [lambda d: b"\x02" + d[1:], lambda d: d[:89], lambda d: b""])
    def test_other_bytes_are_refused(self, spoil: object) -> None:
        data = at_rest.encrypt([self.NEW], b"", b"", NONCE)
        assert len(data) == at_rest.OVERHEAD
        with pytest.raises(FormatError):
            at_rest.decrypt([self.NEW], spoil(data), b"")  # type: ignore[operator]

    def test_without_a_key_nothing_is_written(self) -> None:
        with pytest.raises(ArgumentInvalid):
            at_rest.encrypt([], b"", b"", NONCE)

    def test_a_key_has_32_bytes(self) -> None:
        for use in (
            lambda: at_rest.key_id(bytes(31)),
            lambda: at_rest.blind_index(bytes(31), "email", b""),
        ):
            with pytest.raises(ArgumentInvalid):
                use()

    def test_the_index_tells_equal_values_of_one_field_and_key(self) -> None:
        index = at_rest.blind_index(self.NEW, "email", b"a@b.example")
        assert index == at_rest.blind_index(self.NEW, "email", b"a@b.example")
        others = {
            at_rest.blind_index(self.NEW, "email", b"a@c.example"),
            at_rest.blind_index(self.NEW, "emaila", b"@b.example"),
            at_rest.blind_index(self.OLD, "email", b"a@b.example"),
        }
        assert len(others) == 3
        assert index not in others
