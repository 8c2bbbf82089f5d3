"""Whether a device is what it says when it connects (PROTOCOL, 2.5).

Owns the check of one proof; the nonce and its single use are the caller's. About 230 us of
computing, so callers run it in a native thread.
"""

from __future__ import annotations

from dataclasses import dataclass

from crypto.connect import verify_proof
from crypto.errors import CryptoError
from services.refusals import ForeignDevice, ProofRefused
from services.rosters import Rosters


@dataclass(frozen=True, slots=True)
class Proof:
    """What a device says. `origin`: that of the page, as the handshake carried it."""

    nonce: bytes
    user_id: bytes
    device_id: bytes
    origin: str
    signature: bytes


class Proofs:
    def __init__(self, rosters: Rosters) -> None:
        self._rosters = rosters

    def verify(self, proof: Proof) -> None:
        """Raises ForeignDevice for a device that is not in the user's current list, ProofRefused
        if the signature is not by it over this nonce and origin."""
        device = self._rosters.current(proof.user_id).list.device(proof.device_id)
        if device is None:
            raise ForeignDevice
        try:
            verify_proof(
                device.signing_public,
                proof.nonce,
                proof.user_id,
                proof.device_id,
                proof.origin,
                proof.signature,
            )
        except CryptoError as wrong:
            raise ProofRefused from wrong
