"""The format of a commit, its hashes and its signature. Section 4.1.

Public data only: the server imports this, so it must never import `epoch` or `chain`. The danger
it deals with: two parties that read one commit differently. Sets are sorted, every rule that the
bytes alone can break is checked while parsing, and the hashes are taken over the bytes received.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from crypto import signatures
from crypto.errors import ArgumentInvalid, FormatError
from crypto.labels import (
    HASH,
    ID,
    KEM_PUBLIC,
    SEALED_ENTRY,
    SIGNATURE,
    TAG,
    VERSION,
    hash_with,
    label,
    need,
)
from crypto.wire import Reader, Writer, require, require_rising

PURPOSE: Final = "commit"
HYBRID, QKD = 1, 2
NORMAL, RESTART = 1, 2
SEED, JOINER = 1, 2
MAX_MEMBERS: Final = 256
MAX_REFS: Final = 1024
MAX_QKD_KEYS: Final = 2
NO_HASH: Final = bytes(HASH)
_MEMBER: Final = ID + HASH + 4 + HASH
_REF: Final = ID + ID + 1 + HASH
_CORE: Final = 1 + ID + 4 + HASH + 1 + 1 + ID + ID + 4 + 8 + 2 + KEM_PUBLIC + 1 + 8 + HASH
# Of a whole commit, in bytes.
MAX_SIZE: Final = (
    _CORE + MAX_MEMBERS * _MEMBER + MAX_QKD_KEYS * ID + 2 + MAX_REFS * _REF + TAG + SIGNATURE
)


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the epoch and the device list that the committer used."""

    user_id: bytes
    identity_hash: bytes
    list_version: int
    list_hash: bytes


@dataclass(frozen=True, slots=True)
class Core:
    """Everything that the entries are bound to. Ids [16], hashes [32], fresh key [1216], ms."""

    conversation: bytes
    epoch: int
    previous_hash: bytes
    mode: int
    kind: int
    committer_user: bytes
    committer_device: bytes
    refresh: int
    created_at: int
    members: tuple[Member, ...]
    fresh_key: bytes
    qkd_key_ids: tuple[bytes, ...]
    seen_n: int
    seen_head: bytes


@dataclass(frozen=True, slots=True)
class Ref:
    """For one device: the key its entry is sealed to, what is inside, and the entry's hash."""

    device_id: bytes
    key_id: bytes
    kind: int
    entry_hash: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """A parsed commit and its exact bytes; parsing does not verify the signature."""

    core: Core
    refs: tuple[Ref, ...]
    tag: bytes
    signature: bytes
    raw: bytes
    core_length: int

    def ref(self, device_id: bytes) -> Ref | None:
        """The ref of this device, or None."""
        return next((ref for ref in self.refs if ref.device_id == device_id), None)

    def devices(self) -> frozenset[bytes]:
        """Ids of the devices that share the epoch: the committer's and those of the refs."""
        return frozenset([self.core.committer_device, *(ref.device_id for ref in self.refs)])


def serialise_core(core: Core) -> bytes:
    """The bytes of a core. Raises ArgumentInvalid for one that cannot be parsed again."""
    writer = Writer().u8(VERSION).fixed(core.conversation, ID).u32(core.epoch)
    writer.fixed(core.previous_hash, HASH).u8(core.mode).u8(core.kind)
    writer.fixed(core.committer_user, ID).fixed(core.committer_device, ID)
    writer.u32(core.refresh).u64(core.created_at).u16(len(core.members))
    for member in core.members:
        writer.fixed(member.user_id, ID).fixed(member.identity_hash, HASH)
        writer.u32(member.list_version).fixed(member.list_hash, HASH)
    writer.fixed(core.fresh_key, KEM_PUBLIC).u8(len(core.qkd_key_ids))
    for key_id in core.qkd_key_ids:
        writer.fixed(key_id, ID)
    raw = writer.u64(core.seen_n).fixed(core.seen_head, HASH).done()
    _refuse_own(lambda: _parse_core(Reader(raw)))
    return raw


def serialise_refs(refs: tuple[Ref, ...], core: Core) -> bytes:
    """The bytes of the refs of this core. Raises ArgumentInvalid as `serialise_core`."""
    writer = Writer().u16(len(refs))
    for ref in refs:
        writer.fixed(ref.device_id, ID).fixed(ref.key_id, ID)
        writer.u8(ref.kind).fixed(ref.entry_hash, HASH)
    raw = writer.done()
    _refuse_own(lambda: _parse_refs(Reader(raw), core))
    return raw


def serialise(commit: Commit) -> bytes:
    """The bytes of a commit from its fields."""
    writer = Writer().raw(serialise_core(commit.core))
    writer.raw(serialise_refs(commit.refs, commit.core))
    return writer.fixed(commit.tag, TAG).fixed(commit.signature, SIGNATURE).done()


def parse_commit(data: bytes) -> Commit:
    """Raises FormatError. Neither the signature nor the tag is verified here."""
    reader = Reader(data)
    core = _parse_core(reader)
    core_length = reader.at
    refs = _parse_refs(reader, core)
    tag, signature = reader.fixed(TAG), reader.fixed(SIGNATURE)
    reader.end()
    return Commit(core, refs, tag, signature, data, core_length)


def core_hash(commit: Commit) -> bytes:
    """H(core)."""
    return core_bytes_hash(commit.raw[: commit.core_length])


def core_bytes_hash(core: bytes) -> bytes:
    """H(core) of bytes that `serialise_core` made."""
    return hash_with("commit core", core)


def untagged_hash(commit: Commit) -> bytes:
    """H(untagged): what the epoch secret is bound to."""
    return untagged_bytes_hash(commit.raw[: -SIGNATURE - TAG])


def untagged_bytes_hash(untagged: bytes) -> bytes:
    """H(untagged) of `core | refs`."""
    return hash_with("commit untagged", untagged)


def commit_hash(commit: Commit) -> bytes:
    """H(commit): over all bytes, with tag and signature."""
    return hash_with("commit", commit.raw)


def entry_hash(sealed: bytes) -> bytes:
    """H("entry"; sealed) of an entry's 1168 bytes. Raises FormatError for another length."""
    require(len(sealed) == SEALED_ENTRY, f"an entry has {SEALED_ENTRY} bytes")
    return hash_with("entry", sealed)


def entry_info(kind: int, device_id: bytes, key_id: bytes, core_hash: bytes) -> bytes:
    """The HPKE `info` of an entry: another kind, device, key or core is another key schedule."""
    need("H(core)", core_hash, HASH)
    writer = Writer().u8(kind).fixed(device_id, ID).fixed(key_id, ID).raw(core_hash)
    return label("entry") + writer.done()


def verify_signature(commit: Commit, signing_public: bytes) -> None:
    """By the committing device's key of its list. Raises KeyRefused or SignatureInvalid."""
    signatures.verify(signing_public, PURPOSE, commit.raw[:-SIGNATURE], commit.signature)


def _parse_core(reader: Reader) -> Core:
    reader.version(VERSION)
    core = Core(
        conversation=reader.fixed(ID),
        epoch=reader.u32(),
        previous_hash=reader.fixed(HASH),
        mode=reader.u8(),
        kind=reader.u8(),
        committer_user=reader.fixed(ID),
        committer_device=reader.fixed(ID),
        refresh=reader.u32(),
        created_at=reader.u64(),
        members=_parse_members(reader),
        fresh_key=reader.fixed(KEM_PUBLIC),
        qkd_key_ids=_parse_qkd_ids(reader),
        seen_n=reader.u64(),
        seen_head=reader.fixed(HASH),
    )
    _check_core(core)
    return core


def _check_core(core: Core) -> None:
    require(core.epoch >= 1, "epochs begin at 1")
    require(core.mode in (HYBRID, QKD), "the mode is unknown")
    require(core.kind in (NORMAL, RESTART), "the kind of the commit is unknown")
    require(core.epoch > 1 or core.kind == RESTART, "epoch 1 is a restart")
    require(
        (core.epoch == 1) == (core.previous_hash == NO_HASH), "only epoch 1 has no commit before"
    )
    require((core.mode == QKD) == bool(core.qkd_key_ids), "the mode does not fit the qkd keys")
    users = [member.user_id for member in core.members]
    require(core.committer_user in users, "the committer is not a member")


def _parse_members(reader: Reader) -> tuple[Member, ...]:
    count = reader.u16()
    require(1 <= count <= MAX_MEMBERS, "a commit has 1 to 256 members")
    members = tuple(
        Member(reader.fixed(ID), reader.fixed(HASH), reader.u32(), reader.fixed(HASH))
        for _ in range(count)
    )
    require_rising([member.user_id for member in members], "the members")
    require(all(m.list_version >= 1 for m in members), "versions of a device list begin at 1")
    return members


def _parse_qkd_ids(reader: Reader) -> tuple[bytes, ...]:
    count = reader.u8()
    require(count <= MAX_QKD_KEYS, "a commit names at most 2 qkd keys")
    ids = tuple(reader.fixed(ID) for _ in range(count))
    require(len(set(ids)) == count, "a qkd key is named twice")
    return ids


def _parse_refs(reader: Reader, core: Core) -> tuple[Ref, ...]:
    count = reader.u16()
    require(count <= MAX_REFS, "a commit has at most 1024 refs")
    refs = tuple(
        Ref(reader.fixed(ID), reader.fixed(ID), reader.u8(), reader.fixed(HASH))
        for _ in range(count)
    )
    ids = [ref.device_id for ref in refs]
    require_rising(ids, "the refs")
    require(core.committer_device not in ids, "the committing device has no ref")
    allowed = (SEED,) if core.kind == RESTART else (SEED, JOINER)
    require(all(ref.kind in allowed for ref in refs), "a ref has a kind it must not have")
    return refs


def _refuse_own(parse: Callable[[], object]) -> None:
    """What we write must be what we would read: otherwise the caller is at fault."""
    try:
        parse()
    except FormatError as error:
        raise ArgumentInvalid(f"this commit cannot be written: {error}") from error
