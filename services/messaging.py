"""The parts of the message path, put together over one store.

Owns the wiring alone. There must be one of these in a process: its writer is the one that orders.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from crypto.transcript import SealKey
from services.commits import Commits
from services.conversations import Conversations
from services.messages import Messages
from services.proofs import Proofs
from services.rosters import Rosters
from services.transcript import Tails
from services.writer import Writer
from store.base import Store


@dataclass(frozen=True, slots=True)
class Messaging:
    rosters: Rosters
    conversations: Conversations
    proofs: Proofs
    commits: Commits
    writer: Writer

    @classmethod
    def over(cls, store: Store, seal_key: SealKey, clock: Callable[[], int]) -> Messaging:
        rosters = Rosters(store)
        tails = Tails(store.conversation)
        messages = Messages(store, rosters, tails, seal_key, clock)
        commits = Commits(store, rosters, tails, seal_key, clock)
        writer = Writer(messages, commits)
        conversations = Conversations(store, rosters)
        return cls(rosters, conversations, Proofs(rosters), commits, writer)
