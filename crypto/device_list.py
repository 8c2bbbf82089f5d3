"""The signed list of a person's devices: format, signature, and which list may follow which.

Public data only. Must not know conversations. The danger it deals with: a server that adds a
device of its own, hands out an old list, or shows different lists to different people. A list is
signed by the identity, numbered, and names the hash of the one before. Section 2.3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from crypto import signatures
from crypto.errors import ArgumentInvalid, FormatError, IdentityChanged, ListRefused
from crypto.identity import identity_hash
from crypto.labels import HASH, ID, KEM_PUBLIC, SIGNATURE, SIGNING_PUBLIC, VERSION, hash_with
from crypto.wire import Reader, Writer, require, require_rising

PURPOSE: Final = "device list"
MAX_DEVICES: Final = 16
MIN_NAME: Final = 3
MAX_NAME: Final = 32
NO_HASH: Final = bytes(HASH)
_DEVICE: Final = ID + KEM_PUBLIC + SIGNING_PUBLIC + 8
_WITHOUT_NAME: Final = 1 + ID + 4 + SIGNING_PUBLIC + 4 + HASH + 8 + 2 + SIGNATURE
# Of a signed list, in bytes: no device and the shortest name, and the most of both.
MIN_SIZE: Final = _WITHOUT_NAME + MIN_NAME
MAX_SIZE: Final = _WITHOUT_NAME + MAX_NAME + MAX_DEVICES * _DEVICE
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")


@dataclass(frozen=True, slots=True)
class Device:
    """device id [16], X-Wing public key [1216], signing public key [1984], time in ms."""

    device_id: bytes
    kem_public: bytes
    signing_public: bytes
    added_at: int


@dataclass(frozen=True, slots=True)
class DeviceList:
    """The list before it is signed. `devices` are sorted by id; hashes have 32 bytes."""

    user_id: bytes
    name: str
    identity_public: bytes
    version: int
    previous_hash: bytes
    issued_at: int
    devices: tuple[Device, ...]

    @property
    def identity_hash(self) -> bytes:
        return identity_hash(self.user_id, self.identity_public)

    def device(self, device_id: bytes) -> Device | None:
        """The device with this id, or None when it is not (or no longer) in the list."""
        return next((d for d in self.devices if d.device_id == device_id), None)


@dataclass(frozen=True, slots=True)
class SignedDeviceList:
    """A parsed list with its signature [3373] and the exact bytes; not verified by parsing."""

    list: DeviceList
    signature: bytes
    raw: bytes

    @property
    def hash(self) -> bytes:
        """H(list): what the next list and commits name."""
        return hash_with("device list", self.raw[:-SIGNATURE])


def check_name(name: str) -> str:
    """The name itself. Raises FormatError for one that section 1 does not allow."""
    require(_NAME.fullmatch(name) is not None, "a user name is 3 to 32 of a-z 0-9 . _ -")
    return name


def serialise(value: DeviceList) -> bytes:
    """The bytes that are signed and hashed. Raises ArgumentInvalid for what cannot be parsed."""
    writer = Writer().u8(VERSION).fixed(value.user_id, ID).lp(value.name.encode("utf-8"))
    writer.fixed(value.identity_public, SIGNING_PUBLIC).u32(value.version)
    writer.fixed(value.previous_hash, HASH).u64(value.issued_at).u16(len(value.devices))
    for device in value.devices:
        writer.fixed(device.device_id, ID).fixed(device.kem_public, KEM_PUBLIC)
        writer.fixed(device.signing_public, SIGNING_PUBLIC).u64(device.added_at)
    raw = writer.done()
    try:
        _parse(Reader(raw))
    except FormatError as error:
        raise ArgumentInvalid(f"this device list cannot be written: {error}") from error
    return raw


def sign(value: DeviceList, identity_private: bytes) -> bytes:
    """The signed list. The key must belong to the identity that the list names."""
    if signatures.keypair(identity_private).public != value.identity_public:
        raise ArgumentInvalid("the identity private key is not the one of this list")
    raw = serialise(value)
    return raw + signatures.sign(identity_private, PURPOSE, raw)


def parse_signed(data: bytes) -> SignedDeviceList:
    """Raises FormatError. The signature is not verified here: see `verify_signed`."""
    reader = Reader(data)
    value = _parse(reader)
    signature = reader.fixed(SIGNATURE)
    reader.end()
    return SignedDeviceList(value, signature, data)


def verify_signed(signed: SignedDeviceList) -> None:
    """The identity named in the list signed it. Whether that identity is the right one is the
    pin's business. Raises KeyRefused or SignatureInvalid."""
    raw = signed.raw[:-SIGNATURE]
    signatures.verify(signed.list.identity_public, PURPOSE, raw, signed.signature)


def list_hash(signed: SignedDeviceList) -> bytes:
    """H(list), 32 bytes."""
    return signed.hash


def verify_pinned(
    signed: SignedDeviceList, user_id: bytes, identity: bytes, version: int, hash_: bytes
) -> None:
    """This is the very list that was seen before (user id, identity hash, version, H(list)).

    For a device that kept only these four, as the book does, and fetches the list itself.
    """
    if signed.list.identity_hash != identity or signed.list.user_id != user_id:
        raise IdentityChanged("the list stands under another identity than the pinned one")
    if (signed.list.version, signed.hash) != (version, hash_):
        raise ListRefused("this is not the device list that was seen before")


def verify_successor(
    old: SignedDeviceList | None, chain: Sequence[SignedDeviceList]
) -> SignedDeviceList:
    """The newest list, after every list of `chain` (in order) was found to follow the one before.

    `old` is the list accepted last, already verified. With None the first list of the chain is
    taken as it is (trust on first use): whether it is of the right person is the caller's check.
    Raises ListRefused, IdentityChanged, KeyRefused or SignatureInvalid.
    """
    if not chain:
        raise ArgumentInvalid("there is no list to verify")
    verify_keys_kept([*([old] if old else []), *chain])
    current = old
    for signed in chain:
        if current is not None:
            _check_step(current, signed)
        verify_signed(signed)
        current = signed
    return chain[-1]


def _check_step(old: SignedDeviceList, new: SignedDeviceList) -> None:
    a, b = old.list, new.list
    if (a.user_id, a.identity_public) != (b.user_id, b.identity_public):
        raise IdentityChanged("the list stands under another identity than the pinned one")
    if b.version == a.version and new.hash == old.hash:
        return
    if b.version != a.version + 1:
        raise ListRefused(f"device list {b.version} does not follow {a.version}")
    if b.previous_hash != old.hash:
        raise ListRefused("the device list does not name the one before")
    if b.name != a.name:
        raise ListRefused("the device list is of another name")
    if b.issued_at < a.issued_at:
        raise ListRefused("the device list is older than the one before")


def verify_keys_kept(lists: Iterable[SignedDeviceList]) -> None:
    """A device id keeps its keys for ever, also over lists in which it does not stand.

    Raises ListRefused.
    """
    known: dict[bytes, tuple[bytes, bytes]] = {}
    for device in (device for signed in lists for device in signed.list.devices):
        keys = (device.kem_public, device.signing_public)
        if known.setdefault(device.device_id, keys) != keys:
            raise ListRefused("a device came back with other keys under the same id")


def _parse(reader: Reader) -> DeviceList:
    reader.version(VERSION)
    user_id = reader.fixed(ID)
    name = _parse_name(reader.lp(MAX_NAME))
    identity_public = reader.fixed(SIGNING_PUBLIC)
    version, previous_hash = reader.u32(), reader.fixed(HASH)
    require(version >= 1, "versions of a device list begin at 1")
    require((version == 1) == (previous_hash == NO_HASH), "only version 1 has no list before it")
    issued_at, count = reader.u64(), reader.u16()
    require(count <= MAX_DEVICES, "a list has at most 16 devices")
    devices = tuple(_parse_device(reader) for _ in range(count))
    require_rising([device.device_id for device in devices], "the devices")
    return DeviceList(user_id, name, identity_public, version, previous_hash, issued_at, devices)


def _parse_name(data: bytes) -> str:
    try:
        return check_name(data.decode("ascii"))
    except UnicodeDecodeError:
        raise FormatError("a user name is ASCII") from None


def _parse_device(reader: Reader) -> Device:
    return Device(
        reader.fixed(ID), reader.fixed(KEM_PUBLIC), reader.fixed(SIGNING_PUBLIC), reader.u64()
    )
