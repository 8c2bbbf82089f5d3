"""Commits: what the server asks before a commit starts an epoch.

Owns the rules of PROTOCOL 4.3 as far as public data goes: who commits, on top of what, for which
devices. Knows no secret of an epoch: whether an entry opens and the tag confirms is for the
devices to find out. What needs a signature check takes a thread of its own (`prepare`); what
depends on the end of the transcript happens in the one thread that writes (`accept`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from crypto import commit as commits
from crypto.commit import Commit
from crypto.device_list import SignedDeviceList
from crypto.errors import CryptoError
from crypto.labels import VERSION
from crypto.transcript import COMMIT, SealKey, content_hash
from crypto.wire import b64_encode
from errors import Conflict, CryptexqError
from services.messages import Accepted
from services.refusals import (
    ClockOff,
    CommitRefused,
    EpochTaken,
    ForeignDevice,
    Malformed,
    ModeUnavailable,
    NoSuchConversation,
    Overloaded,
    RosterStale,
    UnknownVersion,
    WrongParent,
)
from services.rosters import Rosters
from services.transcript import Content, Tail, Tails
from store.base import EpochState, NewCommit, Store

CLOCK_MS = 5 * 60 * 1000
MODES = frozenset({commits.HYBRID})
NO_COMMIT = EpochState(0, commits.NO_HASH, frozenset(), 0)
# Lost races against other processes; beyond this, later.
ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Offer:
    """A parsed commit that a user wants accepted, with the sealed entry of each device."""

    user_id: bytes
    conversation_id: bytes
    commit: Commit
    commit_hash: bytes
    sealed: Mapping[bytes, bytes]


# -- parsing, at the edge -----------------------------------------------------


def parse(
    user_id: bytes, conversation_id: bytes, raw: bytes, sealed: Mapping[bytes, bytes]
) -> Offer:
    if raw and raw[0] != VERSION:
        raise UnknownVersion
    try:
        commit = commits.parse_commit(raw)
        hashes = {device_id: commits.entry_hash(entry) for device_id, entry in sealed.items()}
    except CryptoError as wrong:
        raise Malformed(f"The commit was refused: {wrong}.") from wrong
    if commit.core.conversation != conversation_id:
        raise Malformed("The commit is for another conversation than it was sent to.")
    if hashes != {ref.device_id: ref.entry_hash for ref in commit.refs}:
        raise CommitRefused("The entries are not exactly those that the commit names.")
    return Offer(user_id, conversation_id, commit, commits.commit_hash(commit), sealed)


# -- the rules ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """All that a rule may look at. `lists`: each member's current list; `parent`: the accepted
    commit, NO_COMMIT before the first."""

    tail: Tail
    lists: Mapping[bytes, SignedDeviceList]
    user_id: bytes
    commit: Commit
    now: int

    @property
    def parent(self) -> EpochState:
        return self.tail.current or NO_COMMIT

    def current_devices(self) -> list[bytes]:
        return [device.device_id for each in self.lists.values() for device in each.list.devices]


def user_is_a_member(case: Case) -> None:
    if case.user_id not in case.tail.members:
        raise NoSuchConversation


def committer_is_the_user(case: Case) -> None:
    core = case.commit.core
    if core.committer_user != case.user_id:
        raise ForeignDevice("A commit is published by the person who made it.")
    if case.lists[case.user_id].list.device(core.committer_device) is None:
        raise ForeignDevice


def mode_is_available(case: Case) -> None:
    if case.commit.core.mode not in MODES:
        raise ModeUnavailable


def clock_is_right(case: Case) -> None:
    if abs(case.now - case.commit.core.created_at) > CLOCK_MS:
        raise ClockOff(server_time=case.now)


def epoch_is_the_next(case: Case) -> None:
    epoch = case.commit.core.epoch
    if epoch <= case.parent.epoch:
        raise EpochTaken(epoch=case.parent.epoch, n=case.tail.n)
    if epoch != case.parent.epoch + 1:
        raise WrongParent(epoch=case.parent.epoch)


def parent_is_the_one_that_stands(case: Case) -> None:
    if case.commit.core.previous_hash != case.parent.commit_hash:
        raise WrongParent(epoch=case.parent.epoch)


def committer_can_continue(case: Case) -> None:
    """Who was not in the epoch before cannot hold its chain secret."""
    core = case.commit.core
    if core.kind == commits.NORMAL and core.committer_device not in case.parent.devices:
        raise CommitRefused("A device that was not in the last epoch can only restart.")


def members_are_the_conversations(case: Case) -> None:
    members = {member.user_id for member in case.commit.core.members}
    if members != set(case.tail.members):
        raise CommitRefused("The members are not those of the conversation.")


def lists_are_current(case: Case) -> None:
    for member in case.commit.core.members:
        current = case.lists[member.user_id]
        if member.list_version != current.list.version:
            versions = {b64_encode(user): each.list.version for user, each in case.lists.items()}
            raise RosterStale(versions=versions)
        if (member.list_hash, member.identity_hash) != (current.hash, current.list.identity_hash):
            raise CommitRefused("A named device list is not the one that is published.")


def refs_are_exactly_the_devices(case: Case) -> None:
    devices = case.current_devices()
    if len(set(devices)) != len(devices):
        raise CommitRefused("A device id stands in the lists of two members.")
    if case.commit.devices() != set(devices):
        raise CommitRefused("The entries are not for exactly the devices of the members.")


def joiners_are_exactly_the_new(case: Case) -> None:
    """In a restart everybody gets the seed, which the parser has seen to."""
    if case.commit.core.kind == commits.RESTART:
        return
    for ref in case.commit.refs:
        if (ref.kind == commits.JOINER) == (ref.device_id in case.parent.devices):
            raise CommitRefused("A joiner is for a device that was not in the last epoch.")


RULES: tuple[Callable[[Case], None], ...] = (
    user_is_a_member,
    committer_is_the_user,
    mode_is_available,
    clock_is_right,
    epoch_is_the_next,
    parent_is_the_one_that_stands,
    committer_can_continue,
    members_are_the_conversations,
    lists_are_current,
    refs_are_exactly_the_devices,
    joiners_are_exactly_the_new,
)


def check(case: Case) -> None:
    """Raises the refusal of the first rule that is broken. The signature: see `prepare`."""
    for rule in RULES:
        rule(case)


# -- accepting ----------------------------------------------------------------


class Commits:
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

    def prepare(self, offer: Offer) -> None:
        """Raises unless the commit keeps the rules now and its device signed it. Needs a thread."""
        case = self._case(offer)
        if self._stands(case.tail, offer):
            return
        check(case)
        core = offer.commit.core
        device = case.lists[core.committer_user].list.device(core.committer_device)
        if device is None:
            raise ForeignDevice
        try:
            commits.verify_signature(offer.commit, device.signing_public)
        except CryptoError as wrong:
            raise CommitRefused("The signature of the commit does not hold.") from wrong

    def accept(self, offer: Offer) -> Accepted | CryptexqError:
        """Number, seal and store a prepared commit; runs in the thread that writes."""
        for _ in range(ATTEMPTS):
            try:
                return self._accept(offer)
            except Conflict:
                continue
            except CryptexqError as refusal:
                return refusal
            finally:
                self._tails.drop(offer.conversation_id)
        return Overloaded()

    def _accept(self, offer: Offer) -> Accepted:
        case = self._case(offer)
        again = self._stands(case.tail, offer)
        if again is not None:
            return again
        # Again, because the lists or the epoch may have moved on since `prepare`.
        check(case)
        core = offer.commit.core
        entry = case.tail.extend(_content(offer), self._seal_key, case.now)
        epoch = EpochState(core.epoch, offer.commit_hash, offer.commit.devices(), entry.received_at)
        self._store.append_commit(NewCommit(entry, epoch, dict(offer.sealed)))
        return Accepted(entry, case.tail.members)

    def _case(self, offer: Offer) -> Case:
        state = self._store.conversation(offer.conversation_id)
        if state is None or offer.user_id not in state.members:
            raise NoSuchConversation
        lists = {user_id: self._rosters.current(user_id) for user_id in state.members}
        return Case(Tail.of(state), lists, offer.user_id, offer.commit, self._clock())

    def _stands(self, tail: Tail, offer: Offer) -> Accepted | None:
        """The first acceptance, if these very bytes are the commit that stands: the client may
        never have seen the answer."""
        if tail.current is None or tail.current.commit_hash != offer.commit_hash:
            return None
        core = offer.commit.core
        entry = self._store.entry_by_seq(tail.conversation_id, core.epoch, core.committer_device, 0)
        return Accepted(entry, tail.members, again=True) if entry else None


def _content(offer: Offer) -> Content:
    core, raw = offer.commit.core, offer.commit.raw
    return Content(
        COMMIT,
        offer.user_id,
        core.epoch,
        core.committer_device,
        0,
        raw,
        content_hash(raw),
        offer.commit.tag,
    )
