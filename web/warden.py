"""When a socket's time is over: its session ended, its device was removed, it never proved itself.

Owns the watch over each socket from its opening to its end. `delivery` has the last word. Runs on
the event loop; what asks the store does so in a native thread.
"""

from __future__ import annotations

import logging

from errors import CryptexqError
from services.connections import Connections, Peer
from services.events import DeviceListChanged, SessionsEnded
from services.messaging import Messaging
from services.refusals import DeviceRemoved, NotProven, SessionEnded
from web.admission import Visitor
from web.delivery import Delivery
from web.house import House

log = logging.getLogger(__name__)

NONCE = 32
PROOF_SECONDS = 20
SWEEP_SECONDS = 15


class Warden:
    def __init__(
        self, house: House, messaging: Messaging, delivery: Delivery, connections: Connections
    ) -> None:
        self._house = house
        self._messaging = messaging
        self._delivery = delivery
        self._connections = connections
        self._sweeping = False
        house.events.subscribe(SessionsEnded, self.sessions_ended)
        house.events.subscribe(DeviceListChanged, self.list_changed)

    # -- a socket's life ----------------------------------------------------

    def opened(self, sid: str, visitor: Visitor) -> None:
        """Register the socket and challenge its device."""
        peer = Peer(
            sid,
            visitor.user_id,
            visitor.session_id,
            visitor.expires_at,
            visitor.origin,
            nonce=self._house.random(NONCE),
        )
        self._connections.add(peer)
        self._delivery.challenge(peer, self._house.clock())
        self._house.runtime.spawn(self._await_proof, peer)
        if not self._sweeping:
            self._sweeping = True
            self._house.runtime.spawn(self._sweep)

    def closed(self, sid: str) -> None:
        self._connections.remove(sid)

    def _await_proof(self, peer: Peer) -> None:
        self._house.runtime.sleep(PROOF_SECONDS)
        if peer.device_id is None and self._connections.get(peer.sid) is peer:
            self._delivery.end(peer, NotProven("The device did not prove itself in time."))

    def _sweep(self) -> None:
        while len(self._connections):
            self._house.runtime.sleep(SWEEP_SECONDS)
            self.end_expired(self._house.clock())
        self._sweeping = False

    def end_expired(self, now: int) -> None:
        for peer in self._connections.expired(now):
            self._delivery.end(peer, SessionEnded())

    # -- news that end sockets ------------------------------------------------

    def sessions_ended(self, news: SessionsEnded) -> None:
        for session_id in news.session_ids:
            for peer in self._connections.of_session(news.user_id, session_id):
                self._delivery.end(peer, SessionEnded())

    def list_changed(self, news: DeviceListChanged) -> None:
        """Forget the old list at once; tell people and end sockets once the new one is read."""
        self._messaging.rosters.forget(news.user_id)
        self._house.runtime.spawn(self._spread, news)

    def _spread(self, news: DeviceListChanged) -> None:
        try:
            devices = self._house.in_thread(self._messaging.rosters.device_ids, news.user_id)
            self._end_removed(news.user_id, devices)
            contacts = self._house.in_thread(self._messaging.conversations.contacts, news.user_id)
        except CryptexqError:
            log.exception("a changed device list could not be read")
            self._end_all(news.user_id)
        else:
            self._delivery.list_changed(news.user_id, news.version, contacts)

    def _end_removed(self, user_id: bytes, devices: frozenset[bytes]) -> None:
        for peer in self._connections.of_user(user_id):
            # `claimed` as well: a proof that is being checked may rest on the old list.
            if peer.claimed is not None and peer.claimed not in devices:
                self._delivery.end(peer, DeviceRemoved())

    def _end_all(self, user_id: bytes) -> None:
        """Which of them was removed is unknown; those that were not come back."""
        for peer in self._connections.of_user(user_id):
            self._delivery.end(peer, NotProven("Your devices have changed. Connect again."))
