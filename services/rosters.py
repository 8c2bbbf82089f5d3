"""Which devices a person has now: what commits, messages and proofs are compared with.

Owns the reading of stored device lists. A list was verified when it was stored, so it is parsed
here and not verified again. The set of a person's device ids is kept in memory, because every
message asks for it; `forget` must be called when a list changes. Public keys are not kept: they are
two kilobytes each and asked for once per connect or commit.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from crypto.device_list import SignedDeviceList, parse_signed
from services.refusals import NoSuchPerson
from store.base import Store


class Rosters:
    def __init__(self, store: Store, size: int = 50_000) -> None:
        self._store = store
        self._size = size
        self._device_ids: OrderedDict[bytes, frozenset[bytes]] = OrderedDict()
        self._changes = 0

    def current(self, user_id: bytes) -> SignedDeviceList:
        """The newest list, read from the store, never from memory."""
        stored = self._store.device_list(user_id)
        if stored is None:
            raise NoSuchPerson
        return parse_signed(stored.raw)

    def device_ids(self, user_id: bytes) -> frozenset[bytes]:
        known = self._device_ids.get(user_id)
        return self._remember(user_id) if known is None else known

    def device_ids_of(self, members: Sequence[bytes]) -> frozenset[bytes]:
        """Of all of them together."""
        return frozenset().union(*map(self.device_ids, members))

    def forget(self, user_id: bytes) -> None:
        """The list has changed. May be called from any thread."""
        self._changes += 1
        self._device_ids.pop(user_id, None)

    def _remember(self, user_id: bytes) -> frozenset[bytes]:
        before = self._changes
        ids = frozenset(device.device_id for device in self.current(user_id).list.devices)
        self._device_ids[user_id] = ids
        # Checked after it was put there: a list that changed while it was read must not stay, and
        # whoever changes it from now on takes it out.
        if before != self._changes:
            self._device_ids.pop(user_id, None)
        elif len(self._device_ids) > self._size:
            self._device_ids.popitem(last=False)
        return ids
