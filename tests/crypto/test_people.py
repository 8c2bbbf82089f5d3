"""Identities, device lists and key refreshes: what may be written, and what arguments are taken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crypto import device_list, identity, refresh
from crypto.errors import ArgumentInvalid, FormatError, IdentityChanged, ListRefused
from tools.vector_sections.cast import NOW, device, person
from tools.vector_sections.draw import draw

ALICE, BOB = person("alice"), person("bob")
LAPTOP, PHONE = device("laptop"), device("phone")
FIRST = ALICE.device_list([LAPTOP])


def test_a_conversation_of_two_has_one_id() -> None:
    a, b = ALICE.user_id, BOB.user_id
    assert identity.direct_conversation_id(a, b) == identity.direct_conversation_id(b, a)


def test_one_person_is_not_two() -> None:
    with pytest.raises(ArgumentInvalid):
        identity.direct_conversation_id(ALICE.user_id, ALICE.user_id)


def test_a_safety_number_changes_with_either_identity() -> None:
    a, b = draw("hash a", 32), draw("hash b", 32)
    number = identity.safety_number(ALICE.user_id, a, BOB.user_id, b)
    assert len(number.split()) == 12
    assert all(len(group) == 5 and group.isdigit() for group in number.split())
    assert identity.safety_number(BOB.user_id, b, ALICE.user_id, a) == number
    assert identity.safety_number(ALICE.user_id, b, BOB.user_id, a) != number


def test_lengths_of_identities() -> None:
    good = (ALICE.user_id, bytes(32), BOB.user_id, bytes(32))
    for i in range(4):
        wrong = [*good]
        wrong[i] = wrong[i] + b"\x00"
        with pytest.raises(ArgumentInvalid):
            identity.safety_number(*wrong)
        with pytest.raises(ArgumentInvalid):
            identity.safety_qr(*wrong)
    with pytest.raises(ArgumentInvalid):
        identity.identity_hash(bytes(15), bytes(1984))
    with pytest.raises(ArgumentInvalid):
        identity.identity_hash(bytes(16), bytes(1983))


@pytest.mark.parametrize(
    "name", ["ab", "a" * 33, "Alice", ".abc", "a b c", "a/b", "abc\n", "\u00e4bc"]
)
def test_a_name_of_another_shape_is_refused(name: str) -> None:
    with pytest.raises(FormatError):
        device_list.check_name(name)


@pytest.mark.parametrize("name", ["abc", "0-9", "a._-" * 8])
def test_a_name_of_this_shape_is_taken(name: str) -> None:
    assert device_list.check_name(name) == name


@pytest.mark.parametrize(
    "changed",
    [
        {"user_id": bytes(15)},
        {"name": "Alice"},
        {"name": "\u00e4lice"},
        {"identity_public": bytes(32)},
        {"version": 0},
        {"version": 2},
        {"version": 1 << 32},
        {"previous_hash": bytes(31)},
        {"previous_hash": b"\x01" * 32},
        {"issued_at": 1 << 53},
        {"devices": (LAPTOP.public(), LAPTOP.public())},
        {"devices": tuple(sorted(FIRST.list.devices * 2, key=repr))},
        {"devices": (replace(LAPTOP.public(), device_id=bytes(15)),)},
        {"devices": (replace(LAPTOP.public(), kem_public=bytes(15)),)},
        {"devices": (replace(LAPTOP.public(), signing_public=bytes(15)),)},
    ],
)
def test_a_list_that_could_not_be_read_is_not_written(changed: dict[str, object]) -> None:
    with pytest.raises(ArgumentInvalid):
        device_list.serialise(replace(FIRST.list, **changed))  # type: ignore[arg-type]


def test_seventeen_devices_are_too_many() -> None:
    many = [replace(LAPTOP.public(), device_id=bytes([i] * 16)) for i in range(17)]
    device_list.serialise(replace(FIRST.list, devices=tuple(many[:16])))
    with pytest.raises(ArgumentInvalid):
        device_list.serialise(replace(FIRST.list, devices=tuple(many)))


def test_only_the_named_identity_signs_a_list() -> None:
    with pytest.raises(ArgumentInvalid):
        device_list.sign(FIRST.list, BOB.identity.private)


def test_a_list_knows_its_devices() -> None:
    assert FIRST.list.device(LAPTOP.device_id) == LAPTOP.public()
    assert FIRST.list.device(PHONE.device_id) is None
    assert device_list.list_hash(FIRST) == FIRST.hash


def test_a_chain_must_hold_something() -> None:
    with pytest.raises(ArgumentInvalid):
        device_list.verify_successor(FIRST, [])


def test_a_pin_is_for_one_list_of_one_person() -> None:
    value = FIRST.list
    pin = (value.user_id, value.identity_hash, value.version, FIRST.hash)
    device_list.verify_pinned(FIRST, *pin)
    with pytest.raises(IdentityChanged):
        device_list.verify_pinned(FIRST, BOB.user_id, *pin[1:])
    with pytest.raises(IdentityChanged):
        device_list.verify_pinned(FIRST, pin[0], bytes(32), *pin[2:])
    with pytest.raises(ListRefused):
        device_list.verify_pinned(FIRST, *pin[:2], 2, pin[3])
    with pytest.raises(ListRefused):
        device_list.verify_pinned(FIRST, *pin[:3], bytes(32))


@pytest.mark.parametrize(
    ("number", "issued", "public"),
    [(0, NOW, bytes(1216)), (1 << 32, NOW, bytes(1216)), (1, NOW, bytes(1215)), (1, 1 << 53, b"")],
)
def test_a_refresh_that_could_not_be_read_is_not_written(
    number: int, issued: int, public: bytes
) -> None:
    place = (ALICE.user_id, LAPTOP.device_id)
    with pytest.raises(ArgumentInvalid):
        refresh.sign(*place, number, issued, public, LAPTOP.signing.private)
