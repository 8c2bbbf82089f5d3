"""What a connected device may say: prove itself, send an envelope, and nothing else.

Owns the handlers of socket events. They parse, call one service, answer; they return at once and
answer later, so that nobody waits for somebody else's disk. There is no event to join or subscribe
to: what a socket receives follows from who its device's person is (see `delivery`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import errors
from crypto.wire import b64_encode
from errors import CryptexqError
from services.connections import Connections, Peer
from services.messages import Accepted
from services.messaging import Messaging
from services.proofs import Proof
from services.refusals import (
    ForeignDevice,
    Malformed,
    NotAMember,
    NotProven,
    NotStored,
    ProofRefused,
    SessionEnded,
    TooLarge,
    TooManyFaults,
    UnknownEvent,
    UnknownVersion,
)
from web import entries, socket_schemas
from web.budgets import Budgets
from web.delivery import Delivery
from web.house import House
from web.relay import Relay
from web.transport.budget import Rate

log = logging.getLogger(__name__)

# What honest clients do not send. A stale epoch, a used number, a wrong clock happen to everybody.
FAULTS = (
    ForeignDevice,
    Malformed,
    NotAMember,
    NotProven,
    ProofRefused,
    TooLarge,
    UnknownEvent,
    UnknownVersion,
)
MOST_FAULTS = 20
RETRY_SECONDS = 1

Reply = Callable[[Any], None]


class Sockets:
    def __init__(
        self,
        house: House,
        messaging: Messaging,
        relay: Relay,
        delivery: Delivery,
        connections: Connections,
    ) -> None:
        self._house = house
        self._messaging = messaging
        self._relay = relay
        self._delivery = delivery
        self._connections = connections
        config = house.config
        rate = Rate(config.messages_per_second, config.messages_burst)
        self._budgets = Budgets(rate, house.runtime.clock)

    def prove(self, sid: str, data: Any, reply: Reply) -> None:
        """`device:prove`. The challenge is spent by the first well-formed answer to it."""
        peer = self._live(sid)
        if peer is None:
            return
        try:
            claim = socket_schemas.claim(data)
            if peer.nonce is None:
                raise ProofRefused("This connection's challenge was answered before.")
        except CryptexqError as refusal:
            self._refuse(peer, reply, refusal)
            return
        proof = Proof(peer.nonce, peer.user_id, claim.device_id, peer.origin, claim.signature)
        peer.nonce, peer.claimed = None, claim.device_id
        self._house.runtime.spawn(self._verify, peer, proof, reply)

    def _verify(self, peer: Peer, proof: Proof, reply: Reply) -> None:
        try:
            self._house.in_thread(self._messaging.proofs.verify, proof)
        except CryptexqError as refusal:
            self._refuse(peer, reply, refusal)
            return
        except Exception:
            log.exception("a proof could not be checked")
            self._refuse(peer, reply, NotStored("Connect again in a moment."))
            return
        if not peer.closing:  # else the device left the list while we looked (see `warden`)
            peer.device_id = proof.device_id
            user_id, now = b64_encode(peer.user_id), self._house.clock()
            reply({"ok": True, "user_id": user_id, "server_time": now})

    def send(self, sid: str, data: Any, reply: Reply) -> None:
        """`message:send`. Answered once it is on disk, or refused."""
        peer = self._live(sid)
        if peer is None:
            return

        def answer(result: Accepted | CryptexqError) -> None:
            if isinstance(result, CryptexqError):
                self._refuse(peer, reply, result)
            else:
                reply({"ok": True, **entries.acknowledgement(result)})

        try:
            self._check_rate(peer)
            item = socket_schemas.incoming(peer, data)
            self._relay.send(item, answer, sid)
        except CryptexqError as refusal:
            self._refuse(peer, reply, refusal)

    def _live(self, sid: str) -> Peer | None:
        """The peer that may speak now. The warden ends expired ones too, but only at times."""
        peer = self._connections.get(sid)
        if peer is None or peer.closing:
            return None
        if peer.expires_at <= self._house.clock():
            self._delivery.end(peer, SessionEnded())
            return None
        return peer

    def _check_rate(self, peer: Peer) -> None:
        if peer.device_id is not None and not self._budgets.spend(peer.device_id):
            raise errors.RateLimited(retry_after=RETRY_SECONDS)

    def refuse(self, sid: str, _data: Any, reply: Reply) -> None:
        """Any other event."""
        peer = self._live(sid)
        if peer is not None:
            self._refuse(peer, reply, UnknownEvent())

    def _refuse(self, peer: Peer, reply: Reply, refusal: CryptexqError) -> None:
        reply({"ok": False, "error": refusal.problem()})
        if isinstance(refusal, FAULTS):
            peer.faults += 1
        if peer.faults >= MOST_FAULTS:
            self._delivery.end(peer, TooManyFaults())
