"""How a device proves at connect that it holds its signing key. Section 2.5.

Must not know sessions or sockets. The danger it deals with: a proof that is replayed (the server's
nonce is in it) or relayed from another site (the origin is in it).
"""

from __future__ import annotations

from typing import Final

from crypto import signatures
from crypto.errors import ArgumentInvalid
from crypto.labels import ID, NONCE
from crypto.wire import Writer

PURPOSE: Final = "connect"
MAX_ORIGIN: Final = 255


def proof_message(nonce: bytes, user_id: bytes, device_id: bytes, origin: str) -> bytes:
    """The message that is signed: nonce [32], ids [16], ASCII origin such as https://a.example."""
    if not origin.isascii() or not 1 <= len(origin) <= MAX_ORIGIN:
        raise ArgumentInvalid("an origin has 1 to 255 ASCII characters")
    writer = Writer().fixed(nonce, NONCE).fixed(user_id, ID).fixed(device_id, ID)
    return writer.lp(origin.encode("ascii")).done()


def sign_proof(
    private: bytes, nonce: bytes, user_id: bytes, device_id: bytes, origin: str
) -> bytes:
    """The signature [3373] that a device sends."""
    return signatures.sign(private, PURPOSE, proof_message(nonce, user_id, device_id, origin))


def verify_proof(
    public: bytes, nonce: bytes, user_id: bytes, device_id: bytes, origin: str, proof: bytes
) -> None:
    """`public` is the device's signing key of its list. Raises as `signatures.verify`."""
    message = proof_message(nonce, user_id, device_id, origin)
    signatures.verify(public, PURPOSE, message, proof)
