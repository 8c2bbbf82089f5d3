"""Points of edwards25519 in plain Python (RFC 8032, section 5.1), to build what must be refused.

Slow and leaking time: for vectors and tests alone. It makes signatures that some verifiers accept
and a strict one must not: keys of small order, points with a small-order part, two encodings of
one point.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final, NamedTuple

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
D: Final = -121665 * pow(121666, -1, P) % P
SIGN: Final = 1 << 255


class Point(NamedTuple):
    """Affine coordinates."""

    x: int
    y: int


NEUTRAL: Final = Point(0, 1)


def add(a: Point, b: Point) -> Point:
    """The complete addition law of the curve."""
    t = D * a.x * b.x * a.y * b.y % P
    x = (a.x * b.y + a.y * b.x) * pow(1 + t, -1, P)
    y = (a.y * b.y + a.x * b.x) * pow(1 - t, -1, P)
    return Point(x % P, y % P)


def multiply(scalar: int, point: Point) -> Point:
    """Double and add."""
    result = NEUTRAL
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def recover(y: int, sign: int) -> Point | None:
    """The point with this y and this parity of x, or None when there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - square) % P:
        return None
    return Point(x if x % 2 == sign else -x % P, y)


def encode(point: Point) -> bytes:
    """The canonical 32 bytes."""
    return (point.y | (point.x & 1) << 255).to_bytes(32, "little")


def base() -> Point:
    """The generator: y = 4/5, x even."""
    point = recover(4 * pow(5, -1, P) % P, 0)
    if point is None:
        raise ArithmeticError("the generator is not on the curve")
    return point


def small_order_points() -> list[Point]:
    """All eight, found by multiplying points of the curve by the order of the large subgroup."""
    for y in range(2, 100):
        point = recover(y, 0)
        torsion = NEUTRAL if point is None else multiply(ORDER, point)
        if multiply(4, torsion) != NEUTRAL:
            return [multiply(i, torsion) for i in range(8)]
    raise ArithmeticError("no point of order eight was found")


def small_order_encodings() -> list[bytes]:
    """Every 32-byte string that a lenient decoder takes for a point of small order."""
    found = set()
    for point in small_order_points():
        for y in (point.y, point.y + P):
            if y < SIGN:
                signs = (0, 1) if point.x == 0 else (point.x & 1,)
                found |= {(y | sign << 255).to_bytes(32, "little") for sign in signs}
    return sorted(found)


def challenge(r: bytes, public: bytes, message: bytes) -> int:
    """k of RFC 8032, section 5.1.6."""
    return int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % ORDER


def sign(
    secret: int, public: bytes, message: bytes, nonce: int, encode_r: Callable[[Point], bytes]
) -> bytes:
    """A signature whose R is written by `encode_r`, which may add what must be refused."""
    r = encode_r(multiply(nonce, base()))
    s = (nonce + challenge(r, public, message) * secret) % ORDER
    return r + s.to_bytes(32, "little")
