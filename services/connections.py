"""Who is connected: sockets, the sessions behind them and the devices that proved themselves.

Owns the registry of one process. No input or output: whoever changes it sends and closes. Used by
one thread, that of the event loop. There is no room to ask for: a socket receives what its proven
device's person is a member of, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class Peer:
    """One socket. `claimed`: the device that says it is there; `device_id`: the same once it has
    proven it. `nonce`: the challenge while unanswered. `closing`: it has had its last word."""

    sid: str
    user_id: bytes
    session_id: bytes
    expires_at: int
    origin: str
    nonce: bytes | None = None
    claimed: bytes | None = None
    device_id: bytes | None = None
    faults: int = 0
    closing: bool = False


class Connections:
    def __init__(self) -> None:
        self._peers: dict[str, Peer] = {}
        self._by_user: dict[bytes, dict[str, Peer]] = {}

    def __len__(self) -> int:
        return len(self._peers)

    def add(self, peer: Peer) -> None:
        self._peers[peer.sid] = peer
        self._by_user.setdefault(peer.user_id, {})[peer.sid] = peer

    def remove(self, sid: str) -> None:
        peer = self._peers.pop(sid, None)
        if peer is None:
            return
        sockets = self._by_user[peer.user_id]
        del sockets[sid]
        if not sockets:  # a person who left must not stay in memory
            del self._by_user[peer.user_id]

    def get(self, sid: str) -> Peer | None:
        return self._peers.get(sid)

    def of_user(self, user_id: bytes) -> list[Peer]:
        return list(self._by_user.get(user_id, {}).values())

    def of_session(self, user_id: bytes, session_id: bytes) -> list[Peer]:
        return [peer for peer in self.of_user(user_id) if peer.session_id == session_id]

    def proven(self, user_ids: Iterable[bytes]) -> list[Peer]:
        """The sockets that may be told what concerns these people."""
        return [
            peer
            for user_id in user_ids
            for peer in self._by_user.get(user_id, {}).values()
            if peer.device_id is not None and not peer.closing
        ]

    def expired(self, now: int) -> list[Peer]:
        return [peer for peer in self._peers.values() if peer.expires_at <= now]
