"""Owns a person at the real server who looks at pages, and where the pictures go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from client.client import Client
from tests.browser.look.looker import Looker
from tests.web.serving import Server


@pytest.fixture(scope="session")
def screenshots(artifacts: Path) -> Path:
    folder = artifacts / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def login_cookie(server: Server) -> Iterator[tuple[str, str]]:
    """Of somebody who signed up, so that the server shows them the talk room."""
    client = Client(server.url)
    client.sign_up("ada", "ada@example.org", "correct horse battery")
    name, _, value = client.api.cookies().partition("=")
    yield name, value
    client.api.close()


@pytest.fixture(scope="session")
def one_looker(
    chromium: Browser, server: Server, login_cookie: tuple[str, str]
) -> Iterator[Looker]:
    looker = Looker(chromium, server.url, login_cookie)
    yield looker
    looker.close()


@pytest.fixture
def looker(one_looker: Looker) -> Iterator[Looker]:
    yield one_looker
    one_looker.look_away()
