"""The sizes that the edge asks of untrusted bytes are those of real ones, largest and smallest."""

from __future__ import annotations

import dataclasses
import os

from crypto import commit, device_list, refresh, signatures, vault
from crypto.commit import Commit, Core, Member, Ref
from crypto.device_list import Device, DeviceList

IDENTITY = signatures.keypair(bytes(64))
NOW = 1_800_000_000_000


def ids(count: int) -> list[bytes]:
    return [number.to_bytes(16, "big") for number in range(1, count + 1)]


def test_the_smallest_and_the_largest_device_list() -> None:
    small = DeviceList(bytes(16), "abc", IDENTITY.public, 1, bytes(32), NOW, ())
    assert len(device_list.sign(small, IDENTITY.private)) == device_list.MIN_SIZE
    devices = tuple(
        Device(each, bytes(1216), IDENTITY.public, NOW) for each in ids(device_list.MAX_DEVICES)
    )
    large = dataclasses.replace(small, name="a" * 32, devices=devices)
    assert len(device_list.sign(large, IDENTITY.private)) == device_list.MAX_SIZE == 57_040


def test_a_refresh_has_one_size() -> None:
    made = refresh.sign(bytes(16), bytes(16), 1, NOW, bytes(1216), IDENTITY.private)
    assert len(made) == refresh.SIZE


def test_boxes_of_keys_have_one_size() -> None:
    keys = vault.Wrapped(bytes(32), bytes(32))
    nonce = os.urandom(32)
    wrapped = vault.wrap(bytes(32), vault.WRAP_PASSWORD, bytes(16), 1, keys, nonce)
    assert len(wrapped) == vault.WRAP_SIZE
    sealed = vault.seal_identity(bytes(32), bytes(16), 1, IDENTITY.private, nonce)
    assert len(sealed) == vault.IDENTITY_SIZE


def test_the_largest_commit() -> None:
    members = tuple(Member(each, bytes(32), 1, bytes(32)) for each in ids(commit.MAX_MEMBERS))
    core = Core(
        bytes(16), 2, bytes([1]) * 32, commit.QKD, commit.NORMAL, members[0].user_id, bytes(16),
        0, NOW, members, bytes(1216), tuple(ids(commit.MAX_QKD_KEYS)), 1, bytes(32),
    )  # fmt: skip
    refs = tuple(Ref(each, bytes(16), commit.SEED, bytes(32)) for each in ids(commit.MAX_REFS))
    raw = commit.serialise(Commit(core, refs, bytes(32), bytes(3373), b"", 0))
    assert commit.parse_commit(raw).raw == raw
    assert len(raw) == commit.MAX_SIZE == 92_861
