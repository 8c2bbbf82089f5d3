"""What a client sends on its socket, from untrusted JSON to the frozen values that services take.

Owns field names and sizes; what the bytes mean is the services' business. Nothing behind this file
sees JSON.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from crypto.labels import SIGNATURE
from services.connections import Peer
from services.messages import MAX_ENVELOPE, Incoming, parse
from services.refusals import NotProven, TooLarge
from web.parse import Fields

MAX_TEXT = (MAX_ENVELOPE * 4 + 2) // 3


@dataclass(frozen=True, slots=True)
class Claim:
    """A device's answer to the challenge."""

    device_id: bytes
    signature: bytes


def claim(data: Any) -> Claim:
    fields = Fields(data, ("device", "signature"), "device:prove")
    return Claim(fields.id("device"), fields.bytes("signature", SIGNATURE, SIGNATURE))


def incoming(peer: Peer, data: Any) -> Incoming:
    if peer.device_id is None:
        raise NotProven
    fields = Fields(data, ("conversation", "envelope"), "message:send")
    conversation_id = fields.id("conversation")
    # Before anything is decoded, and with a code of its own, because people cause it.
    if isinstance(data["envelope"], str) and len(data["envelope"]) > MAX_TEXT:
        raise TooLarge
    raw = fields.bytes("envelope", 1, MAX_ENVELOPE)
    return parse(peer.user_id, peer.device_id, conversation_id, raw)
