"""Whether a commit fits the device lists it names. Section 4.3, steps 4 and 5.

Public data only. Must not know secrets or which list is current (that is the caller's step 3). The
dangers it deals with: a committer who leaves a device out or lets an unlisted one in, a revoked
device that goes on committing, and `joiner` handed to a device that should prove it holds the
chain.
"""

from __future__ import annotations

from collections.abc import Mapping

from crypto.commit import JOINER, RESTART, Commit, Member, verify_signature
from crypto.device_list import Device, SignedDeviceList
from crypto.errors import RosterRefused


def verify_roster(
    commit: Commit, lists: Mapping[bytes, SignedDeviceList], previous: Commit | None
) -> None:
    """`lists`: for each member's user id the verified list that the commit names.

    `previous` is the accepted commit before this one; only epoch 1 has none. Raises
    RosterRefused, KeyRefused or SignatureInvalid.
    """
    devices = _devices_of(commit, lists)
    committer = _committing_device(commit, lists)
    if {ref.device_id for ref in commit.refs} != set(devices) - {committer.device_id}:
        raise RosterRefused("the entries are not exactly the devices of the members' lists")
    verify_signature(commit, committer.signing_public)
    _check_kinds(commit, previous)


def _devices_of(commit: Commit, lists: Mapping[bytes, SignedDeviceList]) -> list[bytes]:
    devices: list[bytes] = []
    for member in commit.core.members:
        signed = lists.get(member.user_id)
        if signed is None or not _is_named(member, signed):
            raise RosterRefused("the commit names a device list that is not the one given")
        devices.extend(device.device_id for device in signed.list.devices)
    if len(set(devices)) != len(devices):
        raise RosterRefused("a device id stands in two of the members' lists")
    return devices


def _is_named(member: Member, signed: SignedDeviceList) -> bool:
    value = signed.list
    return (
        value.user_id == member.user_id
        and value.identity_hash == member.identity_hash
        and value.version == member.list_version
        and signed.hash == member.list_hash
    )


def _committing_device(commit: Commit, lists: Mapping[bytes, SignedDeviceList]) -> Device:
    device = lists[commit.core.committer_user].list.device(commit.core.committer_device)
    if device is None:
        raise RosterRefused("the committing device is not in the committer's list")
    return device


def _check_kinds(commit: Commit, previous: Commit | None) -> None:
    """In a restart the parser already saw that every ref is a seed."""
    if commit.core.kind == RESTART:
        return
    before = previous.devices() if previous is not None else frozenset()
    for ref in commit.refs:
        if (ref.kind == JOINER) == (ref.device_id in before):
            raise RosterRefused("a joiner is for a device that was not in the epoch before")
