"""The vault's compartments: handing out boxes, and taking new versions of them.

Owns which part needs what proof. The server cannot open a box; it keeps versions apart by compare
and swap, and asks for a fresh proof of a login key where a stolen session must not be enough: to
hand out the wrap, and to replace the identity. Knows nothing of HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from errors import Conflict, NotSignedIn
from store.base import Store, VaultPart

PARTS: Final = ("wrap_password", "wrap_recovery", "identity", "book")
Kind = Literal["password", "recovery"]


@dataclass(frozen=True, slots=True)
class VaultView:
    """For a person who has proven a login key: the wrap that fits it, and both compartments."""

    wrap: VaultPart
    identity: VaultPart
    book: VaultPart


def view_of(store: Store, user_id: bytes, kind: Kind) -> VaultView:
    return VaultView(
        part_of(store, user_id, f"wrap_{kind}"),
        part_of(store, user_id, "identity"),
        part_of(store, user_id, "book"),
    )


def part_of(store: Store, user_id: bytes, part: str) -> VaultPart:
    found = store.vault_part(user_id, part)
    if found is None:
        raise NotSignedIn
    return found


class Vaults:
    def __init__(self, store: Store) -> None:
        self._store = store

    def view(self, user_id: bytes, kind: Kind) -> VaultView:
        """The caller has checked a proof of this kind just now."""
        return view_of(self._store, user_id, kind)

    def book(self, user_id: bytes) -> VaultPart:
        return part_of(self._store, user_id, "book")

    def put(self, user_id: bytes, part: str, version: int, box: bytes) -> None:
        """Raises Conflict with what stands, so that the client can merge and try again.

        The same bytes again are answered like the first time: an answer may have been lost.
        """
        try:
            self._store.put_vault_part(user_id, part, version, box)
        except Conflict:
            stands = part_of(self._store, user_id, part)
            if stands != VaultPart(version, box):
                raise Conflict(version=stands.version, box=stands.box) from None
