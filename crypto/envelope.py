"""The format of a message: header, padded payload, sealing with a message key. Section 6.

The server imports this for `parse_header` and `parse_envelope`, so it must never import `epoch` or
`chain`; a message key comes as an argument. Must not know where keys come from or what a
conversation is. The dangers it deals with: a length that tells what was said (padding), a header
changed on the way (it is both in the key derivation and authenticated), and a member of a larger
epoch who, knowing the shared chains, speaks for another device (the signature inside). Parsing is
on the path of every message, hence compiled structs and named tuples.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from crypto import signatures
from crypto.aead import GCM_TAG, Keys, decrypt, derive_keys, encrypt
from crypto.errors import ArgumentInvalid, FormatError
from crypto.labels import ED25519_SIGNATURE, HASH, ID, TAG, VERSION
from crypto.wire import MAX_U64, Reader, Writer, require

PURPOSE: Final = "message"
MESSAGE, RECEIPT = 1, 2
DELIVERED, READ = 1, 2
HEADER: Final = 66
MAX_TEXT: Final = 16384
MAX_RECEIPTS: Final = 200
PADDED: Final = (256, 512, 1024, 2048, 4096, 8192, 16384, 20480)
_CT_LENGTHS: Final = frozenset(size + GCM_TAG for size in PADDED)
_MAX_U32: Final = (1 << 32) - 1
_HEADER: Final = struct.Struct(">BB16sI16sIQ16s")
_FRAME: Final = struct.Struct(">BB16sI16sIQ16sI")


class Header(NamedTuple):
    """type, conversation [16], epoch, sender device [16], seq, time in ms, H(commit)[:16]."""

    type: int
    conversation: bytes
    epoch: int
    device_id: bytes
    seq: int
    sent_at: int
    commit_hash: bytes


class Envelope(NamedTuple):
    """A parsed envelope: header, ciphertext with its GCM tag, committing tag [32], exact bytes."""

    header: Header
    ciphertext: bytes
    tag: bytes
    raw: bytes


class Receipt(NamedTuple):
    """A message id [16] and DELIVERED or READ."""

    message_id: bytes
    state: int


@dataclass(frozen=True, slots=True)
class Payload:
    """What is said: a random message id [16], the sender's newest transcript entry (n, head [32])
    and either a text or receipts."""

    message_id: bytes
    seen_n: int
    seen_head: bytes
    body: str | tuple[Receipt, ...] = field(repr=False)

    @property
    def kind(self) -> int:
        """MESSAGE or RECEIPT: the type of the header that this fits."""
        return MESSAGE if isinstance(self.body, str) else RECEIPT


class ParsedPayload(NamedTuple):
    """A payload, the bytes before its signature, and the signature or None."""

    payload: Payload
    unsigned: bytes
    signature: bytes | None


def serialise_header(header: Header) -> bytes:
    """66 bytes. Raises ArgumentInvalid."""
    for part in (header.conversation, header.device_id, header.commit_hash):
        if len(part) != ID:
            raise ArgumentInvalid("a field of the header must have 16 bytes")
    if not (0 <= header.epoch <= _MAX_U32 and 0 <= header.seq <= _MAX_U32):
        raise ArgumentInvalid("a number of the header is out of range")
    if not 0 <= header.sent_at <= MAX_U64:
        raise ArgumentInvalid("the time of the header is out of range")
    try:
        _check_header(VERSION, header)
    except FormatError as error:
        raise ArgumentInvalid(f"this header cannot be written: {error}") from error
    return _HEADER.pack(VERSION, *header)


def parse_header(data: bytes) -> Header:
    """Of exactly 66 bytes. Raises FormatError."""
    if len(data) != HEADER:
        raise FormatError("a header has 66 bytes")
    version, *fields = _HEADER.unpack(data)
    header = Header._make(fields)
    _check_header(version, header)
    return header


def parse_envelope(data: bytes) -> Envelope:
    """Raises FormatError. Nothing is verified; the server can do no more than this."""
    if len(data) < HEADER + 4:
        raise FormatError("the envelope is too short")
    version, *fields, length = _FRAME.unpack_from(data)
    header = Header._make(fields)
    _check_header(version, header)
    if length not in _CT_LENGTHS or len(data) != HEADER + 4 + length + TAG:
        raise FormatError("the length of the ciphertext is not one of the padded lengths")
    return Envelope(header, data[HEADER + 4 : -TAG], data[-TAG:], data)


def serialise(envelope: Envelope) -> bytes:
    """The bytes of an envelope from its fields."""
    writer = Writer().raw(serialise_header(envelope.header)).lp(envelope.ciphertext)
    return writer.fixed(envelope.tag, TAG).done()


def seal_envelope(
    message_key: bytes, header: Header, payload: Payload, signing_private: bytes | None = None
) -> bytes:
    """The envelope. `message_key`: 32 bytes, used for this message alone and erased by the caller.

    `signing_private` [64] is given exactly when the epoch has more than two devices.
    """
    head = serialise_header(header)
    if payload.kind != header.type:
        raise ArgumentInvalid("the payload does not fit the type of the header")
    plain = serialise_payload(payload)
    if signing_private is not None:
        plain += signatures.sign_ed25519(signing_private, PURPOSE, head + plain)
    data = encrypt(_keys(message_key, head), head, pad(plain))
    return head + Writer().lp(data[:-TAG]).raw(data[-TAG:]).done()


def open_envelope(
    message_key: bytes, envelope: Envelope, signing_public: bytes | None = None
) -> Payload:
    """The payload. With `signing_public` [1984] a signature is demanded, without none is allowed:
    it is given exactly when the epoch has more than two devices.

    Raises TagInvalid, FormatError, KeyRefused or SignatureInvalid. The key counts as used only
    when this returns.
    """
    head = envelope.raw[:HEADER]
    data = envelope.ciphertext + envelope.tag
    padded = decrypt(_keys(message_key, head), head, data)
    parsed = parse_payload(envelope.header.type, padded, signed=signing_public is not None)
    if signing_public is not None and parsed.signature is not None:
        message = head + parsed.unsigned
        signatures.verify_ed25519(signing_public, PURPOSE, message, parsed.signature)
    return parsed.payload


def serialise_payload(payload: Payload) -> bytes:
    """The bytes before signature and padding. Raises ArgumentInvalid."""
    writer = Writer().u8(VERSION).u8(payload.kind).fixed(payload.message_id, ID)
    writer.u64(payload.seen_n).fixed(payload.seen_head, HASH).lp(_serialise_body(payload.body))
    return writer.done()


def parse_payload(kind: int, padded: bytes, signed: bool) -> ParsedPayload:
    """`kind` is the header's type; `signed` whether a signature must stand at the end."""
    plain = unpad(padded)
    reader = Reader(plain)
    reader.version(VERSION)
    require(reader.u8() == kind, "the payload does not fit the type of the header")
    message_id, seen_n, seen_head = reader.fixed(ID), reader.u64(), reader.fixed(HASH)
    raw = reader.lp(MAX_TEXT)
    body = _parse_text(raw) if kind == MESSAGE else _parse_receipts(raw)
    unsigned = plain[: reader.at]
    signature = reader.fixed(ED25519_SIGNATURE) if signed else None
    reader.end()
    return ParsedPayload(Payload(message_id, seen_n, seen_head, body), unsigned, signature)


def pad(plain: bytes) -> bytes:
    """0x80, then zeros to the smallest padded length."""
    for size in PADDED:
        if len(plain) < size:
            return (plain + b"\x80").ljust(size, b"\x00")
    raise ArgumentInvalid("the payload is longer than the longest padded length")


def unpad(padded: bytes) -> bytes:
    """Raises FormatError for padding that `pad` would not make: one payload has one padding."""
    require(len(padded) in PADDED, "the payload does not have a padded length")
    stripped = padded.rstrip(b"\x00")
    require(stripped.endswith(b"\x80"), "the padding is broken")
    plain = stripped[:-1]
    require(len(pad(plain)) == len(padded), "the padding is longer than it must be")
    return plain


def _check_header(version: int, header: Header) -> None:
    if version != VERSION:
        raise FormatError("the version of the envelope is unknown")
    if header.type not in (MESSAGE, RECEIPT):
        raise FormatError("the type of the envelope is unknown")
    if header.epoch < 1 or header.seq < 1:
        raise FormatError("epochs and message numbers begin at 1")
    if header.sent_at > MAX_U64:
        raise FormatError("the time of the envelope is out of range")


def _keys(message_key: bytes, head: bytes) -> Keys:
    return derive_keys(message_key, "message", hashlib.sha256(head).digest())


def _serialise_body(body: str | tuple[Receipt, ...]) -> bytes:
    try:
        if isinstance(body, str):
            raw = body.encode("utf-8")
            _parse_text(raw)
        else:
            raw = _serialise_receipts(body)
            _parse_receipts(raw)
    except (FormatError, UnicodeEncodeError) as error:
        raise ArgumentInvalid(f"this payload cannot be written: {error}") from None
    return raw


def _serialise_receipts(receipts: tuple[Receipt, ...]) -> bytes:
    writer = Writer().u16(len(receipts))
    for receipt in receipts:
        writer.fixed(receipt.message_id, ID).u8(receipt.state)
    return writer.done()


def _parse_text(raw: bytes) -> str:
    require(1 <= len(raw) <= MAX_TEXT, "a text has 1 to 16384 bytes")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError("a text is UTF-8") from None
    require("\x00" not in text, "a text has no U+0000")
    return text


def _parse_receipts(raw: bytes) -> tuple[Receipt, ...]:
    reader = Reader(raw)
    count = reader.u16()
    require(1 <= count <= MAX_RECEIPTS, "there are 1 to 200 receipts")
    receipts = tuple(Receipt(reader.fixed(ID), reader.u8()) for _ in range(count))
    reader.end()
    require(all(r.state in (DELIVERED, READ) for r in receipts), "the state is unknown")
    require(len({r.message_id for r in receipts}) == count, "a message is named twice")
    return receipts
