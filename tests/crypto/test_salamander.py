"""One ciphertext, two keys, two meanings: plain GCM takes it, ours does not. Section 3.

The document format is made up, as small as it can be: the first byte says in which block a text of
32 characters begins. Most real formats allow something of the kind.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from crypto import aead, labels
from crypto.errors import TagInvalid
from tests.crypto import gcm

LOVE = b"I will come at eight, with cake."
HATE = b"You are dismissed, do not write."
BLOCK = gcm.BLOCK


def read(document: bytes) -> bytes:
    """The text of a document."""
    start = document[0] * BLOCK
    return document[start : start + 32]


def keys_of(secret: bytes) -> aead.Keys:
    return aead.derive_keys(secret, "message", bytes(32))


def secret_number(number: int) -> bytes:
    return labels.hash_with("box", number.to_bytes(4, "big"))


def pair_of_secrets() -> tuple[bytes, bytes]:
    """Two secrets whose streams let the first byte say block 1 under one, block 3 under the other.

    One in 256 pairs fits: an attacker who chooses keys finds it at once.
    """
    first = keys_of(secret_number(0))
    byte = gcm.keystream(first.ke, first.n, 0)[0] ^ 1
    for number in range(1, 10_000):
        other = keys_of(secret_number(number))
        if gcm.keystream(other.ke, other.n, 0)[0] ^ 3 == byte:
            return secret_number(0), secret_number(number)
    raise AssertionError("no pair of secrets was found")


@pytest.fixture(scope="module")
def secrets() -> tuple[bytes, bytes]:
    return pair_of_secrets()


@pytest.fixture(scope="module")
def salamander(secrets: tuple[bytes, bytes]) -> bytes:
    """The ciphertext with its 16-byte GCM tag."""
    one, two = (keys_of(secret) for secret in secrets)
    blocks = [gcm.keystream(one.ke, one.n, 0)]
    blocks[0] = bytes([blocks[0][0] ^ 1]) + blocks[0][1:]
    for keys, text, start in ((one, LOVE, 1), (two, HATE, 3)):
        for i in range(2):
            stream = gcm.keystream(keys.ke, keys.n, start + i)
            part = text[i * BLOCK : (i + 1) * BLOCK]
            blocks.append(bytes(a ^ b for a, b in zip(stream, part, strict=True)))
    blocks.append(gcm.collide((one.ke, one.n), (two.ke, two.n), blocks))
    tag = gcm.tag(one.ke, one.n, blocks)
    assert tag == gcm.tag(two.ke, two.n, blocks)
    return b"".join(blocks) + tag.to_bytes(BLOCK, "big")


def test_plain_gcm_takes_both_meanings(secrets: tuple[bytes, bytes], salamander: bytes) -> None:
    one, two = (keys_of(secret) for secret in secrets)
    assert read(AESGCM(one.ke).decrypt(one.n, salamander, b"")) == LOVE
    assert read(AESGCM(two.ke).decrypt(two.n, salamander, b"")) == HATE


def test_an_independent_tag_key_takes_both(secrets: tuple[bytes, bytes], salamander: bytes) -> None:
    """Why the tag key must come from the same secret as the cipher key."""
    one, two = (replace(keys_of(secret), km=bytes(32)) for secret in secrets)
    data = salamander + labels.mac(bytes(32), labels.lp(b"") + salamander)
    assert read(aead.decrypt(one, b"", data)) == LOVE
    assert read(aead.decrypt(two, b"", data)) == HATE


@pytest.mark.parametrize("mine", [0, 1])
def test_ours_takes_one_meaning_at_most(
    secrets: tuple[bytes, bytes], salamander: bytes, mine: int
) -> None:
    """Whichever secret the attacker makes the tag with, the other one refuses."""
    good, bad = keys_of(secrets[mine]), keys_of(secrets[1 - mine])
    data = salamander + labels.mac(good.km, labels.lp(b"") + salamander)
    assert read(aead.decrypt(good, b"", data)) == (LOVE, HATE)[mine]
    with pytest.raises(TagInvalid):
        aead.decrypt(bad, b"", data)
