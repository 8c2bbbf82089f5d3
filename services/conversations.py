"""Conversations of a person: starting one, listing them, reading their entries.

Owns who may see what. A conversation is found through its members or not at all: one that somebody
else is in looks exactly like one that does not exist. Calls block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto import transcript
from crypto.identity import direct_conversation_id
from crypto.transcript import COMMIT
from services.refusals import ForeignDevice, NoSuchConversation, NoSuchPerson, WithOneself
from services.rosters import Rosters
from store.base import ConversationState, Entry, Store

PAGE = 200
# Bounds what one request costs us and makes the client wait for; at least one entry always comes.
PAGE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Summary:
    """A conversation and the names of its people."""

    state: ConversationState
    names: dict[bytes, str]


@dataclass(frozen=True, slots=True)
class Started:
    """`new` is False if the two people had this conversation before."""

    conversation_id: bytes
    names: dict[bytes, str]
    new: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in order, the sealed entry of the asking device for each epoch that a commit among
    them opens, and the newest n that exists."""

    entries: list[Entry]
    sealed: dict[int, bytes]
    n: int


class Conversations:
    def __init__(self, store: Store, rosters: Rosters) -> None:
        self._store = store
        self._rosters = rosters

    def start(self, user_id: bytes, other_id: bytes, now: int) -> Started:
        """The one conversation of these two people."""
        if user_id == other_id:
            raise WithOneself
        members = sorted((user_id, other_id))
        names = self._store.names(members)
        if other_id not in names:
            raise NoSuchPerson
        conversation_id = direct_conversation_id(user_id, other_id)
        head = transcript.start(conversation_id)
        new = self._store.create_conversation(conversation_id, members, head, now)
        return Started(conversation_id, names, new)

    def of(self, user_id: bytes) -> list[Summary]:
        states = self._store.conversations_of(user_id)
        everybody = {member for state in states for member in state.members}
        names = self._store.names(sorted(everybody))
        return [
            Summary(state, {member: names[member] for member in state.members}) for state in states
        ]

    def contacts(self, user_id: bytes) -> set[bytes]:
        """Everybody who shares a conversation with this person."""
        return self._store.contacts_of(user_id)

    def page(
        self, user_id: bytes, conversation_id: bytes, after: int, device_id: bytes, limit: int
    ) -> Page:
        """Entries after n = `after`, as `device_id` of this person needs them."""
        state = self._open(user_id, conversation_id)
        if device_id not in self._rosters.device_ids(user_id):
            raise ForeignDevice
        limit = max(1, min(limit, PAGE))
        entries = _within_bounds(self._store.entries(conversation_id, after, limit))
        epochs = [entry.epoch for entry in entries if entry.kind == COMMIT]
        sealed = self._store.sealed_entries(conversation_id, device_id, epochs) if epochs else {}
        newest = entries[-1].n if entries else 0
        return Page(entries, sealed, max(state.n, newest))

    def _open(self, user_id: bytes, conversation_id: bytes) -> ConversationState:
        state = self._store.conversation(conversation_id)
        if state is None or user_id not in state.members:
            raise NoSuchConversation
        return state


def _within_bounds(entries: Sequence[Entry]) -> list[Entry]:
    size = 0
    for count, entry in enumerate(entries, 1):
        size += len(entry.raw)
        if size > PAGE_BYTES and count > 1:
            return list(entries[: count - 1])
    return list(entries)
