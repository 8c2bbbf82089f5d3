"""Signatures and device lists that must be refused.

The signatures under weak keys and with altered points verify for some libraries: each is built so
that the check it names is the one that refuses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from crypto import refresh, signatures
from crypto.device_list import SignedDeviceList, parse_signed
from tools.vector_sections import curve
from tools.vector_sections.cast import NOW, device, person
from tools.vector_sections.draw import Case, b64, b64s, draw
from tools.vector_sections.refusal import refusal

ALICE, LAPTOP = person("alice"), device("laptop")
REFRESH = refresh.sign(
    ALICE.user_id, LAPTOP.device_id, 1, NOW, LAPTOP.kem.public_key, LAPTOP.signing.private
)


def cases() -> Iterator[Case]:
    yield from _hybrid()
    yield from _weak_keys()
    yield from _altered_points()
    yield from _lists()
    yield from _successors()
    args = {"data": REFRESH, "public": device("phone").signing.public}
    yield refusal("verify_refresh", "signature_invalid", "refresh: of another device", **args)


def _hybrid() -> Iterator[Case]:
    pair, message = LAPTOP.signing, b"message"
    good = signatures.sign(pair.private, "commit", message)
    half = bytes([good[70] ^ 1])

    def case(code: str, name: str, **changed: object) -> Case:
        values = {"public": pair.public, "purpose": "commit", "message": message}
        return refusal(
            "verify_signature", code, f"signature: {name}", **values | {"signature": good} | changed
        )

    bad = "signature_invalid"
    yield case(bad, "another message", message=b"massage")
    yield case(bad, "another purpose", purpose="connect")
    yield case(bad, "a broken Ed25519 half", signature=bytes([good[0] ^ 1]) + good[1:])
    yield case(bad, "a broken ML-DSA half", signature=good[:70] + half + good[71:])
    other = device("phone").signing.public
    yield case(bad, "another's Ed25519 key", public=other[:32] + pair.public[32:])
    yield case(bad, "another's ML-DSA key", public=pair.public[:32] + other[32:])
    yield case("format_error", "a byte too few", signature=good[:-1])
    yield case("format_error", "a byte too many", signature=good + b"\x00")


def _case(code: str, name: str, key: bytes, message: bytes, signature: bytes) -> Case:
    public = key + LAPTOP.signing.public[32:]
    values = {"public": public, "purpose": "message", "message": message, "signature": signature}
    return refusal("verify_ed25519", code, f"Ed25519: {name}", **values)


def _weak_keys() -> Iterator[Case]:
    for key in curve.small_order_encodings():
        yield _case("key_refused", f"small order {key.hex()}", key, *_free_signature(key))
    for y in range(2, 19):
        if curve.recover(y, 0) is not None:
            key = (y + curve.P).to_bytes(32, "little")
            yield _case("key_refused", f"y = p + {y}", key, b"", bytes(64))
            return


def _free_signature(key: bytes) -> tuple[bytes, bytes]:
    """A message and a signature that a lenient verifier takes: k is a multiple of the order."""
    nonce = 7
    r = curve.encode(curve.multiply(nonce, curve.base()))
    for number in range(1000):
        message = f"free {number}".encode()
        if curve.challenge(r, key, signatures.signed_bytes("message", message)) % 8 == 0:
            return message, r + nonce.to_bytes(32, "little")
    raise ArithmeticError("no message was found")


def _altered_points() -> Iterator[Case]:
    """A key whose secret scalar is known, so that every part of a signature can be altered."""
    digest = bytearray(hashlib.sha512(LAPTOP.signing.private[:32]).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    secret, nonce = int.from_bytes(digest, "little"), 12345
    key, message = LAPTOP.signing.public[:32], b"altered"
    signed = signatures.signed_bytes("message", message)
    eighth = curve.small_order_points()[1]

    good = curve.sign(secret, key, signed, nonce, curve.encode)
    s = int.from_bytes(good[32:], "little") + curve.ORDER
    bad = "signature_invalid"
    yield _case(bad, "S plus the order", key, message, good[:32] + s.to_bytes(32, "little"))

    def moved(point: curve.Point) -> bytes:
        return curve.encode(curve.add(point, eighth))

    mixed = curve.sign(secret, key, signed, nonce, moved)
    yield _case(bad, "R with a small-order part, good with a cofactor", key, message, mixed)

    name = "a key with a small-order part, good with a cofactor"
    key = moved(curve.multiply(secret, curve.base()))
    yield _case(bad, name, key, *_half_good(secret, key, nonce))

    neutral = (1 + curve.P).to_bytes(32, "little")
    key, message = LAPTOP.signing.public[:32], b"altered"
    signed = signatures.signed_bytes("message", message)
    strange = curve.sign(secret, key, signed, 0, lambda _: neutral)
    yield _case(bad, "R not canonical", key, message, strange)


def _half_good(secret: int, key: bytes, nonce: int) -> tuple[bytes, bytes]:
    """A message and a signature that only a verifier with a cofactor takes: 8 divides no k."""
    for number in range(100):
        message = f"mixed key {number}".encode()
        signed = signatures.signed_bytes("message", message)
        signature = curve.sign(secret, key, signed, nonce, curve.encode)
        if curve.challenge(signature[:32], key, signed) % 8:
            return message, signature
    raise ArithmeticError("no message was found")


def _lists() -> Iterator[Case]:
    good = ALICE.device_list([]).raw
    changed = good[:-1] + bytes([good[-1] ^ 1])
    code = "signature_invalid"
    yield refusal("verify_signed_list", code, "device list: broken signature", signed=changed)
    at = len(good) - 3373 - 3
    later = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
    yield refusal("verify_signed_list", code, "device list: changed time", signed=later)


def _successors() -> Iterator[Case]:
    phone, tablet = device("phone"), device("tablet")
    one = ALICE.device_list([LAPTOP])
    two = ALICE.device_list([LAPTOP, phone], one)
    three = ALICE.device_list([phone], two)
    fork = ALICE.device_list([LAPTOP, tablet], one)
    swapped = replace(tablet, device_id=LAPTOP.device_id)

    def case(name: str, old: SignedDeviceList | None, *chain: SignedDeviceList) -> Case:
        values = {"old": b64(old.raw if old else None), "chain": b64s([c.raw for c in chain])}
        return refusal("verify_successor", "list_refused", f"successor: {name}", **values)

    def changed(**fields: object) -> SignedDeviceList:
        return ALICE.sign(replace(two.list, **fields))  # type: ignore[arg-type]

    yield case("an older version", two, one)
    yield case("an older version within the chain", None, one, two, one)
    yield case("a gap", one, three)
    yield case("a gap in the numbers alone", one, changed(version=3))
    yield case("another list of the same version", two, fork)
    yield case("after another list", fork, three)
    yield case("another previous hash", one, changed(previous_hash=draw("no hash", 32)))
    yield case("another name", one, changed(name="malice"))
    yield case("a time before", one, changed(issued_at=one.list.issued_at - 1))
    yield case("a device with other keys", one, ALICE.device_list([swapped], one))
    mallory = replace(person("mallory"), user_id=ALICE.user_id, name="alice")
    for name, new in {
        "another identity": mallory.device_list([LAPTOP], one),
        "another person": person("bob").device_list([LAPTOP], one),
    }.items():
        yield case(name, one, new) | {"error": "identity_changed"}
    broken = parse_signed(two.raw[:-1] + bytes([two.raw[-1] ^ 1]))
    yield case("a broken signature", one, broken) | {"error": "signature_invalid"}
    yield case("a broken signature at first sight", None, broken) | {"error": "signature_invalid"}
