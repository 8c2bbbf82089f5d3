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
from crypto.errors import ListRefused


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
    if old is None:
        pinned = newest.list.identity_hash
        contact = Contact(user_id, newest.list.name, pinned, newest, seen)
    else:
        contact = replace(old, newest=newest, lists={**old.lists, **seen})
    return Trust({**trust.contacts, user_id: contact})


def accept_identity(trust: Trust, chain: Sequence[SignedDeviceList]) -> Trust:
    """The person accepted a changed identity: forget the old pin, start from this one."""
    user_id = chain[-1].list.user_id
    rest = {key: value for key, value in trust.contacts.items() if key != user_id}
    return learn(Trust(rest), user_id, chain)


def mark_verified(trust: Trust, user_id: bytes, at: int) -> Trust:
    """The two people compared their safety number at this time (milliseconds)."""
    contact = trust.contacts[user_id]
    return Trust({**trust.contacts, user_id: replace(contact, verified_at=at)})
