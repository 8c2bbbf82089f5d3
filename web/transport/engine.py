"""Socket.IO on our own WebSocket: who may connect, within which limits, and where events go.

Owns admission and the set of connections of one process. Knows no user, message or store: who may
connect is the `admit` hook's word, and what an event means is its handler's.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import socketio
from socketio import packet

from web.runtime import Runtime
from web.transport import frames
from web.transport.budget import Full, Rate, SocketCaps, TokenBucket
from web.transport.connection import Connection, Heartbeat
from web.transport.frames import Limits
from web.transport.library import Library
from web.transport.packets import BadPacket, Json, TextPacket
from web.transport.websocket import BadHandshake, WebSocket, accept_key, upgrade_response

log = logging.getLogger(__name__)

GUEST = "cryptexq.guest"  # where the connect handler finds the admitted Guest in its environ


@dataclass(frozen=True)
class Settings:
    """Sized for ten thousand sockets in one process: 400 heartbeats a second."""

    limits: Limits = field(default_factory=Limits)
    rate: Rate = field(default_factory=Rate)
    backlog_bytes: int = 1024 * 1024
    sockets: int = 10_000
    sockets_per_key: int = 32
    heartbeat_seconds: float = 25.0
    opening_seconds: float = 10.0


@dataclass(frozen=True)
class Guest:
    """Whom the hook admitted. A cap holds for each key: an address, an account."""

    keys: tuple[str, ...]
    who: Any = None


class Refused(Exception):
    """Raised by the `admit` hook: the HTTP status and text that refuse the upgrade."""

    def __init__(self, status: str, text: str) -> None:
        super().__init__(status)
        self.status = status
        self.text = text


Admit = Callable[[dict[str, Any]], Guest]
LateHandler = Callable[[str, Any, "Reply"], None]


def server_options(settings: Settings) -> dict[str, Any]:
    """How to create the Socket.IO server. `async_handlers=False` keeps each client's order."""
    return {
        "serializer": TextPacket,
        "json": Json,
        "async_handlers": False,
        "transports": ["websocket"],
        "allow_upgrades": False,
        "monitor_clients": False,
        "ping_interval": settings.heartbeat_seconds,
        "ping_timeout": settings.heartbeat_seconds,
        "max_http_buffer_size": settings.limits.message_bytes,
    }


class Reply:
    """The acknowledgement of one event, sent whenever its handler is ready, at most once."""

    __slots__ = ("_connection", "_library", "_number")

    def __init__(self, library: Library, connection: str, number: int | None) -> None:
        self._library = library
        self._connection = connection
        self._number = number

    def __call__(self, data: Any) -> None:
        number, self._number = self._number, None
        if number is not None:
            self._library.acknowledge(self._connection, number, data)


class Engine:
    """All connections of one process, put under a python-socketio server."""

    def __init__(
        self, server: socketio.Server, runtime: Runtime, admit: Admit, settings: Settings
    ) -> None:
        self._library = Library(server)
        self._runtime = runtime
        self._settings = settings
        self._admit = admit
        self._late: dict[str, LateHandler] = {}
        self._other: LateHandler | None = None
        self._heartbeat = Heartbeat(self._library.client_of, settings.heartbeat_seconds)
        self._beating = False
        self.caps = SocketCaps(settings.sockets, settings.sockets_per_key)
        self._library.take_over(self._open)

    # -- events -------------------------------------------------------------

    def on_late(self, event: str, handler: LateHandler) -> None:
        """Handle `event` with `handler(sid, data, reply)`, which returns at once and calls `reply`
        when the answer is ready: the client's next message does not wait for this one's disk."""
        self._late[event] = handler

    def on_other(self, handler: LateHandler) -> None:
        """The same for every event without a handler of its own. Without it python-socketio looks
        for one, and finds its `connect` for a client that sends an event of that name."""
        self._other = handler

    def _dispatch(self, connection: Connection, parsed: TextPacket) -> None:
        """Act on one packet. (python-socketio's own way keeps binary attachments without limit
        and gives handlers no packet id.)"""
        if parsed.packet_type == packet.CONNECT:
            self._library.join(connection.sid, parsed.data)
            return
        client = self._library.client_of(connection.sid)
        if client is None:
            raise BadPacket("not joined")
        if parsed.packet_type == packet.EVENT:
            self._event(connection.sid, client, parsed)
        elif parsed.packet_type == packet.ACK:
            self._library.acknowledged(connection.sid, parsed)
        else:
            self._library.leave(connection.sid)

    def _event(self, connection: str, client: str, event: TextPacket) -> None:
        name, *arguments = event.data
        handler = self._late.get(name, self._other)
        if handler is None:
            self._library.event(connection, event)
        else:
            data = arguments[0] if len(arguments) == 1 else None
            handler(client, data, Reply(self._library, connection, event.id))

    # -- a connection's life ------------------------------------------------

    def _open(self, environ: dict[str, Any], *_: Any) -> Any:
        """Refuse while it is still plain HTTP, or speak WebSocket until the client has gone."""
        try:
            accept = accept_key(environ)
            self.caps.check_room()
            environ[GUEST] = guest = self._admit(environ)
            with self.caps.hold(guest.keys):
                self._run(environ, accept)
        except BadHandshake as wrong:
            return _refusal("400 BAD REQUEST", str(wrong))
        except Refused as refused:
            return _refusal(refused.status, refused.text)
        except Full as full:
            status = "429 TOO MANY REQUESTS" if full.key else "503 SERVICE UNAVAILABLE"
            return _refusal(status, "too many connections")
        self._runtime.response_sent()
        return []

    def _run(self, environ: dict[str, Any], accept: bytes) -> None:
        sock = self._runtime.socket_of(environ)
        sock.settimeout(None)  # the heartbeat judges who is gone
        sid = self._library.fresh_id()
        connection = Connection(sid, self._websocket(sock), self._library, self._dispatch)
        self._library.connections[sid] = connection
        try:
            sock.sendall(upgrade_response(accept))
            self._library.started(sid, environ)
            self._watch(connection)
            connection.run(self._greeting(sid))
        except Exception:  # what a WSGI server would now write is no WebSocket frame
            log.exception("a connection failed")
        finally:
            self._library.connections.pop(sid, None)

    def _websocket(self, sock: Any) -> WebSocket:
        settings = self._settings
        budget = TokenBucket(settings.rate, self._runtime.clock())
        return WebSocket(sock, self._runtime, settings.limits, budget, settings.backlog_bytes)

    def _greeting(self, sid: str) -> dict[str, Any]:
        beat = int(self._settings.heartbeat_seconds * 1000)
        return {
            "sid": sid,
            "upgrades": [],
            "pingInterval": beat,
            "pingTimeout": beat,
            "maxPayload": self._settings.limits.message_bytes,
        }

    def _watch(self, connection: Connection) -> None:
        self._heartbeat.add(connection, self._runtime.clock() + self._settings.opening_seconds)
        if not self._beating:
            self._beating = True
            self._runtime.spawn(self._beat)

    def _beat(self) -> None:
        while self._heartbeat:
            self._heartbeat.beat(self._runtime.clock())
            self._runtime.sleep(0.1)
        self._beating = False

    def hang_up(self, sid: str, reason: str) -> None:
        """End one client's connection and tell it why."""
        connection = self._library.connection_of(sid)
        if connection is not None:
            connection.ws.close(frames.POLICY, reason)

    def shut_down(self) -> None:
        """Send everybody away with "service restart", so that a stop does not wait for them."""
        for connection in list(self._library.connections.values()):
            connection.ws.close(frames.RESTART, "server restarts")


def _refusal(status: str, text: str) -> dict[str, Any]:
    headers = [("Content-Type", "text/plain"), ("Connection", "close")]
    return {"status": status, "headers": headers, "response": text.encode()}
