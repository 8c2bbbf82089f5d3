"""One client from its opening to its end, and the heartbeat that finds out who has gone.

Turns the client's texts into packets and hands them to `dispatch`. Knows nothing of admission,
users or messages.
"""

import heapq
import itertools
import logging
from collections.abc import Callable
from typing import Any

from engineio import packet as engine_packet

from web.transport import frames
from web.transport.library import Library
from web.transport.packets import CLOSE, PING, BadPacket, TextPacket, parse
from web.transport.websocket import WebSocket

log = logging.getLogger(__name__)

Dispatch = Callable[["Connection", TextPacket], None]


class Connection:
    """One client, in the shape that engineio's server expects of a socket."""

    upgraded = connected = True

    def __init__(self, sid: str, ws: WebSocket, library: Library, dispatch: Dispatch) -> None:
        self.sid = sid
        self.ws = ws
        self.session: dict[str, Any] = {}
        self.heard = True  # something came since the last heartbeat
        self.closed = False
        self._library = library
        self._dispatch = dispatch

    def run(self, greeting: dict[str, Any]) -> None:
        """Until the client goes or is sent away."""
        self.send(engine_packet.Packet(engine_packet.OPEN, greeting))
        try:
            while (text := self.ws.wait()) is not None:
                self.heard = True
                self._receive(text)
        finally:
            self.close(reason=self.ws.failure or "transport close")
            self.ws.abort("")

    def _receive(self, text: str) -> None:
        try:
            if text == CLOSE:
                self.ws.close(frames.NORMAL, "")
            elif (parsed := parse(text)) is not None:
                self._dispatch(self, parsed)
        except BadPacket as bad:
            self.ws.close(frames.PROTOCOL_ERROR, str(bad))
        except Exception:  # a fault of ours must not end the client's connection
            log.exception("a handler failed")

    def ping(self) -> None:
        self.heard = False
        self.ws.send(PING)

    def send(self, pkt: engine_packet.Packet) -> None:
        self.ws.send(pkt.encode())

    def close(self, reason: str | None = None, **_: Any) -> None:
        """Tell the application, once, that the client has gone, and make it so."""
        if self.closed:
            return
        self.closed = True
        try:
            self._library.ended(self.sid, reason or "server disconnect")
        finally:
            self.ws.close(frames.NORMAL, reason or "")


class Heartbeat:
    """Who has gone: one task for all connections, where the libraries keep one for each."""

    def __init__(self, joined: Callable[[str], object], every: float) -> None:
        self._joined = joined
        self._every = every
        self._due: list[tuple[float, int, Connection]] = []
        self._count = itertools.count()

    def __len__(self) -> int:
        return len(self._due)

    def add(self, connection: Connection, due: float) -> None:
        heapq.heappush(self._due, (due, next(self._count), connection))

    def beat(self, now: float) -> None:
        """Ask those whose time has come; drop those that did not answer since the last time."""
        while self._due and self._due[0][0] <= now:
            _, _, connection = heapq.heappop(self._due)
            if connection.closed:
                continue
            if not self._joined(connection.sid):
                connection.ws.close(frames.POLICY, "did not join in time")
            elif not connection.heard:
                connection.ws.abort("ping timeout")
            else:
                connection.ping()
                self.add(connection, now + self._every)
