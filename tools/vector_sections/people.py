"""Sections for identities, device lists, key refreshes and connect proofs."""

from __future__ import annotations

from crypto import connect, identity, kem, refresh
from crypto.device_list import Device, SignedDeviceList
from tools.vector_sections.cast import (
    DAY,
    NOW,
    OwnDevice,
    Person,
    device,
    device_json,
    list_json,
    person,
)
from tools.vector_sections.draw import Case, b64, b64s, draw

ORIGIN = "https://talk.example"


def sections() -> dict[str, list[Case]]:
    alice, bob = person("alice"), person("bob")
    lists = _three_lists(alice)
    return {
        "identity_hash": [_identity(alice), _identity(bob)],
        "direct_conversation_id": [_direct(alice, bob), _direct(bob, alice)],
        "safety_number": [_safety(alice, bob), _safety(bob, alice)],
        "device_list": [*(_list(alice, each) for each in lists), _list(bob, bob.device_list([]))],
        "device_list_chain": [
            _chain("first sight", None, lists[:1]),
            _chain("first sight of a later list", None, lists[2:]),
            _chain("two new lists, one revokes a device", lists[0], lists[1:]),
            _chain("the same list again", lists[2], lists[2:]),
        ],
        "refresh": [_refresh(number) for number in (1, 2)],
        "newest_key": _newest_keys(),
        "connect": [_connect()],
    }


def _three_lists(owner: Person) -> list[SignedDeviceList]:
    """One device; two; the first revoked and a third."""
    a, b, c = device("laptop"), device("phone"), device("tablet")
    first = owner.device_list([a])
    second = owner.device_list([a, b], first)
    return [first, second, owner.device_list([b, c], second)]


def _identity(who: Person) -> Case:
    digest = identity.identity_hash(who.user_id, who.identity.public)
    return {
        "user_id": b64(who.user_id),
        "identity_public": b64(who.identity.public),
        "hash": b64(digest),
    }


def _direct(a: Person, b: Person) -> Case:
    made = identity.direct_conversation_id(a.user_id, b.user_id)
    return {"user_a": b64(a.user_id), "user_b": b64(b.user_id), "id": b64(made)}


def _safety(a: Person, b: Person) -> Case:
    hash_a = identity.identity_hash(a.user_id, a.identity.public)
    hash_b = identity.identity_hash(b.user_id, b.identity.public)
    both = (a.user_id, hash_a, b.user_id, hash_b)
    return {
        "user_a": b64(a.user_id),
        "hash_a": b64(hash_a),
        "user_b": b64(b.user_id),
        "hash_b": b64(hash_b),
        "number": identity.safety_number(*both),
        "qr": identity.safety_qr(*both),
    }


def _list(owner: Person, signed: SignedDeviceList) -> Case:
    return {
        "identity_private": b64(owner.identity.private),
        "list": list_json(signed.list),
        "signed": b64(signed.raw),
        "hash": b64(signed.hash),
    }


def _chain(name: str, old: SignedDeviceList | None, chain: list[SignedDeviceList]) -> Case:
    return {
        "name": name,
        "old": b64(old.raw if old else None),
        "chain": b64s([signed.raw for signed in chain]),
        "hash": b64(chain[-1].hash),
    }


def _record(owner: OwnDevice, number: int) -> bytes:
    public = kem.keypair(draw(f"refreshed {number}", 32)).public_key
    user = person("alice").user_id
    issued = NOW + number * DAY
    return refresh.sign(user, owner.device_id, number, issued, public, owner.signing.private)


def _refresh(number: int) -> Case:
    owner = device("laptop")
    record = _record(owner, number)
    value = refresh.parse(record)
    return {
        "private": b64(owner.signing.private),
        "refresh": {
            "user_id": b64(value.user_id),
            "device_id": b64(value.device_id),
            "number": value.number,
            "issued_at": value.issued_at,
            "expires_at": value.expires_at,
            "public_key": b64(value.public_key),
        },
        "public": b64(owner.signing.public),
        "bytes": b64(record),
    }


def _newest_keys() -> list[Case]:
    owner = device("laptop")
    one, two = _record(owner, 1), _record(owner, 2)
    fresh = kem.keypair(draw("fresh key of a commit", 32)).public_key
    public = owner.public()
    return [
        _newest("list key", public, [], None),
        _newest("highest refresh, order does not matter", public, [two, one], None),
        _newest("commit key above older refreshes", public, [one], refresh.CommitKey(fresh, 1)),
        _newest("refresh after the commit", public, [one, two], refresh.CommitKey(fresh, 1)),
        _newest("commit without any refresh", public, [], refresh.CommitKey(fresh, 0)),
        _newest("a record of another device", public, [_record(device("phone"), 9)], None),
    ]


def _newest(name: str, owner: Device, records: list[bytes], last: refresh.CommitKey | None) -> Case:
    newest = refresh.newest_key(owner, [refresh.parse(r) for r in records], last)
    commit = None if last is None else {"public_key": b64(last.public_key), "refresh": last.refresh}
    return {
        "name": name,
        "device": device_json(owner),
        "refreshes": b64s(records),
        "last_commit": commit,
        "public_key": b64(newest.public_key),
        "key_id": b64(newest.key_id),
    }


def _connect() -> Case:
    owner, user, nonce = device("laptop"), person("alice").user_id, draw("connect nonce", 32)
    proof = connect.sign_proof(owner.signing.private, nonce, user, owner.device_id, ORIGIN)
    return {
        "nonce": b64(nonce),
        "user_id": b64(user),
        "device_id": b64(owner.device_id),
        "origin": ORIGIN,
        "message": b64(connect.proof_message(nonce, user, owner.device_id, ORIGIN)),
        "public": b64(owner.signing.public),
        "signature": b64(proof),
    }
