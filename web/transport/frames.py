"""WebSocket frames (RFC 6455) without any I/O: bytes of a client in, whole messages out.

Owns the format, its limits and nothing else: no socket, no clock, no Socket.IO. No extension is
ever negotiated (our payload is ciphertext, which deflate cannot shrink and pays 100 KB per
connection to try), so every reserved bit is an error.

A peer can make the reader hold at most one message of `Limits.message_bytes` and one read's worth
of bytes behind it. The length of a frame is judged when its header arrives, before its payload
does, and the total of a fragmented message at each fragment.
"""

from collections.abc import Iterator
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
_OPCODES = frozenset((CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG))
_CONTROL = 8

NORMAL, PROTOCOL_ERROR, NOT_TEXT, BAD_DATA, POLICY, TOO_BIG = 1000, 1002, 1003, 1007, 1008, 1009
RESTART = 1012
_CLOSE_CODES = frozenset((*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)))


class Violation(Exception):
    """The client broke the protocol or a limit; `code` is the close code it is told."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What one message may cost. Without `fragments` a trickle of empty ones would never end;
    without `seconds` ten thousand half-sent messages could be parked here."""

    message_bytes: int = 64 * 1024
    fragments: int = 64
    seconds: float = 20.0


def unmask(payload: bytes, key: bytes) -> bytes:
    """Exclusive-or with the repeated 4-byte key, as one integer: a byte at a time costs fifty
    times as much and would stall everybody else for a third of a second per megabyte."""
    size = len(payload)
    pad = (key * (size // 4 + 1))[:size]
    mixed = int.from_bytes(payload, "little") ^ int.from_bytes(pad, "little")
    return mixed.to_bytes(size, "little")


def frame(opcode: int, payload: bytes) -> bytes:
    """One whole, unmasked frame, as a server sends it."""
    size = len(payload)
    if size < 126:
        head = bytes((0x80 | opcode, size))
    elif size < 1 << 16:
        head = bytes((0x80 | opcode, 126)) + size.to_bytes(2, "big")
    else:
        head = bytes((0x80 | opcode, 127)) + size.to_bytes(8, "big")
    return head + payload


def close_frame(code: int, reason: str) -> bytes:
    # A control frame carries at most 125 bytes, two of them the code.
    text = reason.encode()[:123].decode(errors="ignore").encode()
    return frame(CLOSE, code.to_bytes(2, "big") + text)


def check_close(payload: bytes) -> None:
    if not payload:
        return
    if len(payload) < 2 or int.from_bytes(payload[:2], "big") not in _CLOSE_CODES:
        raise Violation(PROTOCOL_ERROR, "unknown close code")
    text_of(payload[2:])


def text_of(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as wrong:
        raise Violation(BAD_DATA, "text is not UTF-8") from wrong


class FrameReader:
    """Collects one client's bytes and yields (opcode, payload) for each whole message."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._buffer = bytearray()
        self._opcode = 0  # of the fragmented message being collected; 0: none
        self._parts: list[bytes] = []
        self._size = 0
        self._since: float | None = None

    def feed(self, data: bytes, now: float) -> Iterator[tuple[int, bytes]]:
        """Messages that are whole now, in order; a Violation comes after the good ones."""
        self._buffer += data
        while (taken := self._take()) is not None:
            message = self._join(*taken)
            if message is not None:
                self._since = None
                yield message
        self._check_age(now)

    def _check_age(self, now: float) -> None:
        if not self._buffer and not self._opcode:
            self._since = None
        elif self._since is None:
            self._since = now
        elif now - self._since > self._limits.seconds:
            raise Violation(POLICY, "message took too long")

    def _take(self) -> tuple[bool, int, bytes] | None:
        """The next frame, once it is all there."""
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        final, opcode = self._check_head(buffer[0], buffer[1])
        size, start = self._length(buffer)
        if size is None:
            return None
        self._check_size(opcode, size)
        end = start + 4 + size
        if len(buffer) < end:
            return None
        payload = unmask(bytes(buffer[start + 4 : end]), bytes(buffer[start : start + 4]))
        del buffer[:end]
        return final, opcode, payload

    def _check_head(self, first: int, second: int) -> tuple[bool, int]:
        final, opcode = first >= 0x80, first & 15
        if first & 0x70:
            raise Violation(PROTOCOL_ERROR, "reserved bits are set")
        if opcode not in _OPCODES:
            raise Violation(PROTOCOL_ERROR, "unknown opcode")
        if second < 0x80:
            raise Violation(PROTOCOL_ERROR, "frame is not masked")
        if opcode & _CONTROL:
            if not final or second & 127 > 125:
                raise Violation(PROTOCOL_ERROR, "control frame is fragmented or too long")
        elif bool(opcode) == bool(self._opcode):
            raise Violation(PROTOCOL_ERROR, "continuation expected or out of place")
        return final, opcode

    @staticmethod
    def _length(buffer: bytearray) -> tuple[int | None, int]:
        """Payload size and where the masking key starts; no size while the header is incomplete."""
        short = buffer[1] & 127
        if short < 126:
            return short, 2
        start = 4 if short == 126 else 10
        if len(buffer) < start:
            return None, start
        return int.from_bytes(buffer[2:start], "big"), start

    def _check_size(self, opcode: int, size: int) -> None:
        collected = 0 if opcode & _CONTROL else self._size
        if collected + size > self._limits.message_bytes:
            raise Violation(TOO_BIG, "message is too big")

    def _join(self, final: bool, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
        if opcode & _CONTROL or (final and not self._opcode):
            return opcode, payload
        self._opcode = self._opcode or opcode
        self._parts.append(payload)
        self._size += len(payload)
        if final:
            return self._finish()
        if len(self._parts) > self._limits.fragments:
            raise Violation(TOO_BIG, "message has too many fragments")
        return None

    def _finish(self) -> tuple[int, bytes]:
        opcode, payload = self._opcode, b"".join(self._parts)
        self._opcode, self._parts, self._size = 0, [], 0
        return opcode, payload
