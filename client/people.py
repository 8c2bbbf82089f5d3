"""The people that a client knows: fetches their device lists and key refreshes, believes nothing.

What is verified is kept in `trust`; a list that does not continue what was seen raises.
"""

from __future__ import annotations

from typing import Any

from client import trust
from client.api import Api
from crypto import device_list, refresh
from crypto.device_list import SignedDeviceList
from crypto.errors import ListRefused
from crypto.identity import safety_number
from crypto.refresh import KeyRefresh
from crypto.wire import b64_decode, b64_encode


class People:
    def __init__(self, api: Api) -> None:
        self.trust = trust.Trust()
        self.refreshes: dict[bytes, dict[int, KeyRefresh]] = {}
        self._api = api

    def find(self, name: str) -> bytes:
        return b64_decode(self._api.get("/users", name=name)["user_id"])

    def newest(self, user_id: bytes) -> SignedDeviceList:
        return self.trust.contacts[user_id].newest

    def learn(self, user_id: bytes) -> None:
        """Fetch and verify what is new. Raises ListRefused or IdentityChanged.

        An answer holds the known list and some after it, so more than one may mean still more.
        """
        while self._learn_page(user_id) > 1:
            continue

    def provide(self, user_id: bytes, version: int) -> None:
        """Have that version of somebody's list, newer or older than what is known."""
        if self.trust.contact(user_id) is None or version > self.trust.known_version(user_id):
            self.learn(user_id)
        contact = self.trust.contacts[user_id]
        if 0 < version < min(contact.lists):
            chain = self._past(user_id, version, min(contact.lists))
            self.trust = trust.learn_past(self.trust, user_id, chain)

    def _past(self, user_id: bytes, version: int, oldest: int) -> list[SignedDeviceList]:
        chain: list[SignedDeviceList] = []
        while not chain or chain[-1].list.version < oldest:
            page = self._fetch(user_id, {"from": chain[-1].list.version + 1 if chain else version})
            fresh = [device_list.parse_signed(b64_decode(raw)) for raw in page["lists"]]
            if not fresh:
                raise ListRefused("the server keeps an older device list back")
            chain += [item for item in fresh if item.list.version <= oldest]
        return chain

    def _fetch(self, user_id: bytes, query: dict[str, int]) -> Any:
        return self._api.get(f"/users/{b64_encode(user_id)}/device-lists", **query)

    def _learn_page(self, user_id: bytes) -> int:
        known = self.trust.known_version(user_id)
        answer = self._fetch(user_id, {"from": known} if known else {})
        chain = [device_list.parse_signed(b64_decode(raw)) for raw in answer["lists"]]
        self.trust = trust.learn(self.trust, user_id, chain)
        for raw in answer["refreshes"]:
            self._learn_refresh(user_id, refresh.parse(b64_decode(raw)))
        return len(chain)

    def trusts(self, own_list: SignedDeviceList) -> None:
        """A list that this device made itself."""
        self.trust = trust.learn(self.trust, own_list.list.user_id, [own_list])

    def safety_number(self, one: bytes, other: bytes) -> str:
        a, b = self.trust.contacts[one], self.trust.contacts[other]
        return safety_number(a.user_id, a.identity_hash, b.user_id, b.identity_hash)

    def _learn_refresh(self, user_id: bytes, record: KeyRefresh) -> None:
        device = self.newest(user_id).list.device(record.device_id)
        if device is not None and record.user_id == user_id:
            refresh.verify(record, device.signing_public)
            self.refreshes.setdefault(record.device_id, {})[record.number] = record
