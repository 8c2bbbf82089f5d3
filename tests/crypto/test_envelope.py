"""Messages: what is hidden, what is bound, and what is not written; heads and seals."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import envelope, transcript
from crypto.envelope import MESSAGE, PADDED, RECEIPT, Header, Payload, Receipt
from crypto.errors import (
    ArgumentInvalid,
    FormatError,
    KeyRefused,
    SignatureInvalid,
    TagInvalid,
)
from tools.vector_sections import curve
from tools.vector_sections.cast import device
from tools.vector_sections.draw import draw
from tools.vector_sections.sessions import header

LAPTOP, PHONE = device("laptop"), device("phone")
KEY = draw("message key", 32)
TEXT = Payload(draw("id", 16), 3, draw("head", 32), "text")
HEADER = header()

bodies = st.one_of(
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1),
    st.lists(
        st.builds(Receipt, st.binary(min_size=16, max_size=16), st.sampled_from([1, 2])),
        min_size=1,
        max_size=200,
        unique_by=lambda r: r.message_id,
    ).map(tuple),
)


def sealed(payload: Payload = TEXT, *, signed: bool = False) -> bytes:
    private = LAPTOP.signing.private if signed else None
    return envelope.seal_envelope(KEY, header(payload.kind), payload, private)


def opened(raw: bytes, public: bytes | None = None) -> Payload:
    return envelope.open_envelope(KEY, envelope.parse_envelope(raw), public)


@given(bodies, st.booleans())
def test_what_was_sealed_is_opened(body: str | tuple[Receipt, ...], signed: bool) -> None:
    payload = replace(TEXT, body=body)
    raw = sealed(payload, signed=signed)
    assert opened(raw, LAPTOP.signing.public if signed else None) == payload
    assert len(raw) - 66 - 4 - 16 - 32 in PADDED


@given(st.data())
def test_every_bit_is_authenticated(data: st.DataObject) -> None:
    raw = sealed()
    at, bit = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(0, 7))
    with pytest.raises((TagInvalid, FormatError)):
        opened(raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :])


@given(st.integers(1, envelope.MAX_TEXT), st.integers(1, envelope.MAX_TEXT))
def test_lengths_of_one_size_look_alike(a: int, b: int) -> None:
    """All that an onlooker learns is the padded length, and that is the smallest that fits."""
    sizes = [len(envelope.pad(bytes(62 + n))) for n in (a, b)]
    for size, n in zip(sizes, (a, b), strict=True):
        assert size == min(s for s in PADDED if s >= 62 + n + 1)


def test_a_member_cannot_speak_for_another_device() -> None:
    """Whoever shares the chain can seal; only the device itself can sign."""
    forged = envelope.seal_envelope(KEY, HEADER, TEXT, PHONE.signing.private)
    with pytest.raises(SignatureInvalid):
        opened(forged, LAPTOP.signing.public)


def test_a_signature_is_for_one_header() -> None:
    """The same payload and signature under another number."""
    plain = envelope.serialise_payload(TEXT)
    head = envelope.serialise_header(HEADER)
    moved = HEADER._replace(seq=8)
    signature = envelope.signatures.sign_ed25519(LAPTOP.signing.private, "message", head + plain)
    other = envelope.serialise_header(moved)
    data = envelope.encrypt(envelope._keys(KEY, other), other, envelope.pad(plain + signature))
    raw = other + (len(data) - 32).to_bytes(4, "big") + data
    with pytest.raises(SignatureInvalid):
        opened(raw, LAPTOP.signing.public)


def test_a_weak_key_does_not_verify_a_message() -> None:
    weak = curve.small_order_encodings()[0] + LAPTOP.signing.public[32:]
    with pytest.raises(KeyRefused):
        opened(sealed(signed=True), weak)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": 3},
        {"type": 0},
        {"conversation": bytes(15)},
        {"device_id": bytes(17)},
        {"commit_hash": bytes(32)},
        {"epoch": 0},
        {"epoch": 1 << 32},
        {"seq": 0},
        {"seq": 1 << 32},
        {"seq": -1},
        {"sent_at": 1 << 53},
        {"sent_at": -1},
    ],
)
def test_a_header_that_could_not_be_read_is_not_written(changed: dict[str, object]) -> None:
    with pytest.raises(ArgumentInvalid):
        envelope.serialise_header(HEADER._replace(**changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [
        {"message_id": bytes(15)},
        {"seen_n": 1 << 53},
        {"seen_head": bytes(31)},
        {"body": ""},
        {"body": "a\x00"},
        {"body": "\ud800"},
        {"body": "x" * 16385},
        {"body": "\u00e4" * 8193},
    ],
)
def test_a_text_that_could_not_be_read_is_not_written(changed: dict[str, object]) -> None:
    with pytest.raises(ArgumentInvalid):
        envelope.serialise_payload(replace(TEXT, **changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "receipts",
    [
        (),
        (Receipt(bytes(16), 0),),
        (Receipt(bytes(16), 3),),
        (Receipt(bytes(15), 1),),
        (Receipt(bytes(16), 1), Receipt(bytes(16), 2)),
        tuple(Receipt(i.to_bytes(16, "big"), 1) for i in range(201)),
    ],
)
def test_receipts_that_could_not_be_read_are_not_written(receipts: tuple[Receipt, ...]) -> None:
    with pytest.raises(ArgumentInvalid):
        envelope.serialise_payload(replace(TEXT, body=receipts))


def test_a_payload_fits_its_header() -> None:
    with pytest.raises(ArgumentInvalid):
        envelope.seal_envelope(KEY, header(RECEIPT), TEXT)


def test_a_payload_of_another_kind_is_refused_when_opened() -> None:
    """The header says receipt, the sealed bytes are a text: made by hand, since sealing refuses."""
    head = envelope.serialise_header(header(RECEIPT))
    padded = envelope.pad(envelope.serialise_payload(TEXT))
    data = envelope.encrypt(envelope._keys(KEY, head), head, padded)
    with pytest.raises(FormatError):
        opened(head + (len(data) - 32).to_bytes(4, "big") + data)


def test_a_payload_longer_than_all_lengths_is_not_padded() -> None:
    assert len(envelope.pad(bytes(20479))) == 20480
    with pytest.raises(ArgumentInvalid):
        envelope.pad(bytes(20480))


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_a_message_key_has_32_bytes(length: int) -> None:
    with pytest.raises(ArgumentInvalid):
        envelope.seal_envelope(bytes(length), HEADER, TEXT)


def test_the_text_does_not_show_in_text() -> None:
    assert "text" not in repr(TEXT)


def test_a_header_is_read_from_whole_envelopes_and_alone_alike() -> None:
    raw = sealed()
    assert envelope.parse_header(raw[:66]) == envelope.parse_envelope(raw).header == HEADER
    assert isinstance(HEADER, Header)
    assert HEADER.type == MESSAGE


class TestTranscript:
    """The server's chain and seal."""

    HEAD, TAG = draw("a head", 32), draw("a tag", 32)
    OLD, NEW = transcript.seal_key(draw("old", 32)), transcript.seal_key(draw("new", 32))
    ENTRY = (HEAD, 5, 1000, transcript.MESSAGE, draw("sender", 16), draw("content", 32))

    def test_every_field_changes_the_head(self) -> None:
        others = [
            (0, bytes(32)),
            (1, 6),
            (2, 1001),
            (3, transcript.RECEIPT),
            (4, bytes(16)),
            (5, bytes(32)),
        ]
        heads = {transcript.next_head(*self.ENTRY)}
        for place, value in others:
            entry = [*self.ENTRY]
            entry[place] = value
            heads.add(transcript.next_head(*entry))
        assert len(heads) == 7

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            (0, bytes(31)),
            (1, 0),
            (1, 1 << 53),
            (2, -1),
            (2, 1 << 53),
            (3, 0),
            (3, 4),
            (4, bytes(17)),
            (5, bytes(31)),
        ],
    )
    def test_an_entry_out_of_range_is_refused(self, place: int, value: object) -> None:
        entry = [*self.ENTRY]
        entry[place] = value
        with pytest.raises(ArgumentInvalid):
            transcript.next_head(*entry)

    def test_a_seal_is_for_one_head_tag_and_key(self) -> None:
        made = transcript.seal(self.OLD, self.HEAD, self.TAG)
        keys = [self.NEW, self.OLD]
        assert transcript.verify_seal(keys, self.HEAD, self.TAG, made) == self.OLD
        for wrong in (
            ([self.NEW], self.HEAD, self.TAG, made),
            (keys, self.TAG, self.TAG, made),
            (keys, self.HEAD, self.HEAD, made),
            (keys, self.HEAD, self.TAG, made[:-1]),
            ([], self.HEAD, self.TAG, made),
        ):
            with pytest.raises(TagInvalid):
                transcript.verify_seal(*wrong)

    def test_lengths(self) -> None:
        for wrong in (
            lambda: transcript.seal_key(bytes(31)),
            lambda: transcript.seal(self.NEW, bytes(31), self.TAG),
            lambda: transcript.seal(self.NEW, self.HEAD, bytes(31)),
            lambda: transcript.start(bytes(15)),
        ):
            with pytest.raises(ArgumentInvalid):
                wrong()

    def test_the_key_does_not_show_in_text(self) -> None:
        assert "key=" not in repr(self.NEW)
