"""A server that lies to real clients: what it does is refused or shown, and nothing is lost."""

from __future__ import annotations

import pytest

from client.client import Client
from client.events import Refused, Stopped
from crypto import device_list, signatures
from crypto.device_list import DeviceList
from crypto.errors import IdentityChanged, ListRefused
from crypto.wire import b64_encode
from tests.live.conftest import Town
from tests.live.test_python_clients import texts


@pytest.fixture
def ann(liars_town: Town) -> Client:
    return liars_town.newcomer("ann")


@pytest.fixture
def bob(liars_town: Town) -> Client:
    return liars_town.newcomer("bob")


@pytest.fixture
def chat(ann: Client, bob: Client) -> bytes:
    """Both have talked already."""
    chat = ann.start(bob.name)
    ann.send(chat, "hello")
    assert texts(bob) == ["hello"]
    return chat


def refusals(client: Client, chat: bytes) -> list[tuple[str, bool]]:
    return [(e.code, e.attack) for e in client.chats.all[chat].events if isinstance(e, Refused)]


def test_a_forged_sender(liars_town: Town, ann: Client, bob: Client, chat: bytes) -> None:
    ann.send(chat, "from ann")
    liars_town.lie(bob, "relabel", sender=b64_encode(bob.me.user_id))
    assert texts(bob) == []
    assert refusals(bob, chat) == [("forged_sender", True)]


def test_a_replay(liars_town: Town, ann: Client, bob: Client, chat: bytes) -> None:
    ann.send(chat, "once")
    liars_town.lie(bob, "repeat", n=ann.chats.all[chat].session.n)
    assert texts(bob) == ["once"]
    assert refusals(bob, chat) == [("replay", True)]


def test_a_swapped_key(liars_town: Town, ann: Client, bob: Client, chat: bytes) -> None:
    old = bob.people.newest(bob.me.user_id).list
    false = signatures.keypair(bytes(64))
    body = DeviceList(
        old.user_id, old.name, false.public, old.version, old.previous_hash, old.issued_at,
        old.devices,
    )  # fmt: skip
    forged = b64_encode(device_list.sign(body, false.private))
    liars_town.lie(ann, "lists", of=b64_encode(bob.me.user_id), lists=[forged])
    with pytest.raises(IdentityChanged):
        ann.people.learn(bob.me.user_id)
    with pytest.raises(IdentityChanged):
        ann.chats.commit(chat)


def test_a_rolled_back_device_list(liars_town: Town, ann: Client, bob: Client, chat: bytes) -> None:
    first = bob.people.newest(bob.me.user_id).raw
    liars_town.second_device(bob)
    ann.people.learn(bob.me.user_id)
    liars_town.lie(ann, "lists", of=b64_encode(bob.me.user_id), lists=[b64_encode(first)])
    with pytest.raises(ListRefused):
        ann.people.learn(bob.me.user_id)
    assert ann.people.newest(bob.me.user_id).list.version == 2


def test_a_forked_transcript(liars_town: Town, ann: Client, bob: Client, chat: bytes) -> None:
    texts(ann)
    ann.send(chat, "bob shall never see this")
    hidden = ann.chats.all[chat].session.n
    liars_town.lie(bob, "withhold", n=hidden)
    assert texts(bob) == []
    ann.send(chat, "but this one carries the head of the other")
    assert texts(bob) == []
    assert isinstance(bob.chats.all[chat].events[-1], Stopped)
    assert bob.chats.all[chat].session.stopped == "fork_detected"


def test_the_same_server_without_a_lie(ann: Client, bob: Client, chat: bytes) -> None:
    """What the other tests refuse is the lie, not the server."""
    ann.send(chat, "the truth")
    assert texts(bob) == ["the truth"]
    assert refusals(bob, chat) == []
