"""Owns what all tests share: where Chromium is, and saying so aloud when it is not there.

Fixtures of one area live in that area's own conftest.py.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    Path("C:/Program Files/Google/Chrome/Application/chrome.exe"),
)
NO_CHROMIUM = "no Chromium found: install it, or name it in CHROMIUM_PATH"

# A loaded machine is slow without being wrong, so no example has a deadline.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")


def find_chromium() -> str | None:
    named = os.environ.get("CHROMIUM_PATH")
    if named is not None:
        return shutil.which(named)
    on_path = [path for name in NAMES if (path := shutil.which(name))]
    installed = [str(path) for path in APPLICATIONS if path.is_file()]
    return next(iter(on_path + installed), None)


def needs_browser(item: pytest.Item) -> bool:
    return "browser" in item.keywords or "chromium_path" in getattr(item, "fixturenames", ())


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark what drives a browser, for `-m "not browser"`, and skip it where there is none."""
    missing = find_chromium() is None
    for item in items:
        if needs_browser(item):
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    count = sum(NO_CHROMIUM in str(report.longrepr) for report in skipped)
    if count:
        line = (
            f"{count} BROWSER TEST(S) SKIPPED, NOTHING OF THEM WAS CHECKED: {NO_CHROMIUM.upper()}"
        )
        terminalreporter.write_line(line, red=True, bold=True)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to drive, as Playwright's `executable_path`."""
    path = find_chromium()
    if path is None:
        pytest.skip(NO_CHROMIUM)
    return path


@pytest.fixture(scope="session")
def chromium(chromium_path: str) -> Iterator[Browser]:
    """The one browser of a run: Playwright cannot be started twice in one process."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        browser.close()
