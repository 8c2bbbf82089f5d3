"""The end of a conversation's transcript, and how one more entry is put onto it (PROTOCOL, 7).

Owns the arithmetic of n, received_at, head and seal on the server. Knows no rule about who may
write, and no store: a `Tail` is a working copy of stored state, thrown away when it turns out that
somebody else wrote first.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from crypto import transcript
from store.base import ConversationState, Entry, EpochState


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry is made of before it has a place. `tag` is the envelope's or the commit's."""

    kind: int
    sender: bytes
    epoch: int
    device_id: bytes
    seq: int
    raw: bytes
    content_hash: bytes
    tag: bytes


@dataclass(slots=True)
class Tail:
    """ConversationState that moves on as entries are drafted on top of it."""

    conversation_id: bytes
    members: tuple[bytes, ...]
    n: int
    head: bytes
    received_at: int
    current: EpochState | None
    previous: EpochState | None
    last_seq: dict[tuple[int, bytes], int]

    @classmethod
    def of(cls, state: ConversationState) -> Tail:
        return cls(
            state.conversation_id,
            state.members,
            state.n,
            state.head,
            state.received_at,
            state.current,
            state.previous,
            dict(state.last_seq),
        )

    @property
    def epoch(self) -> int:
        return self.current.epoch if self.current else 0

    def last(self, epoch: int, device_id: bytes) -> int:
        return self.last_seq.get((epoch, device_id), 0)

    def extend(self, content: Content, seal_key: transcript.SealKey, now: int) -> Entry:
        """Draft the next entry and step onto it. A clock that steps back never takes us with it."""
        self.n += 1
        self.received_at = max(self.received_at, now)
        self.head = transcript.next_head(
            self.head,
            self.n,
            self.received_at,
            content.kind,
            content.sender,
            content.content_hash,
        )
        self.last_seq[content.epoch, content.device_id] = content.seq
        return Entry(
            self.conversation_id,
            self.n,
            self.received_at,
            content.kind,
            content.sender,
            content.epoch,
            content.device_id,
            content.seq,
            content.content_hash,
            self.head,
            transcript.seal(seal_key, self.head, content.tag),
            content.raw,
        )


class Tails:
    """The tails of busy conversations, so that a message costs no read.

    Whoever accepts on a tail from here must compare and swap when storing, and whoever refuses must
    first `drop` it and judge again: what is kept may be older than what is stored.
    """

    def __init__(
        self, load: Callable[[bytes], ConversationState | None], size: int = 10_000
    ) -> None:
        self._load = load
        self._size = size
        self._kept: OrderedDict[bytes, Tail] = OrderedDict()

    def kept(self, conversation_id: bytes) -> Tail | None:
        tail = self._kept.get(conversation_id)
        if tail is not None:
            self._kept.move_to_end(conversation_id)
        return tail

    def load(self, conversation_id: bytes) -> Tail | None:
        """Read it from the store. What does not exist is not remembered: ids are the client's."""
        state = self._load(conversation_id)
        if state is None:
            return None
        tail = self._kept[conversation_id] = Tail.of(state)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return tail

    def drop(self, conversation_id: bytes) -> None:
        self._kept.pop(conversation_id, None)
