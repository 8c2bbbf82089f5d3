"""Messages and receipts: what the server asks of each envelope, and how many are stored at once.

Owns the order of the checks (PROTOCOL, sections 5 to 7) and the accepting of a batch. Never
decrypts: what it reads is the header, and of the rest its length and its hash. Runs in the one
thread that writes transcripts (see `writer`), so nothing here is locked.

An acceptance may rest on a remembered tail, because the store compares when it appends. A refusal
may not: the tail is dropped and the envelope judged again on what is stored.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from crypto import envelope
from crypto.aead import GCM_TAG
from crypto.errors import CryptoError
from crypto.labels import TAG, VERSION
from crypto.transcript import MESSAGE, RECEIPT, SealKey, content_hash
from errors import CryptexqError
from services.refusals import (
    ClockOff,
    ForeignDevice,
    Malformed,
    NotAMember,
    NotStored,
    NumberTaken,
    Overloaded,
    RosterStale,
    StaleEpoch,
    TooLarge,
    UnknownVersion,
    WrongCommit,
)
from services.rosters import Rosters
from services.transcript import Content, Tail, Tails
from store.base import Entry, EpochState, Store

log = logging.getLogger(__name__)

CLOCK_MS = 5 * 60 * 1000
OLD_EPOCH_MS = 2 * 60 * 1000
# A conversation that others write to at the same time is tried again; beyond this, later.
ROUNDS = 4
MAX_ENVELOPE = envelope.HEADER + 4 + envelope.PADDED[-1] + GCM_TAG + TAG
KIND_OF_TYPE = {envelope.MESSAGE: MESSAGE, envelope.RECEIPT: RECEIPT}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One envelope from a proven device, parsed. `header` is public data."""

    user_id: bytes
    header: envelope.Header
    content: Content

    @property
    def conversation_id(self) -> bytes:
        return self.header.conversation


@dataclass(frozen=True, slots=True)
class Accepted:
    """What was stored, and for whom. `again`: it had been stored before, nobody needs telling."""

    entry: Entry
    members: tuple[bytes, ...]
    again: bool = False


Result = Accepted | CryptexqError


# -- parsing, at the edge -----------------------------------------------------


def parse(user_id: bytes, device_id: bytes, conversation_id: bytes, raw: bytes) -> Incoming:
    """Read an envelope that `device_id` of `user_id`, as proven on its socket, sent."""
    if len(raw) > MAX_ENVELOPE:
        raise TooLarge
    if raw and raw[0] != VERSION:
        raise UnknownVersion
    try:
        parsed = envelope.parse_envelope(raw)
    except CryptoError as wrong:
        raise Malformed(f"The envelope was refused: {wrong}.") from wrong
    header = parsed.header
    if header.conversation != conversation_id:
        raise Malformed("The envelope is for another conversation than it was sent to.")
    if header.device_id != device_id:
        raise ForeignDevice("Each device sends its own envelopes, under its own id.")
    return Incoming(user_id, header, _content(user_id, header, raw, parsed.tag))


def _content(user_id: bytes, header: envelope.Header, raw: bytes, tag: bytes) -> Content:
    return Content(
        KIND_OF_TYPE[header.type],
        user_id,
        header.epoch,
        header.device_id,
        header.seq,
        raw,
        content_hash(raw),
        tag,
    )


# -- the rules ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at. `devices`: the user's current ones; `everybodys`: those of all
    members; `named`: the epoch that the header names, if that one still takes messages."""

    tail: Tail
    user_id: bytes
    devices: frozenset[bytes]
    everybodys: frozenset[bytes]
    header: envelope.Header
    now: int
    named: EpochState | None


def is_a_member(case: Case) -> None:
    if case.user_id not in case.tail.members:
        raise NotAMember


def is_own_device(case: Case) -> None:
    if case.header.device_id not in case.devices:
        raise ForeignDevice


def epoch_takes_messages(case: Case) -> None:
    if case.named is None:
        raise StaleEpoch(epoch=case.tail.epoch)


def device_is_in_the_epoch(case: Case) -> None:
    """In the current one too, when it writes for the one before: whoever was left out must not go
    on for two minutes."""
    for state in (case.named, case.tail.current):
        if state is None or case.header.device_id not in state.devices:
            raise ForeignDevice("This device is not part of the current epoch. Commit first.")


def commit_is_the_one_that_stands(case: Case) -> None:
    if case.named is None or case.header.commit_hash != case.named.commit_hash[:16]:
        raise WrongCommit


def epoch_has_everybodys_devices(case: Case) -> None:
    """Whoever missed that a device was removed would go on writing so that it can read. Told here,
    by each of their messages, they commit first. The current epoch counts for the previous too."""
    if case.tail.current is None or case.tail.current.devices != case.everybodys:
        raise RosterStale(
            "Fetch the device lists of the members, commit, then send the message again."
        )


def number_is_new(case: Case) -> None:
    last = case.tail.last(case.header.epoch, case.header.device_id)
    if case.header.seq <= last:
        raise NumberTaken(last_seq=last)


def clock_is_right(case: Case) -> None:
    if abs(case.now - case.header.sent_at) > CLOCK_MS:
        raise ClockOff(server_time=case.now)


RULES: tuple[Callable[[Case], None], ...] = (
    is_a_member,
    is_own_device,
    epoch_takes_messages,
    device_is_in_the_epoch,
    commit_is_the_one_that_stands,
    epoch_has_everybodys_devices,
    number_is_new,
    clock_is_right,
)


def check(case: Case) -> None:
    """Raises the refusal of the first rule that is broken. Version and size: see `parse`."""
    for rule in RULES:
        rule(case)


def named_epoch(tail: Tail, epoch: int, now: int) -> EpochState | None:
    """The current epoch, or for two minutes after its commit the one before it."""
    current, previous = tail.current, tail.previous
    if current is not None and epoch == current.epoch:
        return current
    if current is None or previous is None or epoch != previous.epoch:
        return None
    return previous if now - current.received_at <= OLD_EPOCH_MS else None


# -- a batch ------------------------------------------------------------------


@dataclass(slots=True)
class Round:
    """One attempt. `fresh`: whose tails were read in it; `held`: whose envelopes wait for the next;
    `drafts`: what is to be stored at its end."""

    now: int
    fresh: set[bytes] = field(default_factory=set)
    held: set[bytes] = field(default_factory=set)
    drafts: dict[tuple[bytes, int, bytes, int], Entry] = field(default_factory=dict)


class Messages:
    def __init__(
        self,
        store: Store,
        rosters: Rosters,
        tails: Tails,
        seal_key: SealKey,
        clock: Callable[[], int],
    ) -> None:
        self._store = store
        self._rosters = rosters
        self._tails = tails
        self._seal_key = seal_key
        self._clock = clock

    def accept_batch(self, pending: Sequence[Incoming]) -> list[Result]:
        """Check, number, seal and store them in one durable step. One result for each, in order;
        within a conversation that is also the order of n."""
        results: list[Result | None] = [None] * len(pending)
        waiting: Sequence[int] = range(len(pending))
        for _ in range(ROUNDS):
            waiting = self._attempt(pending, waiting, results)
            if not waiting:
                break
        return [Overloaded() if result is None else result for result in results]

    def _attempt(
        self, pending: Sequence[Incoming], waiting: Sequence[int], results: list[Result | None]
    ) -> list[int]:
        """Settle what can be settled in one round; returns what must be judged again."""
        attempt = Round(self._clock())
        for i in waiting:
            results[i] = self._judge(pending[i], attempt)
        failed = self._store_drafts(attempt)
        for conversation_id in attempt.held:
            self._tails.drop(conversation_id)
        if failed:
            for i in waiting:
                results[i] = _after_failure(results[i], failed)
        return [i for i in waiting if results[i] is None]

    def _judge(self, item: Incoming, attempt: Round) -> Result | None:
        conversation_id = item.conversation_id
        if conversation_id in attempt.held:
            return None
        try:
            return self._take(item, self._tail(conversation_id, attempt), attempt)
        except CryptexqError as refusal:
            if conversation_id in attempt.fresh:
                return refusal
            # Later envelopes of the conversation wait too, or they would overtake this one.
            attempt.held.add(conversation_id)
            return None

    def _tail(self, conversation_id: bytes, attempt: Round) -> Tail:
        tail = self._tails.kept(conversation_id)
        if tail is None:
            attempt.fresh.add(conversation_id)
            tail = self._tails.load(conversation_id)
        if tail is None:
            raise NotAMember
        return tail

    def _take(self, item: Incoming, tail: Tail, attempt: Round) -> Accepted:
        header = item.header
        if _may_be_stored(tail, header):
            again = self._find(item, attempt)
            if again is not None:
                return Accepted(again, tail.members, again=True)
        devices = self._rosters.device_ids(item.user_id)
        everybodys = self._rosters.device_ids_of(tail.members)
        named = named_epoch(tail, header.epoch, attempt.now)
        check(Case(tail, item.user_id, devices, everybodys, header, attempt.now, named))
        entry = tail.extend(item.content, self._seal_key, attempt.now)
        attempt.drafts[_key(header)] = entry
        return Accepted(entry, tail.members)

    def _find(self, item: Incoming, attempt: Round) -> Entry | None:
        """The entry that these same bytes of this same sender became, if they did."""
        key = _key(item.header)
        entry = attempt.drafts.get(key) or self._store.entry_by_seq(*key)
        if entry is None or entry.sender != item.user_id:
            return None
        return entry if entry.content_hash == item.content.content_hash else None

    def _store_drafts(self, attempt: Round) -> dict[tuple[bytes, int], CryptexqError | None]:
        """Which drafts (conversation, n) were not stored: None where another attempt may help."""
        drafts = list(attempt.drafts.values())
        if not drafts:
            return {}
        stored, problem = self._append(drafts)
        lost = [draft for draft, ok in zip(drafts, stored, strict=True) if not ok]
        for draft in lost:
            self._tails.drop(draft.conversation_id)
        return {(draft.conversation_id, draft.n): problem for draft in lost}

    def _append(self, drafts: list[Entry]) -> tuple[list[bool], CryptexqError | None]:
        nothing = [False] * len(drafts)
        try:
            return self._store.append(drafts), None
        except CryptexqError as problem:
            return nothing, problem
        except Exception:
            log.exception("a batch of %d could not be stored", len(drafts))
            return nothing, NotStored()


def _after_failure(
    result: Result | None, failed: dict[tuple[bytes, int], CryptexqError | None]
) -> Result | None:
    """An acceptance whose draft was not stored is none."""
    if not isinstance(result, Accepted):
        return result
    place = (result.entry.conversation_id, result.entry.n)
    return failed.get(place, result)


def _key(header: envelope.Header) -> tuple[bytes, int, bytes, int]:
    return (header.conversation, header.epoch, header.device_id, header.seq)


def _may_be_stored(tail: Tail, header: envelope.Header) -> bool:
    """True if the number was used, or belongs to an epoch whose numbers are not at hand."""
    oldest = tail.previous or tail.current
    if oldest is not None and header.epoch < oldest.epoch:
        return True
    return header.seq <= tail.last(header.epoch, header.device_id)
