"""Sign-up, login and becoming a device: what PROTOCOL 2.3 and 8 ask of a client.

Pure but for the password hashing, which takes its time. Bodies are those of docs/API.md. The
identity's private key exists only while one of these functions runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from client.session import Me, OwnKey
from crypto import book, device_list, kem, signatures, vault
from crypto.device_list import Device, DeviceList, SignedDeviceList
from crypto.errors import IdentityChanged
from crypto.vault import KdfParams
from crypto.wire import b64_decode, b64_encode

Random = Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What sign-up made: the body to send, and what stays here."""

    body: dict[str, Any]
    me: Me
    own_list: SignedDeviceList
    recovery_key_text: str


@dataclass(frozen=True, slots=True)
class Secret:
    """What a password or a recovery key opens; `field` names its proof in a login."""

    field: str
    login_key: bytes
    wrap_key: bytes
    wrap_name: str


def from_password(password: str, salt: bytes, params: KdfParams) -> Secret:
    master = vault.derive_master(password, salt, params)
    return Secret(
        "login_key", vault.login_key(master), vault.vault_key(master), vault.WRAP_PASSWORD
    )


def from_recovery_key(text: str) -> Secret:
    key = vault.parse_recovery_key(text)
    return Secret(
        "recovery_login_key",
        vault.recovery_login_key(key),
        vault.recovery_wrap_key(key),
        vault.WRAP_RECOVERY,
    )


def new_device(user_id: bytes, random: Random, now: int) -> tuple[Me, Device]:
    """A device with fresh keys: what it keeps, and what others may know of it."""
    device_id, key = random(16), kem.keypair(random(32))
    signing = signatures.keypair(random(64))
    me = Me(user_id, device_id, signing.private, (OwnKey(key.key_id, key.seed, 0),))
    return me, Device(device_id, key.public_key, signing.public, now)


def sign_up(name: str, email: str, password: str, random: Random, now: int) -> NewAccount:
    """Everything of a new account, made here; the server sees no key that opens anything."""
    user_id, salt, params = random(16), random(16), KdfParams()
    identity = signatures.keypair(random(64))
    me, device = new_device(user_id, random, now)
    body = DeviceList(user_id, name, identity.public, 1, bytes(32), now, (device,))
    own_list = device_list.parse_signed(device_list.sign(body, identity.private))
    recovery_key = random(32)
    password_secret = from_password(password, salt, params)
    recovery_text = vault.recovery_key_text(recovery_key)
    secrets = (password_secret, from_recovery_key(recovery_text))
    boxes = _vault(secrets, user_id, identity.private, own_list, random)
    fields = {
        "user_id": b64_encode(user_id), "name": name, "email": email,
        "kdf": {"salt": b64_encode(salt), **params._asdict()},
        **{secret.field: b64_encode(secret.login_key) for secret in secrets},
        "vault": {part: b64_encode(box) for part, box in boxes.items()},
        "device_list": b64_encode(own_list.raw),
    }  # fmt: skip
    return NewAccount(fields, me, own_list, recovery_text)


def _vault(
    secrets: tuple[Secret, Secret],
    user_id: bytes,
    identity_private: bytes,
    own_list: SignedDeviceList,
    random: Random,
) -> dict[str, bytes]:
    keys = vault.Wrapped(random(32), random(32))
    mark = book.ListMark(own_list.list.version, own_list.hash)
    text = book.serialise(book.Book(mark))
    wraps = {
        secret.wrap_name.replace(" ", "_"): vault.wrap(
            secret.wrap_key, secret.wrap_name, user_id, 1, keys, random(32)
        )
        for secret in secrets
    }
    return {
        **wraps,
        "identity": vault.seal_identity(
            keys.identity_key, user_id, 1, identity_private, random(32)
        ),
        "book": vault.seal_book(keys.book_key, user_id, 1, text, random(32)),
    }


def open_identity(answer: dict[str, Any], secret: Secret) -> signatures.SigningKey:
    """The identity from the answer of a login. Raises TagInvalid if it is not of this account."""
    user_id = b64_decode(answer["user_id"])
    sealed = answer["vault"]
    wrap = b64_decode(sealed["wrap"])
    keys = vault.unwrap(secret.wrap_key, secret.wrap_name, user_id, sealed["wrap_version"], wrap)
    part = sealed["identity"]
    private = vault.open_identity(
        keys.identity_key, user_id, part["version"], b64_decode(part["box"])
    )
    return signatures.keypair(private)


def reissue(
    newest: SignedDeviceList,
    identity: signatures.SigningKey,
    devices: Iterable[Device],
    now: int,
) -> SignedDeviceList:
    """The next device list, with these devices. Raises IdentityChanged for a foreign list."""
    old = newest.list
    if old.identity_public != identity.public:
        raise IdentityChanged("the server shows a device list under another identity")
    body = DeviceList(
        old.user_id, old.name, identity.public, old.version + 1, newest.hash,
        max(now, old.issued_at), tuple(sorted(devices, key=lambda item: item.device_id)),
    )  # fmt: skip
    return device_list.parse_signed(device_list.sign(body, identity.private))
