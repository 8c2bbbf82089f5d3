"""What a client may say in Engine.IO and Socket.IO, and nothing more.

The libraries accept binary attachments (ten billion of them, kept in memory), several encodings
and payloads on control packets. Our clients send text events, so anything else is refused here,
before the libraries see it.
"""

from typing import Any

import orjson
from socketio import packet

PING, PONG, CLOSE, MESSAGE = "2", "3", "1", "4"
_TYPES = frozenset("0123")  # connect, disconnect, event, acknowledgement


class BadPacket(ValueError):
    """Not something that a client of ours sends."""


class Json:
    """orjson in the shape that the libraries expect of a json module."""

    @staticmethod
    def dumps(data: Any, **_: Any) -> str:
        return orjson.dumps(data).decode()

    @staticmethod
    def loads(text: str) -> Any:
        return orjson.loads(text)


class TextPacket(packet.Packet):  # type: ignore[misc]
    """A Socket.IO packet that never has binary attachments. orjson refuses deep nesting, where the
    standard library would run out of stack."""

    uses_binary_events = False
    json = Json


def parse(text: str) -> TextPacket | None:
    """The Socket.IO packet in an Engine.IO packet; None for a pong."""
    if text == PONG:
        return None
    if text[:1] != MESSAGE or text[1:2] not in _TYPES:
        raise BadPacket("unknown packet")
    try:
        parsed = TextPacket(encoded_packet=text[1:])
    except ValueError as wrong:
        raise BadPacket("malformed packet") from wrong
    _check_shape(parsed)
    return parsed


def _check_shape(parsed: TextPacket) -> None:
    kind, data = parsed.packet_type, parsed.data
    if parsed.attachment_count or parsed.namespace not in (None, "/"):
        raise BadPacket("attachments and namespaces are not used here")
    if kind == packet.CONNECT and not isinstance(data, dict | None):
        raise BadPacket("connect wants an object")
    if kind in (packet.EVENT, packet.ACK) and not isinstance(data, list):
        raise BadPacket("an event or acknowledgement is a list")
    if kind == packet.EVENT and not (data and isinstance(data[0], str)):
        raise BadPacket("an event starts with its name")
