"""Owns what the browser tests share: a real server, and people with browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.people import Human
from tests.web.serving import Server, directly, free_port, running

GENEROUS = "100000 per minute"
LIMITS = ("LIMIT_SIGNUP", "LIMIT_LOGIN", "LIMIT_LOGIN_NAME", "LIMIT_KDF", "LIMIT_PUBLISH")
ARTIFACTS = Path(__file__).resolve().parents[2] / "artifacts"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    env = {
        "PORT": str(free_port()),
        "FLASK_ENV": "development",
        "CRYPTEXQ_DATA_DIR": str(folder / "data"),
        "CRYPTEXQ_OPEN_BROWSER": "0",
        "LIMIT_API": GENEROUS,
        **dict.fromkeys(LIMITS, GENEROUS),
    }
    with running(directly(), env, folder / "log") as started:
        yield started


@pytest.fixture
def newcomer(server: Server, chromium: Browser) -> Iterator[Callable[[str], Human]]:
    """Somebody new with a browser of their own. Names get an ending: they are never reused."""
    met: list[Human] = []

    def make(name: str) -> Human:
        met.append(Human(name, server.url, chromium))
        return met[-1]

    yield make
    for human in met:
        human.leave()
        assert human.faults == []


@pytest.fixture(scope="session")
def artifacts() -> Path:
    ARTIFACTS.mkdir(exist_ok=True)
    return ARTIFACTS


@pytest.fixture(scope="session")
def screenshots(artifacts: Path) -> Path:
    folder = artifacts / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
