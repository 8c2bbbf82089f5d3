"""People by name, device lists and key refreshes: what may be published and what is handed out."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from flask import Flask

from crypto.device_list import Device
from crypto.wire import b64_encode
from services import devices
from services.devices import CLOCK_MS
from services.events import DeviceListChanged
from store.sqlite import SqliteStore
from tests.web.conftest import Clock
from tests.web.visitor import API, NOW, Person, Visitor, code
from web.house import house_of


def lists(visitor: Visitor, user_id: bytes, query: str = "") -> list[str]:
    answer = visitor.get(f"{API}/users/{b64_encode(user_id)}/device-lists{query}")
    assert answer.status_code == 200
    return answer.get_json()["lists"]  # type: ignore[no-any-return]


def publish(visitor: Visitor, raw: bytes) -> tuple[int, object]:
    answer = visitor.put("/device-list", {"device_list": b64_encode(raw)})
    if answer.status_code == 200:
        return 200, answer.get_json()
    return answer.status_code, code(answer)


def current(store: SqliteStore, person: Person) -> bytes:
    newest = store.device_list(person.user_id)
    assert newest is not None
    return newest.raw


def test_people_are_found_by_their_exact_name(alice: Visitor) -> None:
    expected = {"user_id": b64_encode(alice.person.user_id), "name": "alice"}
    assert alice.get(f"{API}/users?name=alice").get_json() == expected
    missing = alice.get(f"{API}/users?name=alicia")
    assert (missing.status_code, code(missing)) == (404, "no_such_user")
    for query in ("", "?name=Alice", "?name=a", "?name=alice&name=bob", "?name=alice&x=1"):
        assert code(alice.get(f"{API}/users{query}")) == "malformed"


def test_a_list_is_published_and_handed_out(alice: Visitor, app: Flask, store: SqliteStore) -> None:
    events: list[DeviceListChanged] = []
    house_of(app).events.subscribe(DeviceListChanged, events.append)
    first = current(store, alice.person)
    second = alice.person.next_list(first, issued_at=NOW + 1)
    third = alice.person.next_list(second, issued_at=NOW + 2, devices=())

    assert publish(alice, second) == (200, {"version": 2})
    assert publish(alice, third) == (200, {"version": 3})

    bob = Visitor(app)
    bob.sign_up("bob")
    user = alice.person.user_id
    assert lists(bob, user) == [b64_encode(third)]
    assert lists(bob, user, "?from=2") == [b64_encode(second), b64_encode(third)]
    assert lists(bob, user, "?from=4") == []
    assert [(e.user_id, e.version) for e in events] == [(user, 2), (user, 3)]


def test_many_lists_come_in_portions(
    alice: Visitor, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "LISTS_PER_ANSWER", 2)
    raw = [current(store, alice.person)]
    for _ in range(2):
        raw.append(alice.person.next_list(raw[-1]))
        publish(alice, raw[-1])
    user = alice.person.user_id
    assert lists(alice, user, "?from=1") == [b64_encode(each) for each in raw[:2]]
    assert lists(alice, user, "?from=3") == [b64_encode(raw[2])]


def test_the_same_list_again_is_answered_again_without_news(
    alice: Visitor, app: Flask, store: SqliteStore
) -> None:
    events: list[DeviceListChanged] = []
    house_of(app).events.subscribe(DeviceListChanged, events.append)
    second = alice.person.next_list(current(store, alice.person))
    assert publish(alice, second) == publish(alice, second) == (200, {"version": 2})
    assert len(events) == 1


def test_the_loser_of_a_race_hears_what_stands(alice: Visitor, store: SqliteStore) -> None:
    first = current(store, alice.person)
    publish(alice, alice.person.next_list(first))
    late = alice.person.next_list(first, issued_at=NOW + 5)
    answer = alice.put("/device-list", {"device_list": b64_encode(late)})
    assert (answer.status_code, code(answer)) == (409, "version_conflict")
    assert answer.get_json()["version"] == 2


def bad_successors(person: Person, first: bytes) -> dict[str, bytes]:
    good = person.next_list(first)
    device = person.list.devices[0]
    other_keys = Device(device.device_id, os.urandom(1216), device.signing_public, NOW)
    thief = Person(person.name)
    thief.list = person.list
    stolen = Person(person.name)
    stolen.user_id = person.user_id
    return {
        "tampered": good[:40] + bytes([good[40] ^ 1]) + good[41:],
        "tampered signature": good[:-1] + bytes([good[-1] ^ 1]),
        "changed identity": stolen.next_list(
            first, user_id=person.user_id, identity_public=stolen.identity.public
        ),
        "another name": person.next_list(first, name="alicia"),
        "another person": person.next_list(first, user_id=os.urandom(16)),
        "another list before it": person.next_list(first, previous_hash=os.urandom(32)),
        "older than the one before": person.next_list(first, issued_at=NOW - 1),
        "device with changed keys": person.next_list(first, devices=(other_keys,)),
    }


@pytest.mark.parametrize("case", bad_successors(Person("x12"), Person("x12").signed_list()))
def test_a_list_that_does_not_follow_is_refused(
    alice: Visitor, store: SqliteStore, case: str
) -> None:
    first = current(store, alice.person)
    bad = bad_successors(alice.person, first)[case]
    assert publish(alice, bad) == (422, "list_refused")
    assert current(store, alice.person) == first


def test_an_id_comes_back_only_with_the_keys_that_it_had(
    alice: Visitor, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many lists have passed since."""
    monkeypatch.setattr(devices, "LISTS_PER_ANSWER", 2)
    device = alice.person.list.devices[0]
    other = Device(os.urandom(16), os.urandom(1216), device.signing_public, NOW)
    for standing in ((device, other), (device,), (), (), (device,), ()):
        raw = alice.person.next_list(
            current(store, alice.person), devices=tuple(sorted(standing, key=lambda d: d.device_id))
        )
        assert publish(alice, raw)[0] == 200
    last = current(store, alice.person)
    for changed in (
        replace(other, kem_public=os.urandom(1216)),
        replace(other, signing_public=alice.person.identity.public),
        replace(device, kem_public=os.urandom(1216)),
    ):
        bad = alice.person.next_list(last, devices=(changed,))
        assert publish(alice, bad) == (422, "list_refused")
    assert current(store, alice.person) == last
    again = alice.person.next_list(last, devices=(replace(other, added_at=NOW + 1),))
    assert publish(alice, again)[0] == 200


@pytest.mark.parametrize("off", [CLOCK_MS + 1, -CLOCK_MS - 1, 25 * 60 * 60 * 1000])
def test_a_list_is_issued_by_the_servers_clock(
    alice: Visitor, clock: Clock, store: SqliteStore, off: int
) -> None:
    clock.now += 2 * CLOCK_MS  # so that a list from behind still follows the first
    first = current(store, alice.person)
    bad = alice.person.next_list(first, issued_at=clock.now + off)
    answer = alice.put("/device-list", {"device_list": b64_encode(bad)})
    assert (answer.status_code, code(answer)) == (409, "clock_off")
    assert answer.get_json()["server_time"] == clock.now
    assert current(store, alice.person) == first
    edge = CLOCK_MS if off > 0 else -CLOCK_MS
    good = alice.person.next_list(first, issued_at=clock.now + edge)
    assert publish(alice, good) == (200, {"version": 2})


def test_nobody_publishes_for_another(alice: Visitor, app: Flask, store: SqliteStore) -> None:
    mallory = Visitor(app)
    mallory.sign_up("mallory")
    first = current(store, alice.person)
    assert publish(mallory, alice.person.next_list(first)) == (422, "list_refused")
    assert current(store, alice.person) == first


def send_refresh(visitor: Visitor, raw: bytes) -> tuple[int, str]:
    answer = visitor.post("/refreshes", {"refresh": b64_encode(raw)})
    return answer.status_code, "" if answer.status_code == 201 else code(answer)


def test_refreshes_are_published_and_the_newest_is_handed_out(alice: Visitor) -> None:
    first, third = alice.person.refresh(1), alice.person.refresh(3)
    for raw in (first, first, third):  # the second time as after a lost answer
        assert send_refresh(alice, raw) == (201, "")
    user = b64_encode(alice.person.user_id)
    answer = alice.get(f"{API}/users/{user}/device-lists").get_json()
    assert answer["refreshes"] == [b64_encode(third)]
    assert send_refresh(alice, alice.person.refresh(2)) == (409, "version_conflict")
    assert send_refresh(alice, alice.person.refresh(3)) == (409, "version_conflict")


def bad_refreshes(person: Person) -> dict[str, bytes]:
    good = person.refresh()
    stranger = Person("stranger")
    foreign = Person("foreign")
    foreign.user_id = person.user_id
    wrong_key = Person("wrong")
    wrong_key.user_id, wrong_key.list = person.user_id, person.list
    return {
        "another person's": stranger.refresh(),
        "in another person's name": person.refresh(user_id=stranger.user_id),
        "unknown device": foreign.refresh(),
        "signed by another key": wrong_key.refresh(),
        "tampered": good[:100] + bytes([good[100] ^ 1]) + good[101:],
        "unknown version": b"\2" + good[1:],
        "from the future": person.refresh(issued_at=NOW + 25 * 60 * 60 * 1000),
    }


@pytest.mark.parametrize("case", bad_refreshes(Person("x12")))
def test_a_refresh_that_is_not_right_is_refused(alice: Visitor, case: str) -> None:
    assert send_refresh(alice, bad_refreshes(alice.person)[case]) == (422, "refresh_refused")


def test_the_refresh_of_a_removed_device_is_refused(alice: Visitor, store: SqliteStore) -> None:
    publish(alice, alice.person.next_list(current(store, alice.person), devices=()))
    assert send_refresh(alice, alice.person.refresh()) == (422, "refresh_refused")


def test_lists_of_nobody(alice: Visitor) -> None:
    answer = alice.get(f"{API}/users/{b64_encode(os.urandom(16))}/device-lists")
    assert (answer.status_code, code(answer)) == (404, "no_such_user")
    for user in ("x", "A" * 23, "A" * 21 + "B"):
        assert code(alice.get(f"{API}/users/{user}/device-lists")) == "malformed"
    mine = b64_encode(alice.person.user_id)
    for query in ("?from=0", "?from=x", "?from=-1", "?from=%2B1", "?from=1&from=2", "?to=1"):
        assert code(alice.get(f"{API}/users/{mine}/device-lists{query}")) == "malformed"
