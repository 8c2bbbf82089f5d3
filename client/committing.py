"""Starting an epoch: who is in it, which key each device is addressed by, and the commit itself.

Pure. The commit is *pending* until the server's next commit turns out to be this one; keep it on
disk before it is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from client.events import NotAgreed, World
from client.processing import newest_lists
from client.session import Me, Pending, Session
from crypto import commit as commits
from crypto import epoch as epochs
from crypto import kem, refresh
from crypto.commit import Core, Member
from crypto.device_list import Device, SignedDeviceList
from crypto.epoch import Recipient
from crypto.refresh import KeyRefresh


@dataclass(frozen=True, slots=True)
class Plan:
    """What the new epoch shall be: its mode, and whether it starts afresh without the old chain."""

    mode: int = commits.HYBRID
    restart: bool = False


def prepare_commit(
    session: Session,
    me: Me,
    world: World,
    refreshes: Mapping[bytes, Sequence[KeyRefresh]],
    plan: Plan,
    randomness: bytes,
) -> Session:
    """The session with a pending commit. `refreshes` holds verified ones by device id.

    `randomness` is 64 fresh bytes. The first commit of a conversation is always a restart.
    """
    epoch = session.epoch
    if epoch and epoch.reading_only == "weaker_mode" and plan.mode == commits.HYBRID:
        raise NotAgreed("the mode became weaker, and nobody agreed to that")
    lists = newest_lists(session.members, world)
    fresh_seed, seed = randomness[:32], randomness[32:]
    core = _core(session, me, world, lists, plan, kem.keypair(fresh_seed).public_key)
    recipients = _recipients(session, me, core, lists, refreshes)
    previous = None if core.kind == commits.RESTART else session.chain_secret
    made = epochs.make_commit(core, recipients, previous, seed, me.signing_private)
    return replace(session, pending=Pending(made.raw, made.entries, fresh_seed, made.secrets))


def _core(
    session: Session,
    me: Me,
    world: World,
    lists: Mapping[bytes, SignedDeviceList],
    plan: Plan,
    fresh_key: bytes,
) -> Core:
    newest = max(session.accepted, default=0)
    kind = commits.RESTART if plan.restart or newest == 0 else commits.NORMAL
    return Core(
        session.conversation, newest + 1, session.accepted.get(newest, bytes(32)), plan.mode, kind,
        me.user_id, me.device_id, me.refresh, world.now,
        tuple(_member(lists[user]) for user in sorted(lists)),
        fresh_key, (), session.n, session.head,
    )  # fmt: skip


def _member(item: SignedDeviceList) -> Member:
    body = item.list
    return Member(body.user_id, body.identity_hash, body.version, item.hash)


def _recipients(
    session: Session,
    me: Me,
    core: Core,
    lists: Mapping[bytes, SignedDeviceList],
    refreshes: Mapping[bytes, Sequence[KeyRefresh]],
) -> list[Recipient]:
    devices = [device for item in lists.values() for device in item.list.devices]
    return [
        _recipient(session, core, device, refreshes.get(device.device_id, ()))
        for device in devices
        if device.device_id != me.device_id
    ]


def _recipient(
    session: Session, core: Core, device: Device, known: Sequence[KeyRefresh]
) -> Recipient:
    last = session.commit_keys.get(device.device_id)
    newest = refresh.newest_key(device, known, last)
    before = session.newest.devices() if session.newest else frozenset()
    joins = core.kind == commits.NORMAL and device.device_id not in before
    kind = commits.JOINER if joins else commits.SEED
    return Recipient(device.device_id, newest.key_id, newest.public_key, kind)
