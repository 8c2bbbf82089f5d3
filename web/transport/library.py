"""All that we use of python-socketio and python-engineio beside their public interface.

They keep the rooms, the namespaces and the event handlers. Their own client object is replaced by
`connection.Connection`, because it keeps two or three tasks and an unbounded queue for each client,
opens a session before it has looked at the handshake, and dies with a traceback on an empty
message. The versions are pinned; `tests/transport` fails when one of these names changes.
"""
# ruff: noqa: SLF001 - private names are what this file is about

from collections.abc import Callable
from typing import Any

import socketio
from socketio import packet

from web.transport.packets import TextPacket


class Library:
    """One Socket.IO server, spoken to by connection id (Engine.IO's, not Socket.IO's)."""

    def __init__(self, server: socketio.Server) -> None:
        self.server = server
        self.connections: dict[str, Any] = server.eio.sockets

    def take_over(self, opened: Callable[..., Any]) -> None:
        """Have `opened(environ, start_response, ...)` answer each new connection."""
        self.server.eio._handle_connect = opened

    def fresh_id(self) -> str:
        return str(self.server.eio.generate_id())

    def client_of(self, connection: str) -> str | None:
        """The Socket.IO id of a connection that has joined, else None."""
        manager = self.server.manager
        sid = manager.sid_from_eio_sid(connection, "/")
        return sid if sid is not None and manager.is_connected(sid, "/") else None

    def connection_of(self, client: str) -> Any:
        return self.connections.get(self.server.manager.eio_sid_from_sid(client, "/"))

    def started(self, connection: str, environ: dict[str, Any]) -> None:
        self.server._handle_eio_connect(connection, environ)

    def ended(self, connection: str, reason: str) -> None:
        self.server._handle_eio_disconnect(connection, reason)

    def join(self, connection: str, auth: Any) -> None:
        self.server._handle_connect(connection, "/", auth)

    def leave(self, connection: str) -> None:
        self.server._handle_disconnect(connection, "/", self.server.reason.CLIENT_DISCONNECT)

    def event(self, connection: str, event: TextPacket) -> None:
        self.server._handle_event(connection, "/", event.id, event.data)

    def acknowledged(self, connection: str, ack: TextPacket) -> None:
        self.server._handle_ack(connection, "/", ack.id, ack.data)

    def acknowledge(self, connection: str, number: int, data: Any) -> None:
        """Send the acknowledgement of event `number`, whenever that is."""
        ack = TextPacket(packet.ACK, data=[data], id=number)
        self.server._send_packet(connection, ack)
