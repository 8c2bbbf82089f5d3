"""Strict reading and writing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import wire
from crypto.errors import ArgumentInvalid, FormatError
from crypto.wire import Reader, Writer


@given(st.integers(0, 2**8 - 1), st.integers(0, 2**32 - 1), st.integers(0, wire.MAX_U64))
def test_numbers_are_read_as_written(small: int, middle: int, large: int) -> None:
    reader = Reader(Writer().u8(small).u16(small).u32(middle).u64(large).done())
    assert (reader.u8(), reader.u16(), reader.u32(), reader.u64()) == (small, small, middle, large)
    reader.end()


@pytest.mark.parametrize(
    ("method", "value"),
    [("u8", 256), ("u16", 1 << 16), ("u32", 1 << 32), ("u64", 1 << 53), ("u8", -1), ("u64", -1)],
)
def test_a_number_that_does_not_fit_is_not_written(method: str, value: int) -> None:
    with pytest.raises(ArgumentInvalid):
        getattr(Writer(), method)(value)


def test_a_u64_of_2_to_the_53_is_not_read() -> None:
    assert Reader(wire.MAX_U64.to_bytes(8, "big")).u64() == wire.MAX_U64
    with pytest.raises(FormatError):
        Reader((wire.MAX_U64 + 1).to_bytes(8, "big")).u64()


def test_a_field_of_another_length_is_not_written() -> None:
    with pytest.raises(ArgumentInvalid):
        Writer().fixed(bytes(15), 16)


def test_bytes_that_end_or_go_on_are_refused() -> None:
    with pytest.raises(FormatError):
        Reader(b"\x00").u16()
    with pytest.raises(FormatError):
        Reader(b"\x00").end()


def test_a_long_field_is_refused_before_it_is_read() -> None:
    with pytest.raises(FormatError, match="too long"):
        Reader((1 << 31).to_bytes(4, "big")).lp(10)


@pytest.mark.parametrize("keys", [[b"b", b"a"], [b"a", b"a"], [b"a", b"c", b"b"]])
def test_what_is_not_rising_is_refused(keys: list[bytes]) -> None:
    wire.require_rising(sorted(set(keys)), "they")
    with pytest.raises(FormatError):
        wire.require_rising(keys, "they")


@given(st.binary())
def test_base64url_is_read_as_written(data: bytes) -> None:
    text = wire.b64_encode(data)
    assert not set(text) & set("+/=")
    assert wire.b64_decode(text) == data
    assert wire.b64_decode(text, len(data)) == data


def test_a_text_for_another_length_is_refused() -> None:
    with pytest.raises(FormatError):
        wire.b64_decode(wire.b64_encode(bytes(15)), 16)
