"""Taking a commit: the checks of PROTOCOL 4.3 in their order, then the new epoch.

Pure. What cannot be authenticated (its place, its roster, its signature) has no effect at all: the
server could have made it, so nothing of it may be remembered, least of all a key to seal to. A
commit that a member really made and that cannot be taken (its entry does not open) is followed by
its public part without its secrets, and the session is broken: everybody goes on from there, so
pretending that it does not exist would lead nowhere. Only a restart that the person agreed to
mends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from client.events import (
    Broken,
    Delivered,
    EpochOpened,
    Event,
    ForgedSender,
    Held,
    Misplaced,
    NeedLists,
    Refused,
    World,
)
from client.session import (
    CLOCK_MS,
    KEPT_EPOCHS,
    Epoch,
    Me,
    OwnKey,
    Peer,
    Session,
)
from client.trust import Contact
from crypto import commit as commits
from crypto import epoch as epochs
from crypto import kem, roster
from crypto.chain import ReceivingChain, SendingChain
from crypto.commit import Commit, Member
from crypto.device_list import SignedDeviceList
from crypto.errors import CryptoError, ForkDetected, KeyMissing, Replay, RosterRefused
from crypto.refresh import CommitKey

HARMLESS = frozenset({"broken", "key_missing"})


@dataclass(frozen=True, slots=True)
class _Judged:
    """A commit that passed every check on public data."""

    commit: Commit
    digest: bytes
    lists: Mapping[bytes, SignedDeviceList]
    reading_only: str | None


def take_commit(session: Session, entry: Delivered, me: Me, world: World) -> tuple[Session, Event]:
    """The session after this commit. Raises CryptoError (no effect), NeedLists or Held."""
    commit = commits.parse_commit(entry.raw)
    digest = commits.commit_hash(commit)
    _check_place(session, commit, digest, entry, world)
    judged = _judge(session, commit, digest, entry, world)
    check_seen(session, commit.core.seen_n, commit.core.seen_head, entry.n)
    if me.device_id not in commit.devices():
        return _follow(session, commit, digest, entry), _opened(entry, commit, readable=False)
    try:
        return _enter(session, judged, entry, me, world)
    except CryptoError as error:
        broken = replace(_follow(session, commit, digest, entry), broken=True)
        return broken, Refused(entry.n, entry.kind, error.code, error.code not in HARMLESS)


def _check_place(
    session: Session, commit: Commit, digest: bytes, entry: Delivered, world: World
) -> None:
    core = commit.core
    if core.conversation != session.conversation:
        raise Misplaced("another conversation")
    if core.committer_user != entry.sender:
        raise ForgedSender("commit")
    known = session.accepted.get(core.epoch)
    if known == digest:
        raise Replay("commit")
    if known is not None:
        # Only a device can contradict itself or another; anybody can make up bytes.
        _authenticate(commit, world)
        raise ForkDetected("two commits for one epoch")
    newest = max(session.accepted, default=0)
    if core.epoch != newest + 1 or core.previous_hash != session.accepted.get(newest, bytes(32)):
        raise Misplaced("not on the accepted commit")


def _authenticate(commit: Commit, world: World) -> None:
    """The committer's list, as the commit names it, and the signature by the device in it."""
    _check_identities(commit, world)
    own = _named_lists(commit, world)[commit.core.committer_user]
    device = own.list.device(commit.core.committer_device)
    if device is None:
        raise RosterRefused("the committing device stands in no list")
    commits.verify_signature(commit, device.signing_public)


def check_seen(session: Session, seen_n: int, seen_head: bytes, n: int) -> None:
    """What another device saw must be what we saw; heads too old to be kept cannot be compared."""
    if seen_n >= n:
        raise ForkDetected("it has seen what does not exist here")
    ours = session.heads.get(seen_n)
    if ours is not None and ours != seen_head:
        raise ForkDetected("another history")


def _judge(
    session: Session, commit: Commit, digest: bytes, entry: Delivered, world: World
) -> _Judged:
    """Everything about a commit that its bytes, the lists and the clock tell."""
    core = commit.core
    if {member.user_id for member in core.members} != session.members:
        raise RosterRefused("the members are not the people of this conversation")
    if abs(core.created_at - entry.received_at) > CLOCK_MS:
        raise RosterRefused("the committer and the server disagree about the time")
    _check_identities(commit, world)
    reading_only = _check_versions(session, commit, world)
    lists = _named_lists(commit, world)
    roster.verify_roster(commit, lists, session.newest)
    before = session.newest
    if before and before.core.mode == commits.QKD and core.mode == commits.HYBRID:
        reading_only = "weaker_mode"
    return _Judged(commit, digest, lists, reading_only)


def _check_identities(commit: Commit, world: World) -> None:
    for member in commit.core.members:
        contact = world.trust.contact(member.user_id)
        if contact and contact.identity_hash != member.identity_hash:
            raise Held("identity_changed", member.user_id)


def _named_lists(commit: Commit, world: World) -> dict[bytes, SignedDeviceList]:
    named = [(member.user_id, member.list_version) for member in commit.core.members]
    found = {user: world.trust.list(user, version) for user, version in named}
    missing = [(user, version) for user, version in named if found[user] is None]
    if missing:
        raise NeedLists(missing)
    return {user: item for user, item in found.items() if item}


def _check_versions(session: Session, commit: Commit, world: World) -> str | None:
    """Why the epoch is for reading only, if list and commit crossed on their way."""
    before = (
        {m.user_id: m.list_version for m in session.newest.core.members} if session.newest else {}
    )
    reading_only = None
    for member in commit.core.members:
        contact = world.trust.contact(member.user_id)
        back = member.list_version < before.get(member.user_id, 0)
        if back or (contact and _rolled_back(member, commit, contact)):
            raise RosterRefused("a device list was rolled back")
        if contact and member.list_version < contact.newest.list.version:
            reading_only = "old_list"
    return reading_only


def _rolled_back(member: Member, commit: Commit, contact: Contact) -> bool:
    """A version below the newest, named when the newest had long been there, is an attack."""
    newest = contact.newest.list
    late = commit.core.created_at > newest.issued_at + CLOCK_MS
    return member.list_version < newest.version and late


def _enter(
    session: Session, judged: _Judged, entry: Delivered, me: Me, world: World
) -> tuple[Session, Event]:
    commit, digest = judged.commit, judged.digest
    restart = commit.core.kind == commits.RESTART
    if restart and session.epochs and digest not in world.agreed:
        raise Held("restart", digest)
    if session.broken and not restart:
        raise Broken("an earlier commit could not be taken")
    own_key = session.own_key
    if commit.core.committer_device == me.device_id:
        secrets, own_key = _adopt(session, entry.raw, commit)
    else:
        secrets = _open(session, commit, entry, me, world)
    followed = _follow(session, commit, digest, entry)
    opened = _epoch(judged, secrets, entry.received_at, me)
    own_chain = epochs.sender_chain(secrets.epoch_secret, me.device_id)
    kept = (*session.epochs, opened)[-KEPT_EPOCHS:]
    entered = replace(
        followed, chain_secret=secrets.chain_secret, epochs=kept, sending=SendingChain(own_chain),
        own_key=own_key, broken=False,
    )  # fmt: skip
    return _prune(entered), _opened(entry, commit, True, judged.reading_only)


def _adopt(session: Session, raw: bytes, commit: Commit) -> tuple[epochs.EpochSecrets, OwnKey]:
    """Our own commit came back: only if it is byte for byte the pending one."""
    pending = session.pending
    if pending is None or pending.raw != raw:
        raise ForgedSender("a commit in our name that we did not make")
    fresh = kem.keypair(pending.fresh_seed)
    return pending.secrets, OwnKey(fresh.key_id, fresh.seed, commit.core.refresh)


def _open(
    session: Session, commit: Commit, entry: Delivered, me: Me, world: World
) -> epochs.EpochSecrets:
    ref = commit.ref(me.device_id)
    key = next((key for key in live_keys(session, me) if ref and key.key_id == ref.key_id), None)
    if key is None:
        raise RosterRefused("sealed to a key that is not the newest of this device")
    if entry.sealed is None:
        raise KeyMissing("the server keeps this device's entry back")
    known = world.qkd_keys
    qkd = [known[key_id] for key_id in commit.core.qkd_key_ids if key_id in known]
    chain = None if commit.core.kind == commits.RESTART else session.chain_secret
    return epochs.process_entry(commit, me.device_id, entry.sealed, key.seed, chain, qkd)


def live_keys(session: Session, me: Me) -> list[OwnKey]:
    """The keys that others may still seal to in this conversation (PROTOCOL 2.4)."""
    own = session.own_key
    if own is None:
        return list(me.keys)
    return [own, *(key for key in me.keys if key.refresh > own.refresh)]


def _epoch(judged: _Judged, secrets: epochs.EpochSecrets, received_at: int, me: Me) -> Epoch:
    core = judged.commit.core
    peers = {
        device.device_id: Peer(item.list.user_id, device.signing_public)
        for item in judged.lists.values()
        for device in item.list.devices
    }
    chains = {
        device: ReceivingChain(epochs.sender_chain(secrets.epoch_secret, device))
        for device in peers
        if device != me.device_id
    }
    people = tuple((m.user_id, m.list_version, m.list_hash) for m in core.members)
    return Epoch(
        core.epoch, judged.digest, core.mode, people, peers, chains, received_at,
        reading_only=judged.reading_only,
    )  # fmt: skip


def _follow(session: Session, commit: Commit, digest: bytes, entry: Delivered) -> Session:
    """Remember the commit by its hash; whatever was readable before stays readable."""
    core = commit.core
    keys = {**session.commit_keys, core.committer_device: CommitKey(core.fresh_key, core.refresh)}
    return replace(
        session,
        accepted={**session.accepted, core.epoch: digest},
        newest=commit,
        newest_at=entry.received_at,
        chain_secret=None,
        sending=None,
        pending=None,
        commit_keys=keys,
    )


def _prune(session: Session) -> Session:
    """Forget the numbers of epochs whose keys are gone: nothing of them is taken any more."""
    oldest = session.epochs[0].number
    return replace(
        session,
        sent={key: value for key, value in session.sent.items() if key[0] >= oldest},
        last_seq={key: value for key, value in session.last_seq.items() if key[0] >= oldest},
        shown={key: epoch for key, epoch in session.shown.items() if epoch >= oldest},
    )


def _opened(
    entry: Delivered, commit: Commit, readable: bool, reading_only: str | None = None
) -> EpochOpened:
    core = commit.core
    restart = core.kind == commits.RESTART and core.epoch > 1
    return EpochOpened(
        entry.n, core.epoch, core.committer_user, core.committer_device, restart, readable,
        reading_only,
    )  # fmt: skip


def newest_lists(members: Iterable[bytes], world: World) -> dict[bytes, SignedDeviceList]:
    """The newest known list of each member; raises NeedLists for somebody unknown."""
    contacts = {user: world.trust.contact(user) for user in members}
    missing = [(user, 0) for user, contact in contacts.items() if contact is None]
    if missing:
        raise NeedLists(missing)
    return {user: contact.newest for user, contact in contacts.items() if contact}
