"""Owns what the browser tests share: a real server, a real Chromium, and people with browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.browser.people import Human
from tests.web.serving import Server, directly, free_port, running

playwright = pytest.importorskip("playwright.sync_api")

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


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[playwright.Browser]:
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def newcomer(server: Server, chromium: playwright.Browser) -> Iterator[Callable[[str], Human]]:
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
