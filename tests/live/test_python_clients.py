"""Python clients hold a conversation through the real server, from sign-up on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from client.client import Client
from crypto.envelope import DELIVERED
from tests.sockets.site import Site

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(
        tmp_path_factory.mktemp("live"),
        LIMIT_SIGNUP="1000 per minute",
        LIMIT_LOGIN="1000 per minute",
    ) as site:
        yield site


def newcomer(site: Site, name: str) -> Client:
    client = Client(site.origin)
    client.sign_up(name, f"{name}@example.org", PASSWORD)
    return client


def test_two_people_talk(site: Site) -> None:
    ann, bob = newcomer(site, "ann"), newcomer(site, "bob")
    chat = ann.start("bob")
    message_id = ann.send(chat, "hello")
    assert [item.text for item in bob.receive(1)] == ["hello"]
    bob.send(chat, "hello yourself")
    assert [item.text for item in ann.receive(1)] == ["hello yourself"]
    ann.chats.sync()
    assert ann.chats.all[chat].receipts[message_id] == DELIVERED
    assert ann.safety_number(bob.me.user_id) == bob.safety_number(ann.me.user_id)
    for client in (ann, bob):
        client.disconnect()
