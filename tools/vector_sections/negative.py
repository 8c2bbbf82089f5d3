"""What must be refused, and with which code. Section `negative`.

The cases of formats are here; those of signatures and of sessions in the two modules beside it.
"""

from __future__ import annotations

from collections.abc import Iterator

from crypto import aead, envelope, kem
from crypto.labels import KEM_PUBLIC
from tools.vector_sections import negative_sessions, negative_signatures, story
from tools.vector_sections.cast import DAY, NOW, device, person
from tools.vector_sections.draw import Case, b64, draw
from tools.vector_sections.refusal import refusal
from tools.vector_sections.sessions import header

FORMAT = "format_error"


def sections() -> dict[str, list[Case]]:
    cases = [
        *_texts(),
        *_boxes(),
        *_sealed(),
        *_lists(),
        *_refreshes(),
        *_commits(),
        *_headers(),
        *_envelopes(),
        *_payloads(),
        *_bounds(),
        *negative_signatures.cases(),
        *negative_sessions.cases(),
    ]
    return {"negative": cases}


def splice(data: bytes, at: int, part: bytes) -> bytes:
    """`data` with `part` written over it; a negative `at` counts from the end."""
    start = at % len(data)
    return data[:start] + part + data[start + len(part) :]


def flip(data: bytes, at: int) -> bytes:
    """`data` with one bit of the byte at `at` changed."""
    return splice(data, at, bytes([data[at] ^ 1]))


def _texts() -> Iterator[Case]:
    for name, text in {
        "padding": "AA==",
        "standard alphabet": "+/+/",
        "spare bits": "AB",
        "a length that nothing has": "AAAAA",
        "a space": "AA AA",
        "a newline at the end": "AAAA\n",
        "not ASCII": "\u00c4A",
    }.items():
        yield refusal("b64_decode", FORMAT, f"base64url: {name}", text=text)
    key = "A" * 51 + "AAAAA"
    for name, text in {
        "a wrong checksum": key,
        "too short": key[:-1],
        "too long": key + "A",
        "a digit that base32 has not": "1" + key[1:],
        "empty": "",
    }.items():
        yield refusal("parse_recovery_key", FORMAT, f"recovery key: {name}", text=text)
    mark = '"own":{"list_hash":"' + "A" * 43 + '","list_version":1}'
    for name, text in {
        "not JSON": "{",
        "a list": "[]",
        "a space": '{"contacts":{}, "heads":{},' + mark + ',"version":1}',
        "another order": '{"heads":{},"contacts":{},' + mark + ',"version":1}',
        "an unknown version": '{"contacts":{},"heads":{},' + mark + ',"version":2}',
        "a boolean version": '{"contacts":{},"heads":{},' + mark + ',"version":true}',
        "a fraction": '{"contacts":{},"heads":{},' + mark + ',"version":1.0}',
        "a missing part": '{"contacts":{},' + mark + ',"version":1}',
        "an unknown part": '{"contacts":{},"heads":{},' + mark + ',"version":1,"x":1}',
        "a part twice": '{"contacts":{},"contacts":{},"heads":{},' + mark + ',"version":1}',
        "a short id": '{"contacts":{},"heads":{"AAAA":{"head":"'
        + "A" * 43
        + '","n":1}},'
        + mark
        + ',"version":1}',
    }.items():
        yield refusal("parse_book", FORMAT, f"book: {name}", text=text)


def _boxes() -> Iterator[Case]:
    key, ad = draw("box key", 32), b"what it is for"
    good = aead.box(key, draw("a nonce", 32), b"secret", ad)

    def case(code: str, name: str, **changed: bytes) -> Case:
        values = {"key": key, "box": good, "ad": ad} | changed
        return refusal("open_box", code, f"box: {name}", **values)

    yield case("tag_invalid", "another key", key=draw("another key", 32))
    yield case("tag_invalid", "another purpose", ad=b"what it is not for")
    yield case("tag_invalid", "another nonce", box=flip(good, 1))
    yield case("tag_invalid", "a changed ciphertext", box=flip(good, 40))
    yield case("tag_invalid", "a changed tag", box=flip(good, -1))
    yield case("tag_invalid", "cut at the end", box=good[:-1])
    yield case("tag_invalid", "longer", box=good + b"\x00")
    yield case(FORMAT, "an unknown version", box=splice(good, 0, b"\x02"))
    yield case(FORMAT, "shorter than any box", box=good[:80])
    yield case(FORMAT, "empty", box=b"")


def _sealed() -> Iterator[Case]:
    pair, info = kem.keypair(draw("negative recipient", 32)), b"info"
    good = kem.seal(pair.public_key, info, b"plaintext")

    def case(code: str, name: str, **changed: bytes) -> Case:
        values = {"seed": pair.seed, "info": info, "sealed": good} | changed
        return refusal("open_sealed", code, f"sealed: {name}", **values)

    yield case("tag_invalid", "another seed", seed=draw("another seed", 32))
    yield case("tag_invalid", "another info", info=b"other")
    yield case("tag_invalid", "a changed ML-KEM ciphertext", sealed=flip(good, 0))
    yield case("tag_invalid", "a changed X25519 key", sealed=flip(good, 1100))
    yield case("tag_invalid", "a changed tag", sealed=flip(good, -1))
    yield case(FORMAT, "too short", sealed=good[:1135])
    for name, public in {
        "an ML-KEM coefficient above the modulus": b"\xff\xff\xff" + pair.public_key[3:],
        "an X25519 key of small order": pair.public_key[:1184] + bytes(32),
    }.items():
        values = {"public_key": public, "info": info, "plaintext": b"x"}
        yield refusal("seal", "key_refused", f"seal: {name}", **values)


def _lists() -> Iterator[Case]:
    alice = person("alice")
    empty, one = alice.device_list([]).raw, alice.device_list([device("laptop")]).raw
    two = alice.device_list([device("laptop"), device("phone")]).raw
    start = 1 + 16 + 4 + 5 + 1984  # where the version of the list stands
    devices, size = start + 4 + 32 + 8 + 2, 16 + KEM_PUBLIC + 1984 + 8
    first, second = two[devices : devices + size], two[devices + size : devices + 2 * size]
    for name, data in {
        "an unknown version": splice(empty, 0, b"\x02"),
        "a byte too many": empty + b"\x00",
        "a byte too few": empty[:-1],
        "empty": b"",
        "a name in capitals": splice(empty, 21, b"Alice"),
        "a name that is not ASCII": splice(empty, 21, "\u00e4".encode() + b"ice"),
        "a name longer than 32": splice(empty, 17, (33).to_bytes(4, "big")),
        "list version 0": splice(empty, start, bytes(4)),
        "list version 0 after something": splice(empty, start, bytes(4) + b"\x01"),
        "version 2 after nothing": splice(empty, start, (2).to_bytes(4, "big")),
        "version 1 after something": splice(empty, start + 4, b"\x01"),
        "a time of 2^53": splice(empty, start + 36, (1 << 53).to_bytes(8, "big")),
        "seventeen devices": splice(empty, start + 44, (17).to_bytes(2, "big")),
        "a device that is not there": splice(empty, start + 44, (1).to_bytes(2, "big")),
        "a device that is not counted": splice(one, start + 44, bytes(2)),
        "devices not sorted": splice(two, devices, second + first),
        "a device twice": splice(two, devices, first + first),
    }.items():
        yield refusal("parse_signed_list", FORMAT, f"device list: {name}", data=data)


def _refreshes() -> Iterator[Case]:
    good = negative_signatures.REFRESH
    for name, data in {
        "an unknown version": splice(good, 0, b"\x00"),
        "number 0": splice(good, 33, bytes(4)),
        "fifteen days": splice(good, 45, (NOW + 15 * DAY).to_bytes(8, "big")),
        "a byte too many": good + b"\x00",
        "a byte too few": good[:-1],
    }.items():
        yield refusal("parse_refresh", FORMAT, f"refresh: {name}", data=data)


def _commits() -> Iterator[Case]:
    one, two, three, four = story.tell()
    raw, later = one.commit.raw, two.commit.raw
    count, member = 99, 84  # where the members are counted, and the size of one
    refs = later[two.commit.core_length + 2 :][:130]
    fresh = count + 2 + 2 * member
    for name, data in {
        "an unknown version": splice(raw, 0, b"\x02"),
        "epoch 0": splice(raw, 17, bytes(4)),
        "a restart of epoch 0 after something": splice(four.commit.raw, 17, bytes(4)),
        "epoch 1 after something": splice(raw, 21, b"\x01"),
        "epoch 2 after nothing": splice(later, 21, bytes(32)),
        "an unknown mode": splice(raw, 53, b"\x03"),
        "mode qkd without a key": splice(raw, 53, b"\x02"),
        "mode hybrid with a key": splice(three.commit.raw, 53, b"\x01"),
        "an unknown kind": splice(later, 54, b"\x00"),
        "a normal epoch 1": splice(raw, 54, b"\x01"),
        "a restart with a joiner": splice(later, 54, b"\x02"),
        "a committer who is no member": splice(raw, 55, bytes(16)),
        "a ref for the committing device": splice(later, 71, refs[:16]),
        "a time of 2^53": splice(raw, 91, (1 << 53).to_bytes(8, "big")),
        "no members": splice(raw, count, bytes(2)),
        "too many members": splice(raw, count, (257).to_bytes(2, "big")),
        "members not sorted": _swapped(raw, count + 2, member),
        "a member twice": splice(raw, count + 2 + member, raw[count + 2 :][:16]),
        "a member's list version 0": splice(raw, count + 2 + 48, bytes(4)),
        "three qkd keys": splice(three.commit.raw, fresh + KEM_PUBLIC, b"\x03"),
        "a qkd key twice": splice(
            three.commit.raw, fresh + KEM_PUBLIC + 17, three.commit.core.qkd_key_ids[0]
        ),
        "too many refs": splice(raw, one.commit.core_length, (1025).to_bytes(2, "big")),
        "refs not sorted": _swapped(later, two.commit.core_length + 2, 65),
        "a ref twice": splice(later, two.commit.core_length + 67, refs[:16]),
        "an unknown kind of ref": splice(later, two.commit.core_length + 34, b"\x03"),
        "a byte too many": raw + b"\x00",
        "a byte too few": raw[:-1],
        "the core alone": raw[: one.commit.core_length],
        "empty": b"",
    }.items():
        yield refusal("parse_commit", FORMAT, f"commit: {name}", data=data)


def _swapped(data: bytes, at: int, size: int) -> bytes:
    """Two neighbours of one size, the other way round."""
    return splice(data, at, data[at + size : at + 2 * size] + data[at : at + size])


def _headers() -> Iterator[Case]:
    good = envelope.serialise_header(header())
    for name, data in {
        "an unknown version": splice(good, 0, b"\x02"),
        "an unknown type": splice(good, 1, b"\x03"),
        "epoch 0": splice(good, 18, bytes(4)),
        "seq 0": splice(good, 38, bytes(4)),
        "a time of 2^53": splice(good, 42, (1 << 53).to_bytes(8, "big")),
        "a byte too many": good + b"\x00",
        "a byte too few": good[:-1],
    }.items():
        yield refusal("parse_header", FORMAT, f"header: {name}", data=data)


def _envelopes() -> Iterator[Case]:
    payload = envelope.Payload(draw("id", 16), 1, draw("head", 32), "text")
    good = envelope.seal_envelope(draw("message key", 32), header(), payload)
    for name, data in {
        "an unknown version": splice(good, 0, b"\x00"),
        "an unknown type": splice(good, 1, b"\x00"),
        "seq 0": splice(good, 38, bytes(4)),
        "a length that is not padded": splice(good, 66, (271).to_bytes(4, "big")) + b"",
        "cut with its length": splice(good, 66, (271).to_bytes(4, "big"))[:-1],
        "a length beyond the end": splice(good, 66, (528).to_bytes(4, "big")),
        "a byte too many": good + b"\x00",
        "a byte too few": good[:-1],
        "a header alone": good[:66],
        "empty": b"",
    }.items():
        yield refusal("parse_envelope", FORMAT, f"envelope: {name}", data=data)


def _payloads() -> Iterator[Case]:
    start = b"\x01\x01" + draw("id", 16) + bytes(8) + draw("head", 32)

    def text(body: bytes) -> bytes:
        return start + len(body).to_bytes(4, "big") + body

    def receipts(*states: tuple[bytes, int]) -> bytes:
        body = len(states).to_bytes(2, "big") + b"".join(i + bytes([s]) for i, s in states)
        return b"\x01\x02" + start[2:] + len(body).to_bytes(4, "big") + body

    def case(name: str, data: bytes, kind: int = 1, signed: int = 0, raw: bool = False) -> Case:
        padded = data if raw else envelope.pad(data)
        values: Case = {"type": kind, "data": b64(padded), "signed": signed}
        return refusal("parse_payload", FORMAT, f"payload: {name}", **values)

    good, one, other = text(b"hello"), draw("one", 16), draw("other", 16)
    yield case("an unknown version", splice(good, 0, b"\x02"))
    yield case("a receipt in a message", receipts((one, 1)))
    yield case("a text in a receipt", good, kind=2)
    yield case("no text", text(b""))
    yield case("a text of 16385 bytes", text(b"x" * 16385))
    yield case("a zero character", text(b"a\x00b"))
    yield case("broken UTF-8", text(b"\xff"))
    yield case("half a character", text(b"\xed\xa0\x80"))
    yield case("an overlong character", text(b"\xc1\x81"))
    yield case("a missing signature", good, signed=1)
    yield case("an unexpected signature", good + bytes(64))
    yield case("seen of 2^53", splice(good, 18, (1 << 53).to_bytes(8, "big")))
    yield case("no receipts", receipts(), kind=2)
    yield case("an unknown state", receipts((one, 3)), kind=2)
    yield case("a message twice", receipts((one, 1), (one, 2)), kind=2)
    yield case("a byte after the receipts", splice(receipts((one, 1), (other, 1)), 63, b"\1"), 2)
    yield case("too many receipts", receipts(*((draw(f"{i}", 16), 1) for i in range(201))), 2)
    for name, padded in {
        "padding of the next length": (good + b"\x80").ljust(512, b"\x00"),
        "no padding": good.ljust(256, b"\x00"),
        "padding with something else": (good + b"\x80").ljust(255, b"\x00") + b"\x01",
        "a length that is not padded": (good + b"\x80").ljust(257, b"\x00"),
        "longer than any padded length": b"x" * 20480 + b"\x80" + bytes(512),
        "only zeros": bytes(256),
    }.items():
        yield case(name, padded, raw=True)


def _bounds() -> Iterator[Case]:
    for values in (
        (19455, 2, 1),
        (262145, 2, 1),
        (19456, 1, 1),
        (19456, 11, 1),
        (19456, 2, 2),
        (19456, 2, 0),
    ):
        args: Case = dict(zip(("memory_kib", "passes", "lanes"), values, strict=True))
        name = f"Argon2id: {values}"
        yield refusal("check_bounds", "parameters_refused", name, **args)
