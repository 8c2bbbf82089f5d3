"""Whom this device believes: pinned identities and the device lists that they signed.

Pure. Lists come from the server, which may lie: nothing enters here unless it continues what was
seen before (PROTOCOL 2.3). The first sight of a person is trust on first use; what protects it is
the safety number that two people compare.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from crypto import device_list
from crypto.device_list import SignedDeviceList
from crypto.errors import IdentityChanged, ListRefused


@dataclass(frozen=True, slots=True)
class Contact:
    """One person as this device knows them, with all verified lists by version."""

    user_id: bytes
    name: str
    identity_hash: bytes
    newest: SignedDeviceList
    lists: Mapping[int, SignedDeviceList]
    verified_at: int = 0


@dataclass(frozen=True, slots=True)
class Trust:
    contacts: Mapping[bytes, Contact] = field(default_factory=dict)

    def contact(self, user_id: bytes) -> Contact | None:
        return self.contacts.get(user_id)

    def known_version(self, user_id: bytes) -> int:
        contact = self.contacts.get(user_id)
        return contact.newest.list.version if contact else 0

    def list(self, user_id: bytes, version: int) -> SignedDeviceList | None:
        """The verified list of that version, or None if it must be fetched."""
        contact = self.contacts.get(user_id)
        return contact.lists.get(version) if contact else None


def learn(trust: Trust, user_id: bytes, chain: Sequence[SignedDeviceList]) -> Trust:
    """Take newer lists of a person, oldest first; the first sight pins the identity.

    Raises ListRefused or IdentityChanged (crypto.errors) and changes nothing.
    """
    old = trust.contact(user_id)
    newest = device_list.verify_successor(old.newest if old else None, chain)
    if newest.list.user_id != user_id:
        raise ListRefused("the list is of another person")
    seen = {item.list.version: item for item in chain}
    device_list.verify_keys_kept([*(old.lists.values() if old else ()), *chain])
    if old is None:
        pinned = newest.list.identity_hash
        contact = Contact(user_id, newest.list.name, pinned, newest, seen)
    else:
        contact = replace(old, newest=newest, lists={**old.lists, **seen})
    return Trust({**trust.contacts, user_id: contact})


def learn_past(trust: Trust, user_id: bytes, chain: Sequence[SignedDeviceList]) -> Trust:
    """Take lists from before the first sight of a person, oldest first, ending with the oldest
    known one: each names the hash of the one before, so that one vouches for all of them."""
    contact = trust.contacts[user_id]
    oldest = contact.lists[min(contact.lists)]
    if device_list.verify_successor(None, chain).hash != oldest.hash:
        raise ListRefused("these lists do not lead to the one that is known")
    device_list.verify_keys_kept([*chain, *contact.lists.values()])
    lists = {**{item.list.version: item for item in chain}, **contact.lists}
    return Trust({**trust.contacts, user_id: replace(contact, lists=lists)})


def accept_identity(
    trust: Trust, user_id: bytes, offered: bytes, chain: Sequence[SignedDeviceList]
) -> Trust:
    """The person accepted the identity with the hash `offered`: forget the old pin and every mark.

    Raises IdentityChanged if the chain is under yet another one.
    """
    rest = {key: value for key, value in trust.contacts.items() if key != user_id}
    accepted = learn(Trust(rest), user_id, chain)
    if accepted.contacts[user_id].identity_hash != offered:
        raise IdentityChanged("this is not the identity that was accepted")
    return accepted


def mark_verified(trust: Trust, user_id: bytes, at: int) -> Trust:
    """The two people compared their safety number at this time (milliseconds)."""
    contact = trust.contacts[user_id]
    return Trust({**trust.contacts, user_id: replace(contact, verified_at=at)})
