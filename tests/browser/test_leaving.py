"""Logging out: a browser that stays a device, and one that forgets everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.people import Human, Room, until

pytestmark = pytest.mark.browser
Newcomer = Callable[[str], Human]
LEFT = """async () => ({
    stores: (await indexedDB.databases()).map(({ name }) => name),
    local: Object.keys(localStorage),
})"""


@pytest.fixture
def ann(newcomer: Newcomer) -> Human:
    human = newcomer("ann")
    human.sign_up()
    return human


def talk_room(human: Human) -> Page:
    """With the pages' own program."""
    page = human.page()
    page.goto(f"{human.url}/talk")
    page.wait_for_selector("[data-act=leave]")
    page.evaluate("localStorage.setItem('cryptexq.theme', 'dark')")
    return page


def left(page: Page) -> dict[str, Any]:
    page.wait_for_url(lambda url: "/talk" not in url)
    return dict(page.evaluate(LEFT))


def leave(page: Page, choice: str) -> None:
    page.click("[data-act=leave]")
    page.get_by_role("dialog").get_by_role("button", name=choice, exact=True).click()


def test_a_browser_that_was_logged_out_is_still_the_same_device(ann: Human) -> None:
    page = talk_room(ann)
    leave(page, "Log out")
    assert len(left(page)["stores"]) == 1
    page.close()
    assert not ann.log_in(ann.context)["newDevice"]


def test_a_browser_that_forgets_keeps_nothing_and_comes_back_as_a_new_device(ann: Human) -> None:
    page = talk_room(ann)
    leave(page, "Log out and forget this browser")
    assert left(page) == {"stores": [], "local": []}
    page.close()
    assert ann.log_in(ann.context)["newDevice"]


def test_forgetting_does_not_wait_for_other_tabs(ann: Human) -> None:
    leads = ann.open().ready()
    second = ann.open()
    until(lambda: second.status()["stage"] == "ready", "news from the tab that leads")
    second.call("logOut", {"forget": True})
    assert second.page.evaluate(LEFT)["stores"] == []
    assert heard_the_end(leads)


def heard_the_end(room: Room) -> bool:
    ends = "heard.filter(([event]) => event === 'ended').length > 0"
    return bool(until(lambda: room.page.evaluate(ends), "the end of the session"))
