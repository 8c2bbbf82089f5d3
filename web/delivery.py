"""What is pushed to whom: entries, news of commits, conversations and lists, and the last word.

Owns the choice of recipients, which is always the proven devices of people that the caller names
from stored membership; a client cannot ask to be among them. Runs on the event loop and never
waits: a socket that does not read is the transport's business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from crypto.transcript import COMMIT
from crypto.wire import b64_encode
from errors import CryptexqError
from services.connections import Connections, Peer
from services.messages import Accepted
from web import entries

Emit = Callable[..., None]


class Delivery:
    """`emit(event, data, to=[sid, ...])` sends; `hang_up(sid, reason)` ends a connection."""

    def __init__(
        self, connections: Connections, emit: Emit, hang_up: Callable[[str, str], None]
    ) -> None:
        self._connections = connections
        self._emit = emit
        self._hang_up = hang_up

    def challenge(self, peer: Peer, now: int) -> None:
        if peer.nonce is not None:
            news = {"nonce": b64_encode(peer.nonce), "server_time": now}
            self._emit("device:challenge", news, to=[peer.sid])

    def accepted(self, accepted: Accepted, but: str | None = None) -> None:
        """Tell the members of a new entry, in the order in which this is called. `but`: the socket
        that sent it and gets an acknowledgement instead."""
        if accepted.again:
            return
        if accepted.entry.kind == COMMIT:
            self._commit(accepted)
        else:
            self._entry(accepted, but)

    def _entry(self, accepted: Accepted, but: str | None) -> None:
        sids = [p.sid for p in self._connections.proven(accepted.members) if p.sid != but]
        if sids:
            conversation = b64_encode(accepted.entry.conversation_id)
            news = {"conversation": conversation, **entries.entry(accepted.entry)}
            self._emit("entry:new", news, to=sids)

    def _commit(self, accepted: Accepted) -> None:
        """The committing device has its answer already and would only fetch what it made."""
        entry = accepted.entry
        peers = self._connections.proven(accepted.members)
        news = {
            "conversation": b64_encode(entry.conversation_id),
            "n": entry.n,
            "epoch": entry.epoch,
        }
        self._tell((p for p in peers if p.device_id != entry.device_id), "commit:new", news)

    def conversation(self, conversation_id: bytes, members: Iterable[bytes]) -> None:
        news = {"conversation": b64_encode(conversation_id)}
        self._tell(self._connections.proven(members), "conversation:new", news)

    def list_changed(self, user_id: bytes, version: int, contacts: Iterable[bytes]) -> None:
        """To those who share a conversation with the person, and to the person's own devices."""
        news = {"user_id": b64_encode(user_id), "version": version}
        self._tell(self._connections.proven({user_id, *contacts}), "list:changed", news)

    def end(self, peer: Peer, why: CryptexqError) -> None:
        """Nothing reaches the socket after this; its last word says why."""
        if peer.closing:
            return
        peer.closing = True
        news = {"code": why.code, "title": why.title, "detail": why.detail}
        self._emit("session:ended", news, to=[peer.sid])
        self._hang_up(peer.sid, why.title)

    def _tell(self, peers: Iterable[Peer], event: str, news: dict[str, Any]) -> None:
        sids = [peer.sid for peer in peers]
        if sids:
            self._emit(event, news, to=sids)
