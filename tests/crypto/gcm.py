"""Counter mode and GHASH in the open (NIST SP 800-38D), to build what a cipher must not accept.

For tests alone. A field element is an integer whose highest bit is the coefficient of x^0.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 16
_REDUCE = 0xE1 << 120


def multiply(a: int, b: int) -> int:
    """The product in GF(2^128), section 6.3."""
    product = 0
    for bit in range(127, -1, -1):
        if a >> bit & 1:
            product ^= b
        b = b >> 1 ^ (_REDUCE if b & 1 else 0)
    return product


def power(a: int, exponent: int) -> int:
    """By squaring."""
    result = 1 << 127
    while exponent:
        if exponent & 1:
            result = multiply(result, a)
        a = multiply(a, a)
        exponent >>= 1
    return result


def inverse(a: int) -> int:
    """The group of the field has 2^128 - 1 elements."""
    return power(a, 2**128 - 2)


def encrypt_block(key: bytes, block: bytes) -> bytes:
    """One AES block."""
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305


def keystream(key: bytes, nonce: bytes, index: int) -> bytes:
    """What block `index` of a message is combined with."""
    return encrypt_block(key, nonce + (index + 2).to_bytes(4, "big"))


def tag(key: bytes, nonce: bytes, blocks: list[bytes]) -> int:
    """The tag of whole blocks without associated data."""
    h = int.from_bytes(encrypt_block(key, bytes(BLOCK)), "big")
    lengths = (8 * BLOCK * len(blocks)).to_bytes(BLOCK, "big")
    y = 0
    for block in [*blocks, lengths]:
        y = multiply(y ^ int.from_bytes(block, "big"), h)
    return y ^ int.from_bytes(encrypt_block(key, nonce + b"\x00\x00\x00\x01"), "big")


def collide(one: tuple[bytes, bytes], two: tuple[bytes, bytes], blocks: list[bytes]) -> bytes:
    """A last block that gives `blocks` and it one tag under both (key, nonce) pairs.

    Each tag is linear in the last block X: t = a + X h^2, so X = (a1 + a2) / (h1^2 + h2^2).
    """
    a = [tag(key, nonce, [*blocks, bytes(BLOCK)]) for key, nonce in (one, two)]
    h = [int.from_bytes(encrypt_block(key, bytes(BLOCK)), "big") for key, _ in (one, two)]
    slope = multiply(h[0], h[0]) ^ multiply(h[1], h[1])
    return multiply(a[0] ^ a[1], inverse(slope)).to_bytes(BLOCK, "big")
