"""Every parser: `serialise(parse(x)) == x`, or FormatError; and what is written can be read.

Each gets random bytes, and valid bytes with bits flipped, parts cut out, put in, repeated or
overwritten with extremes, because random bytes alone do not get past the version.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import book, commit, device_list, envelope, refresh, wire
from crypto.errors import FormatError
from tests.crypto import vector_file

PYTHON = vector_file.load(vector_file.VECTORS / "python.json")


@dataclass(frozen=True)
class Format:
    """A parser, its inverse, and valid bytes to start from."""

    parse: Callable[[bytes], Any]
    serialise: Callable[[Any], bytes]
    valid: Callable[[], list[bytes]]


def stored(section: str, field: str) -> Callable[[], list[bytes]]:
    return lambda: [wire.b64_decode(case[field]) for case in PYTHON[section]]


def texts() -> list[bytes]:
    return [case["text"].encode() for case in PYTHON["vault_book"]]


def parse_text(parse: Callable[[str], Any]) -> Callable[[bytes], Any]:
    """Texts arrive as texts; bytes that are none cannot arrive."""

    def inner(data: bytes) -> Any:
        return parse(data.decode("utf-8", errors="surrogateescape"))

    return inner


def payload(kind: int, signed: bool) -> Format:
    @cache
    def valid() -> list[bytes]:
        message_id, seen = bytes(range(16)), bytes(32)
        receipts = tuple(envelope.Receipt(bytes([i] * 16), 1 + i % 2) for i in range(3))
        bodies = ("text", "x" * 300) if kind == envelope.MESSAGE else (receipts,)
        tail = bytes(64) if signed else b""
        made = (envelope.Payload(message_id, 9, seen, body) for body in bodies)
        return [envelope.pad(envelope.serialise_payload(each) + tail) for each in made]

    def serialise(parsed: envelope.ParsedPayload) -> bytes:
        assert parsed.unsigned == envelope.serialise_payload(parsed.payload)
        assert (parsed.signature is not None) == signed
        return envelope.pad(parsed.unsigned + (parsed.signature or b""))

    return Format(lambda data: envelope.parse_payload(kind, data, signed), serialise, valid)


def headers() -> list[bytes]:
    return [raw[: envelope.HEADER] for raw in stored("envelope", "envelope")()]


FORMATS = {
    "device list": Format(
        device_list.parse_signed,
        lambda value: device_list.serialise(value.list) + value.signature,
        stored("device_list", "signed"),
    ),
    "refresh": Format(refresh.parse, refresh.serialise, stored("refresh", "bytes")),
    "commit": Format(commit.parse_commit, commit.serialise, stored("commit", "commit")),
    "header": Format(envelope.parse_header, envelope.serialise_header, headers),
    "envelope": Format(envelope.parse_envelope, envelope.serialise, stored("envelope", "envelope")),
    "text": payload(envelope.MESSAGE, signed=False),
    "signed text": payload(envelope.MESSAGE, signed=True),
    "receipts": payload(envelope.RECEIPT, signed=False),
    "book": Format(parse_text(book.parse), lambda value: book.serialise(value).encode(), texts),
    "base64url": Format(
        parse_text(wire.b64_decode),
        lambda value: wire.b64_encode(value).encode(),
        lambda: [b"", b"AA", b"AAA", b"_-_-", b"QUJDRA"],
    ),
}

EXTREMES = st.sampled_from([b"\x00", b"\xff", b"\x00" * 4, b"\xff" * 4, b"\x00" * 8, b"\x80"])


@st.composite
def damaged(draw: st.DrawFn, valid: bytes) -> bytes:
    """Valid bytes after one to three accidents."""
    data = valid
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        size = draw(st.sampled_from([1, 2, 4, 16, 32, 64, 65, 84, 1216]))
        part = draw(st.one_of(EXTREMES, st.binary(max_size=20)))
        data = draw(
            st.sampled_from(
                [
                    data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :] if data else b"",
                    data[:at],
                    data[:at] + part + data[at + len(part) :],
                    data[:at] + part + data[at:],
                    data[:at] + data[at + size :],
                    data[: at + size] + data[at:],
                    data + part,
                ]
            )
        )
    return data


def reads_back_or_refuses(form: Format, data: bytes) -> bool:
    try:
        value = form.parse(data)
    except FormatError:
        return False
    assert form.serialise(value) == data
    return True


@pytest.mark.parametrize("name", FORMATS)
def test_valid_bytes_are_read_back(name: str) -> None:
    form = FORMATS[name]
    assert form.valid()
    for data in form.valid():
        assert reads_back_or_refuses(form, data)


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.data())
def test_damaged_bytes_are_read_back_or_refused(name: str, data: st.DataObject) -> None:
    form = FORMATS[name]
    valid = data.draw(st.sampled_from(form.valid()))
    reads_back_or_refuses(form, data.draw(damaged(valid)))


@pytest.mark.parametrize("name", FORMATS)
@given(data=st.binary(max_size=400))
def test_random_bytes_are_read_back_or_refused(name: str, data: bytes) -> None:
    reads_back_or_refuses(FORMATS[name], data)
    reads_back_or_refuses(FORMATS[name], b"\x01" + data)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"base64url", "book"}))
@given(data=st.data())
def test_what_is_too_long_or_too_short_is_refused(name: str, data: st.DataObject) -> None:
    form = FORMATS[name]
    valid = data.draw(st.sampled_from(form.valid()))
    longer = valid + data.draw(st.binary(min_size=1, max_size=9))
    shorter = valid[: data.draw(st.integers(0, len(valid) - 1))]
    for wrong in (longer, shorter):
        with pytest.raises(FormatError):
            form.parse(wrong)
