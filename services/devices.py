"""Device lists and key refreshes: what a person publishes and what others fetch.

Owns the rules of publishing. A list is taken only if the stored identity signed it and it follows
the stored list (PROTOCOL, 2.3), a refresh only if a device of the newest list signed it (2.4).
Clients check all of it again and trust none of it; the server checks so that an honest mistake or a
stolen session cannot put something there that every contact would refuse. Knows nothing of HTTP.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from crypto import device_list, refresh
from crypto.device_list import Device, SignedDeviceList
from crypto.errors import CryptoError
from errors import Conflict, ListRefused, NotSignedIn, RefreshRefused
from services.refusals import ClockOff, NoSuchPerson
from store.base import Store, StoredList, StoredRefresh

REFRESH_SLACK: Final = 24 * 60 * 60 * 1000
# Clients allow as much between a list and a commit that crossed with it (PROTOCOL, 4.3, step 3).
CLOCK_MS: Final = 5 * 60 * 1000
LISTS_PER_ANSWER: Final = 32


@dataclass(frozen=True, slots=True)
class Published:
    """Oldest first; the newest refresh of each device."""

    lists: list[bytes]
    refreshes: list[bytes]


class Devices:
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock

    def first_list(self, raw: bytes, user_id: bytes, name: str) -> StoredList:
        """The list that comes with a sign-up. Raises ListRefused, or ClockOff."""
        signed = _parse(raw)
        if signed.list.version != 1:
            raise ListRefused("The first device list has version 1.")
        if (signed.list.user_id, signed.list.name) != (user_id, name):
            raise ListRefused("The device list names another user id or another name.")
        self._check_time(signed.list.issued_at)
        _verify_follows(None, signed)
        return _stored(signed)

    def of(self, user_id: bytes, from_version: int | None) -> Published:
        """The newest list, or at most 32 from a version on. Raises NoSuchPerson."""
        newest = self._store.device_list(user_id)
        if newest is None:
            raise NoSuchPerson
        lists = [newest]
        if from_version is not None:
            lists = self._store.device_lists(user_id, from_version, LISTS_PER_ANSWER)
        refreshes = self._store.refreshes(user_id)
        return Published([each.raw for each in lists], [each.raw for each in refreshes])

    def publish(self, user_id: bytes, raw: bytes) -> tuple[int, bool]:
        """(version, whether it is new). Raises ListRefused, ClockOff, or Conflict with what stands.

        The same bytes again are answered like the first time: an answer may have been lost.
        """
        signed = _parse(raw)
        newest = self._newest(user_id)
        if newest.raw == raw:
            return newest.version, False
        if signed.list.version != newest.version + 1:
            raise Conflict(version=newest.version)
        self._check_time(signed.list.issued_at)
        before = device_list.parse_signed(newest.raw)
        _verify_follows(before, signed)
        self._verify_keys_for_ever(before, signed)
        try:
            self._store.put_device_list(_stored(signed))
        except Conflict:
            raise Conflict(version=self._newest(user_id).version) from None
        return signed.list.version, True

    def _verify_keys_for_ever(self, before: SignedDeviceList, signed: SignedDeviceList) -> None:
        """An id that was removed may come back, and only with the keys that it had. Whoever fetches
        a few lists alone cannot see that, so nobody else would refuse it (PROTOCOL, 2.3)."""
        newcomers = {
            d.device_id: d for d in signed.list.devices if not before.list.device(d.device_id)
        }
        if not newcomers:
            return
        for old in self._history(signed.list.user_id):
            for device in old.list.devices:
                again = newcomers.get(device.device_id)
                if again is not None and _keys(again) != _keys(device):
                    raise ListRefused("A device id that was used before has other keys now.")

    def _history(self, user_id: bytes) -> Iterator[SignedDeviceList]:
        """All lists, a portion in memory at a time."""
        version = 1
        while portion := self._store.device_lists(user_id, version, LISTS_PER_ANSWER):
            yield from (device_list.parse_signed(each.raw) for each in portion)
            version = portion[-1].version + 1

    def publish_refresh(self, user_id: bytes, raw: bytes) -> None:
        """Raises RefreshRefused, or Conflict when a higher number stands."""
        try:
            record = refresh.parse(raw)
            self._check_signer(user_id, record)
        except CryptoError as error:
            raise RefreshRefused(_sentence(error)) from None
        if record.issued_at > self._clock() + REFRESH_SLACK:
            raise RefreshRefused("The key refresh is from the future. Set this device's clock.")
        stored = StoredRefresh(user_id, record.device_id, record.number, raw)
        if stored not in self._store.refreshes(user_id):
            self._store.put_refresh(stored)

    def _check_signer(self, user_id: bytes, record: refresh.KeyRefresh) -> None:
        current = device_list.parse_signed(self._newest(user_id).raw).list
        device = current.device(record.device_id)
        if record.user_id != user_id or device is None:
            raise RefreshRefused("The key refresh is not of one of your devices.")
        refresh.verify(record, device.signing_public)

    def _newest(self, user_id: bytes) -> StoredList:
        newest = self._store.device_list(user_id)
        if newest is None:
            raise NotSignedIn
        return newest

    def _check_time(self, issued_at: int) -> None:
        """A list from ahead would excuse commits that ignore it, one from behind would turn honest
        commits into attacks. issued_at never decreases, so ahead would also refuse later lists."""
        now = self._clock()
        if abs(now - issued_at) > CLOCK_MS:
            raise ClockOff(server_time=now)


def _parse(raw: bytes) -> SignedDeviceList:
    try:
        return device_list.parse_signed(raw)
    except CryptoError as error:
        raise ListRefused(_sentence(error)) from None


def _verify_follows(old: SignedDeviceList | None, new: SignedDeviceList) -> None:
    try:
        device_list.verify_successor(old, [new])
    except CryptoError as error:
        raise ListRefused(_sentence(error)) from None


def _keys(device: Device) -> tuple[bytes, bytes]:
    return device.kem_public, device.signing_public


def _stored(signed: SignedDeviceList) -> StoredList:
    return StoredList(signed.list.user_id, signed.list.version, signed.hash, signed.raw)


def _sentence(error: CryptoError) -> str:
    text = str(error)
    return f"{text[:1].upper()}{text[1:]}."
