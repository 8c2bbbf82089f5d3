"""Python clients hold conversations through the real server, from sign-up on."""

from __future__ import annotations

import os
import time

import pytest

from client.api import ApiError
from client.client import Client
from client.events import EpochOpened, Refused
from crypto.envelope import DELIVERED
from tests.live.conftest import PASSWORD, Town


def texts(client: Client, timeout: float = 0.5) -> list[str]:
    return [item.text for item in client.receive(timeout)]


def test_two_people_talk(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    chat = ann.start(bob.name)
    message_id = ann.send(chat, "hello")
    assert texts(bob) == ["hello"]
    bob.send(chat, "hello yourself")
    assert texts(ann) == ["hello yourself"]
    assert ann.chats.all[chat].receipts[message_id] == DELIVERED
    assert ann.safety_number(bob.me.user_id) == bob.safety_number(ann.me.user_id)


def test_messages_wait_for_somebody_who_is_away_and_come_in_order_once(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    chat = ann.start(bob.name)
    bob.disconnect()
    said = [f"message {i}" for i in range(60)]
    for text in said:
        ann.send(chat, text)
    assert texts(bob) == said
    assert texts(bob) == []


def test_more_than_one_answer_of_the_server_holds_is_fetched(town: Town) -> None:
    """Pages end at a size too, not only at a count."""
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    chat = ann.start(bob.name)
    said = [f"{i:02d}" + "x" * 16_000 for i in range(60)]
    for text in said:
        ann.send(chat, text)
    assert texts(bob) == said


def test_every_device_of_both_people_reads_everything(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    tablet, desk = town.second_device(ann), town.second_device(bob)
    chat = tablet.start(bob.name)
    tablet.send(chat, "from the tablet")
    assert texts(desk) == ["from the tablet"]
    desk.send(chat, "from the desk")
    assert texts(ann) == ["from the tablet", "from the desk"]
    assert texts(bob) == ["from the tablet", "from the desk"]


def test_a_device_that_joins_late_reads_from_then_on(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    chat = ann.start(bob.name)
    ann.send(chat, "before")
    desk = town.second_device(bob)
    assert texts(desk) == []
    texts(ann)
    ann.send(chat, "after")
    assert texts(desk) == ["after"]
    codes = [e.code for e in desk.chats.all[chat].events if isinstance(e, Refused)]
    assert set(codes) == {"not_readable"}


def test_the_recovery_key_opens_the_account_without_the_password(town: Town) -> None:
    ann = town.newcomer("ann")
    again = town.client()
    again.log_in_with_recovery_key(ann.name, ann.recovery_key.lower())
    assert again.me.user_id == ann.me.user_id
    with pytest.raises(ApiError, match="login_failed"):
        town.client().log_in(ann.name, PASSWORD + "?")


def test_two_devices_that_commit_at_once_agree_on_one_epoch(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    chat = ann.start(bob.name)
    ann.send(chat, "hello")
    texts(bob)
    ann.chats.commit(chat)
    bob.chats.commit(chat)
    bob.send(chat, "whose epoch?")
    assert texts(ann) == ["whose epoch?"]
    opened = [
        [e.epoch for e in who.chats.all[chat].events if isinstance(e, EpochOpened)]
        for who in (ann, bob)
    ]
    assert opened[0] == opened[1]


def test_a_log_out_ends_the_session(town: Town) -> None:
    ann = town.newcomer("ann")
    ann.log_out()
    with pytest.raises(ApiError, match="not_signed_in"):
        ann.api.get("/me")


def test_a_revoked_device_is_cut_off_and_reads_nothing_more(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    lost = town.second_device(bob)
    chat = ann.start(bob.name)
    ann.send(chat, "all here")
    assert texts(lost) == ["all here"]
    bob.revoke(lost.me.device_id, PASSWORD)
    ann.wait(2)
    ann.send(chat, "without it")
    assert texts(bob) == ["all here", "without it"]
    with pytest.raises(ApiError, match="foreign_device"):
        lost.chats.sync()
    with pytest.raises(ApiError):
        lost.connect()


def test_a_long_row_of_device_lists_is_fetched_to_its_end(town: Town) -> None:
    ann, bob = town.newcomer("ann"), town.newcomer("bob")
    bob.people.learn(ann.me.user_id)
    identity = ann.unlock(PASSWORD)
    for _ in range(40):
        ann.publish(identity, ann.people.newest(ann.me.user_id).list.devices)
    bob.people.learn(ann.me.user_id)
    assert bob.people.newest(ann.me.user_id).list.version == 41


@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_is_off_is_corrected_by_the_servers(town: Town, hours: int) -> None:
    def clock() -> int:
        return time.time_ns() // 1_000_000 + hours * 3_600_000

    bob, name = town.newcomer("bob"), f"late-{os.urandom(4).hex()}"
    first, second = town.client(clock=clock), town.client(clock=clock)
    first.sign_up(name, f"{name}@example.org", PASSWORD)
    second.log_in(name, PASSWORD)
    for client in (first, second):
        assert abs(client.now() - time.time_ns() // 1_000_000) < 60_000
    newest = second.people.newest(second.me.user_id).list
    assert abs(newest.issued_at - second.now()) < 60_000
    assert len(newest.devices) == 2
    assert all(device.added_at < second.now() + 60_000 for device in newest.devices)
    chat = second.start(bob.name)
    second.send(chat, "on time")
    assert texts(bob) == ["on time"]
