"""People and devices with fixed keys, for vectors and tests, and the JSON of their records.

Everything is derived from names by `draw`. Must not know conversations.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crypto import device_list, kem, signatures
from crypto.device_list import NO_HASH, Device, DeviceList, SignedDeviceList
from tools.vector_sections.draw import Case, b64, draw

NOW = 1_800_000_000_000
DAY = 24 * 3600 * 1000


@dataclass(frozen=True)
class OwnDevice:
    """A device with its private keys."""

    device_id: bytes
    kem: kem.KeyPair
    signing: signatures.SigningKey
    added_at: int = NOW

    def public(self) -> Device:
        return Device(self.device_id, self.kem.public_key, self.signing.public, self.added_at)


@dataclass(frozen=True)
class Person:
    """A person with the identity's private key."""

    user_id: bytes
    name: str
    identity: signatures.SigningKey

    def device_list(
        self, devices: Sequence[OwnDevice], after: SignedDeviceList | None = None
    ) -> SignedDeviceList:
        """Sign the list that follows `after`, with these devices."""
        version = after.list.version + 1 if after else 1
        value = DeviceList(
            self.user_id,
            self.name,
            self.identity.public,
            version,
            after.hash if after else NO_HASH,
            NOW + version * 1000,
            tuple(sorted((d.public() for d in devices), key=lambda d: d.device_id)),
        )
        return self.sign(value)

    def sign(self, value: DeviceList) -> SignedDeviceList:
        return device_list.parse_signed(device_list.sign(value, self.identity.private))


def device(name: str) -> OwnDevice:
    """The device of this name."""
    return OwnDevice(
        draw(f"device {name}", 16),
        kem.keypair(draw(f"kem {name}", 32)),
        signatures.keypair(draw(f"signing {name}", 64)),
    )


def person(name: str) -> Person:
    """The person of this name."""
    return Person(draw(f"user {name}", 16), name, signatures.keypair(draw(f"identity {name}", 64)))


def device_json(value: Device) -> Case:
    return {
        "device_id": b64(value.device_id),
        "kem_public": b64(value.kem_public),
        "signing_public": b64(value.signing_public),
        "added_at": value.added_at,
    }


def list_json(value: DeviceList) -> Case:
    return {
        "user_id": b64(value.user_id),
        "name": value.name,
        "identity_public": b64(value.identity_public),
        "version": value.version,
        "previous_hash": b64(value.previous_hash),
        "issued_at": value.issued_at,
        "devices": [device_json(d) for d in value.devices],
    }
