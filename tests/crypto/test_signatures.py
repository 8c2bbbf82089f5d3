"""Keys and signatures that must be refused, shown to be accepted where our checks are missing."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from crypto import connect, kem, signatures
from crypto.errors import ArgumentInvalid, FormatError, KeyRefused, SignatureInvalid, TagInvalid
from crypto.wire import b64_decode
from tests.crypto import vector_file
from tools.vector_sections import curve
from tools.vector_sections.cast import device
from tools.vector_sections.draw import draw

PAIR = device("laptop").signing
NEGATIVE = vector_file.load(vector_file.VECTORS / "python.json")["negative"]


def test_the_table_of_small_order_is_complete() -> None:
    """Against points computed by multiplication, not against another table."""
    points = curve.small_order_points()
    assert len(set(points)) == 8
    assert all(curve.multiply(8, point) == curve.NEUTRAL for point in points)
    assert {point.y for point in points} == signatures._SMALL_ORDER_Y


def test_every_encoding_of_small_order_is_refused() -> None:
    encodings = curve.small_order_encodings()
    assert len(encodings) == 14
    for encoding in encodings:
        with pytest.raises(KeyRefused):
            signatures.check_ed25519_public(encoding)


@pytest.mark.parametrize("y", [curve.P, curve.P + 18, curve.SIGN - 1])
def test_a_key_that_is_not_canonical_is_refused(y: int) -> None:
    for value in (y, y | curve.SIGN):
        with pytest.raises(KeyRefused, match="canonical"):
            signatures.check_ed25519_public(value.to_bytes(32, "little"))


def test_good_keys_are_not_refused() -> None:
    for number in range(2, 20):
        point = curve.multiply(number, curve.base())
        signatures.check_ed25519_public(curve.encode(point))


def test_without_our_check_the_library_takes_small_order() -> None:
    """So the check is ours to make: one signature, good for a key that nobody holds."""
    taken = 0
    for case in NEGATIVE:
        if "small order" not in case.get("name", "") or case["op"] != "verify_ed25519":
            continue
        args = {name: b64_decode(case["args"][name]) for name in ("public", "message", "signature")}
        signed = signatures.signed_bytes("message", args["message"])
        try:
            Ed25519PublicKey.from_public_bytes(args["public"][:32]).verify(
                args["signature"], signed
            )
        except Exception:  # noqa: BLE001, S112  some encodings it refuses by itself
            continue
        taken += 1
    assert taken >= 10


class TakesAnything:
    """A library that does not look at S."""

    @classmethod
    def from_public_bytes(cls, _data: bytes) -> TakesAnything:
        return cls()

    def verify(self, _signature: bytes, _data: bytes) -> None:
        return


def test_s_is_our_check_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "Ed25519PublicKey", TakesAnything)
    for s in (0, curve.ORDER - 1):
        good = bytes(32) + s.to_bytes(32, "little")
        signatures.verify_ed25519(PAIR.public, "message", b"", good)
    for s in (curve.ORDER, curve.ORDER + 1, (1 << 256) - 1):
        bad = bytes(32) + s.to_bytes(32, "little")
        with pytest.raises(SignatureInvalid, match="canonical"):
            signatures.verify_ed25519(PAIR.public, "message", b"", bad)


def test_a_purpose_is_part_of_what_is_signed() -> None:
    signature = signatures.sign(PAIR.private, "commit", b"message")
    signatures.verify(PAIR.public, "commit", b"message", signature)
    for purpose in signatures.PURPOSES - {"commit"}:
        with pytest.raises(SignatureInvalid):
            signatures.verify(PAIR.public, purpose, b"message", signature)


def test_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(ArgumentInvalid):
        signatures.sign(PAIR.private, "other", b"")
    with pytest.raises(ArgumentInvalid):
        signatures.verify_ed25519(PAIR.public, "other", b"", bytes(64))


def test_each_half_must_verify() -> None:
    one = signatures.sign(PAIR.private, "commit", b"one")
    two = signatures.sign(PAIR.private, "commit", b"two")
    for mixed in (one[:64] + two[64:], two[:64] + one[64:]):
        for message in (b"one", b"two"):
            with pytest.raises(SignatureInvalid):
                signatures.verify(PAIR.public, "commit", message, mixed)


def test_lengths() -> None:
    for wrong in (
        lambda: signatures.keypair(bytes(63)),
        lambda: signatures.sign(bytes(32), "commit", b""),
        lambda: signatures.sign_ed25519(bytes(32), "message", b""),
        lambda: signatures.verify(bytes(32), "commit", b"", bytes(3373)),
        lambda: signatures.verify_ed25519(bytes(32), "message", b"", bytes(64)),
        lambda: signatures.check_ed25519_public(bytes(31)),
    ):
        with pytest.raises(ArgumentInvalid):
            wrong()
    for length in (0, 63, 65, 3373):
        with pytest.raises(FormatError):
            signatures.verify_ed25519(PAIR.public, "message", b"", bytes(length))


def test_private_keys_do_not_show_in_text() -> None:
    assert "private" not in repr(PAIR)
    assert "seed" not in repr(device("laptop").kem)


class TestKem:
    """Sealing to a device key."""

    def test_lengths(self) -> None:
        pair = kem.keypair(bytes(32))
        for wrong in (
            lambda: kem.keypair(bytes(31)),
            lambda: kem.key_id(bytes(1215)),
            lambda: kem.seal(pair.public_key[:-1], b"", b""),
            lambda: kem.open_sealed(bytes(33), b"", bytes(2000)),
        ):
            with pytest.raises(ArgumentInvalid):
                wrong()

    def test_two_seals_of_one_text_differ(self) -> None:
        pair = kem.keypair(bytes(32))
        one, two = (kem.seal(pair.public_key, b"", b"text") for _ in range(2))
        assert one[:1120] != two[:1120]

    def test_a_peer_key_of_small_order_is_refused_when_opening(self) -> None:
        pair = kem.keypair(bytes(32))
        sealed = kem.seal(pair.public_key, b"", b"text")
        with pytest.raises(TagInvalid):
            kem.open_sealed(pair.seed, b"", sealed[:1088] + bytes(32) + sealed[1120:])


class TestConnect:
    """The proof that a device holds its signing key."""

    PLACE = (draw("connect nonce", 32), draw("user", 16), draw("device", 16))
    ORIGIN = "https://talk.example"

    def test_a_proof_is_for_one_nonce_user_device_and_origin(self) -> None:
        proof = connect.sign_proof(PAIR.private, *self.PLACE, self.ORIGIN)
        connect.verify_proof(PAIR.public, *self.PLACE, self.ORIGIN, proof)
        for i in range(3):
            other = [*self.PLACE]
            other[i] = bytes(len(other[i]))
            with pytest.raises(SignatureInvalid):
                connect.verify_proof(PAIR.public, *other, self.ORIGIN, proof)
        with pytest.raises(SignatureInvalid):
            connect.verify_proof(PAIR.public, *self.PLACE, "https://evil.example", proof)

    @pytest.mark.parametrize("origin", ["", "https://\u00e4.example", "x" * 256])
    def test_an_origin_is_short_ascii(self, origin: str) -> None:
        with pytest.raises(ArgumentInvalid):
            connect.proof_message(*self.PLACE, origin)

    def test_lengths(self) -> None:
        for i in range(3):
            other = [*self.PLACE]
            other[i] = other[i][:-1]
            with pytest.raises(ArgumentInvalid):
                connect.proof_message(*other, self.ORIGIN)
