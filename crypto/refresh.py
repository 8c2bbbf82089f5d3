"""A device's weekly fresh key, and which of a device's keys is the newest.

Public data only. Must not know sealing. The danger it deals with: a server that makes senders seal
to an old key whose private half an attacker has. Records are signed and numbered, and the newest
key is never an older one, not even when it has expired. Section 2.4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from crypto import signatures
from crypto.device_list import Device
from crypto.errors import ArgumentInvalid, FormatError
from crypto.kem import key_id
from crypto.labels import ID, KEM_PUBLIC, SIGNATURE, VERSION
from crypto.wire import Reader, Writer, require

PURPOSE: Final = "key refresh"
LIFETIME_MS: Final = 14 * 24 * 3600 * 1000
SIZE: Final = 1 + ID + ID + 4 + 8 + 8 + KEM_PUBLIC + SIGNATURE


@dataclass(frozen=True, slots=True)
class KeyRefresh:
    """Ids [16], number from 1, times in ms, X-Wing public key [1216]; bytes as they were read."""

    user_id: bytes
    device_id: bytes
    number: int
    issued_at: int
    expires_at: int
    public_key: bytes
    signature: bytes
    raw: bytes


class CommitKey(NamedTuple):
    """Of a device's last accepted commit in a conversation: its fresh key and `refresh` field."""

    public_key: bytes
    refresh: int


class NewestKey(NamedTuple):
    """public key [1216], key id [16]."""

    public_key: bytes
    key_id: bytes


def sign(
    user_id: bytes,
    device_id: bytes,
    number: int,
    issued_at: int,
    public_key: bytes,
    signing_private: bytes,
) -> bytes:
    """The signed record; it expires 14 days after `issued_at` (ms)."""
    writer = Writer().u8(VERSION).fixed(user_id, ID).fixed(device_id, ID).u32(number)
    writer.u64(issued_at).u64(issued_at + LIFETIME_MS).fixed(public_key, KEM_PUBLIC)
    raw = writer.done()
    record = raw + signatures.sign(signing_private, PURPOSE, raw)
    try:
        parse(record)
    except FormatError as error:
        raise ArgumentInvalid(f"this refresh cannot be written: {error}") from error
    return record


def parse(data: bytes) -> KeyRefresh:
    """Raises FormatError. The signature is not verified here."""
    reader = Reader(data)
    reader.version(VERSION)
    user_id, device_id, number = reader.fixed(ID), reader.fixed(ID), reader.u32()
    issued_at, expires_at = reader.u64(), reader.u64()
    public_key, signature = reader.fixed(KEM_PUBLIC), reader.fixed(SIGNATURE)
    reader.end()
    require(number >= 1, "numbers of key refreshes begin at 1")
    require(expires_at == issued_at + LIFETIME_MS, "a key refresh is valid for 14 days")
    return KeyRefresh(
        user_id, device_id, number, issued_at, expires_at, public_key, signature, data
    )


def serialise(value: KeyRefresh) -> bytes:
    """The bytes of a parsed record."""
    writer = Writer().u8(VERSION).fixed(value.user_id, ID).fixed(value.device_id, ID)
    writer.u32(value.number).u64(value.issued_at).u64(value.expires_at)
    return writer.fixed(value.public_key, KEM_PUBLIC).fixed(value.signature, SIGNATURE).done()


def verify(value: KeyRefresh, signing_public: bytes) -> None:
    """By the device's key of its list. Raises KeyRefused or SignatureInvalid."""
    signatures.verify(signing_public, PURPOSE, value.raw[:-SIGNATURE], value.signature)


def newest_key(
    device: Device, refreshes: Iterable[KeyRefresh], last_commit: CommitKey | None
) -> NewestKey:
    """The key to seal to. `refreshes` are verified records of this device, in any order."""
    floor = last_commit.refresh if last_commit else 0
    newest = max(
        (r for r in refreshes if r.device_id == device.device_id and r.number > floor),
        key=lambda r: r.number,
        default=None,
    )
    if newest is not None:
        chosen = newest.public_key
    else:
        chosen = last_commit.public_key if last_commit else device.kem_public
    return NewestKey(chosen, key_id(chosen))
