"""Owns the servers of these tests: an honest one, and one that lies."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from client.client import Client
from crypto.wire import b64_encode
from tests.sockets.site import Site

GENEROUS = dict.fromkeys(("LIMIT_SIGNUP", "LIMIT_LOGIN", "LIMIT_KDF"), "10000 per minute")
PASSWORD = "correct horse battery staple"


class Town:
    """A server and the people who signed up there in a test."""

    def __init__(self, site: Site, lies: Path) -> None:
        self.site, self._lies = site, lies
        self._clients: list[Client] = []

    def newcomer(self, name: str) -> Client:
        """Somebody new; the name gets an ending of its own, because names are never reused."""
        client = self.client()
        full = f"{name}-{os.urandom(4).hex()}"
        client.recovery_key = client.sign_up(full, f"{full}@example.org", PASSWORD)
        client.name = full
        return client

    def client(self, **settings: Any) -> Client:
        client = Client(self.site.origin, **settings)
        self._clients.append(client)
        return client

    def second_device(self, first: Client) -> Client:
        client = self.client()
        client.log_in(first.name, PASSWORD)
        client.name = first.name
        return client

    def lie(self, to: Client, lie: str, **more: Any) -> None:
        fresh = self._lies.with_suffix(".new")
        fresh.write_text(json.dumps([{"to": b64_encode(to.me.user_id), "lie": lie, **more}]))
        fresh.replace(self._lies)

    def close(self) -> None:
        self._lies.unlink(missing_ok=True)
        for client in self._clients:
            client.disconnect()
            client.api.close()


@pytest.fixture(scope="session")
def honest_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with Site(tmp_path_factory.mktemp("honest"), **GENEROUS) as site:
        yield site


@pytest.fixture(scope="session")
def lying_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("lying")
    lies = str(folder / "lies.json")
    with Site(folder, ("-m", "tests.live.liar"), LIES=lies, **GENEROUS) as site:
        yield site


@pytest.fixture
def town(honest_site: Site) -> Iterator[Town]:
    town = Town(honest_site, honest_site.folder / "lies.json")
    yield town
    town.close()


@pytest.fixture
def liars_town(lying_site: Site) -> Iterator[Town]:
    town = Town(lying_site, lying_site.folder / "lies.json")
    yield town
    town.close()
