"""One client's WebSocket: the opening handshake, reading, and writing that never waits.

Owns the socket for as long as the connection lives. Knows nothing of Socket.IO. The format is
`frames`; this file adds the socket, the clock, the client's budget and the queue of what a slow
client has not read yet.

Writing goes straight to the kernel when it has room, which spares a task and two switches per
message and per idle client. What does not fit waits in a queue with a bound in bytes: a client that
stops reading is cut off instead of filling our memory.
"""

import base64
import binascii
import contextlib
import hashlib
import socket as sockets
from collections import deque
from collections.abc import Mapping
from typing import Any

from web.runtime import Runtime, Socket
from web.transport import frames
from web.transport.budget import TokenBucket
from web.transport.frames import FrameReader, Limits, Violation

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_READ = 16 * 1024
_TURN = 32  # messages one client may have handled before the others get a turn
_WRITE = 256 * 1024  # bytes given to the kernel at once
_FAREWELL_SECONDS = 2.0
_FAREWELL_BYTES = 4 * 1024 * 1024


class BadHandshake(Exception):
    """The request is not a WebSocket upgrade that we speak."""


def accept_key(environ: Mapping[str, Any]) -> bytes:
    """The answer to the client's key; checked before anything is kept for this client."""
    connection = environ.get("HTTP_CONNECTION", "").lower()
    upgrade = environ.get("HTTP_UPGRADE", "").lower()
    if "upgrade" not in (part.strip() for part in connection.split(",")) or upgrade != "websocket":
        raise BadHandshake("not a WebSocket upgrade")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        raise BadHandshake("only WebSocket version 13 is spoken")
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
    if not _is_nonce(key):
        raise BadHandshake("Sec-WebSocket-Key is missing or malformed")
    # SHA-1 is what RFC 6455 wants here; nothing rests on its strength.
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest())


def _is_nonce(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False


def upgrade_response(accept: bytes) -> bytes:
    """No `Sec-WebSocket-Extensions`: permessage-deflate is never agreed to."""
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class WebSocket:
    """`wait` belongs to the one task that reads; `send`, `close` and `abort` to everybody."""

    def __init__(
        self,
        sock: Socket,
        runtime: Runtime,
        limits: Limits,
        budget: TokenBucket,
        backlog_bytes: int,
    ) -> None:
        self._sock = sock
        self._runtime = runtime
        self._reader = FrameReader(limits)
        self._budget = budget
        self._backlog_limit = backlog_bytes
        self._backlog: deque[bytes] = deque()
        self._backlog_size = 0
        self._ready: deque[str] = deque()
        self._ending: tuple[int, str] | None = None  # how to close once `_ready` is empty
        self._handled = 0
        self.failure = ""  # why we ended it; empty when the client did
        self.closing = False
        self._gone = False

    # -- reading ------------------------------------------------------------

    def wait(self) -> str | None:
        """The next text message, or None when the connection is over."""
        while not self._ready:
            if self._ending:
                self.close(*self._ending)
            if self.closing:
                self._discard()
                return None
            data = self._receive()
            if not data:
                return None
            self._accept(data)
        self._handled += 1
        if self._handled % _TURN == 0:
            self._runtime.sleep(0)
        return self._ready.popleft()

    def _receive(self) -> bytes:
        try:
            return self._sock.recv(_READ)
        except (OSError, EOFError):
            return b""

    def _accept(self, data: bytes) -> None:
        now = self._runtime.clock()
        try:
            for opcode, payload in self._reader.feed(data, now):
                if not self._budget.spend(now):
                    raise Violation(frames.POLICY, "too many messages")
                self._handle(opcode, payload)
                if self._ending:
                    return
        except Violation as violation:
            self._ending = violation.code, violation.reason

    def _handle(self, opcode: int, payload: bytes) -> None:
        if opcode == frames.TEXT:
            self._ready.append(frames.text_of(payload))
        elif opcode == frames.PING:
            self._push(frames.frame(frames.PONG, payload))
        elif opcode == frames.CLOSE:
            frames.check_close(payload)
            self._ending = frames.NORMAL, ""
        elif opcode == frames.BINARY:
            raise Violation(frames.NOT_TEXT, "only text is spoken here")

    def _discard(self) -> None:
        """Read on for a moment after our close frame. To close a socket with unread bytes resets
        it, and the client would never learn why it was cut off."""
        for _ in range(_FAREWELL_BYTES // _READ):
            if not self._receive():
                return
            self._runtime.sleep(0)

    # -- writing ------------------------------------------------------------

    def send(self, text: str) -> None:
        """Queue a message for the client; never waits. After the end it does nothing."""
        if not self.closing:
            self._push(frames.frame(frames.TEXT, text.encode()))

    def _push(self, data: bytes) -> None:
        if self._gone:
            return
        if not self._backlog:
            data = data[self._send_now(data) :]
            if not data:
                return
            self._runtime.spawn(self._drain)
        self._backlog.append(data)
        self._backlog_size += len(data)
        if self._backlog_size > self._backlog_limit:
            self.abort("slow reader")

    def _send_now(self, data: bytes) -> int:
        try:
            return self._runtime.send_now(self._sock, data)
        except BlockingIOError:
            return 0
        except OSError:
            self.abort("connection lost")
            return len(data)

    def _drain(self) -> None:
        """Write what has queued up; ends when it is all written. At most one runs at a time,
        because only an empty backlog starts one and the backlog is emptied last."""
        try:
            while self._backlog and not self._gone:
                part = self._first_bytes()
                self._sock.sendall(part)
                self._forget(len(part))
        except OSError:
            self.abort("connection lost")
        if self.closing:
            self._half_close()

    def _first_bytes(self) -> bytes:
        parts, size = [], 0
        for part in self._backlog:
            parts.append(part)
            size += len(part)
            if size >= _WRITE:
                break
        return b"".join(parts)

    def _forget(self, size: int) -> None:
        while size and self._backlog:
            size -= len(self._backlog[0])
            self._backlog_size -= len(self._backlog.popleft())

    # -- the end ------------------------------------------------------------

    def close(self, code: int, reason: str) -> None:
        """Say why, then end: the client's close ends the wait for it, or two seconds do."""
        if self.closing:
            return
        self._ready.clear()
        self.failure = self.failure or reason
        self._push(frames.close_frame(code, reason))
        self.closing = True
        if not self._backlog:
            self._half_close()
        self._runtime.spawn(self._abort_later)

    def _abort_later(self) -> None:
        self._runtime.sleep(_FAREWELL_SECONDS)
        self.abort(self.failure)

    def _half_close(self) -> None:
        self._shut(sockets.SHUT_WR)

    def abort(self, reason: str) -> None:
        """End it at once. The reading task wakes up to an end of file."""
        if self._gone:
            return
        self._gone = self.closing = True
        self.failure = self.failure or reason
        self._backlog.clear()
        self._backlog_size = 0
        self._shut(sockets.SHUT_RDWR)

    def _shut(self, how: int) -> None:
        with contextlib.suppress(OSError):  # it may have gone already
            self._sock.shutdown(how)
