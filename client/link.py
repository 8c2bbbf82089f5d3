"""The socket of a device: connect, prove, send, and a queue of what the server pushes.

Must not know sessions or keys other than the one that signs the proof.
"""

from __future__ import annotations

import queue
import threading
from typing import Any

import socketio

from client.api import Api, ApiError
from client.session import Me
from crypto import connect
from crypto.wire import b64_decode, b64_encode

TIMEOUT_S = 20
PUSHES = ("entry:new", "commit:new", "conversation:new", "list:changed", "session:ended")


class Link:
    """A proven socket. `offset` is the server's clock minus ours, in milliseconds."""

    def __init__(self, api: Api, me: Me, now: int) -> None:
        self.pushes: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self._io = socketio.Client(reconnection=False)
        self._challenge: queue.Queue[dict[str, Any]] = queue.Queue()
        self._lock = threading.Lock()
        self._socket: Any = None
        self._listen()
        # The Origin header is set by the WebSocket library, from the address.
        headers = {"Cookie": api.cookies()}
        try:
            self._io.connect(api.origin, headers=headers, transports=["websocket"])
            self._socket = self._io.eio.ws
            self.offset = self._prove(api, me) - now
        except BaseException:
            self.close()
            raise

    def send(self, event: str, body: dict[str, Any]) -> dict[str, Any]:
        """The acknowledgement. Raises ApiError for a refusal, TimeoutError for silence."""
        with self._lock:
            try:
                answer = self._io.call(event, body, timeout=TIMEOUT_S)
            except socketio.exceptions.TimeoutError:
                raise TimeoutError(f"no answer to {event}") from None
        if not isinstance(answer, dict) or not answer.get("ok"):
            raise ApiError(answer.get("error", {}) if isinstance(answer, dict) else {})
        return answer

    def close(self) -> None:
        self._io.disconnect()
        # The library lets go of a socket that the server hung up on without closing it.
        if self._socket is not None:
            self._socket.shutdown()

    def _listen(self) -> None:
        self._io.on("device:challenge", self._challenge.put)
        for name in PUSHES:
            self._io.on(name, lambda body, name=name: self.pushes.put((name, body)))

    def _prove(self, api: Api, me: Me) -> int:
        try:
            challenge = self._challenge.get(timeout=TIMEOUT_S)
        except queue.Empty:
            raise TimeoutError("the server asked for no proof") from None
        nonce = b64_decode(challenge["nonce"])
        proof = connect.sign_proof(me.signing_private, nonce, me.user_id, me.device_id, api.origin)
        body = {"device": b64_encode(me.device_id), "signature": b64_encode(proof)}
        return int(self.send("device:prove", body)["server_time"])
