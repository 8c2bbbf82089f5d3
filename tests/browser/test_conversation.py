"""What the product is for, as people do it: two browsers, two sign-ups, one conversation, through
the pages; and a Python client of one of them that takes part.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from client.client import Client
from tests.browser.people import PASSWORD, Human, until

pytestmark = pytest.mark.browser
Newcomer = Callable[[str], Human]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def sign_up(human: Human, page: Page) -> None:
    page.goto(f"{human.url}/signup")
    page.fill("#name", human.name)
    page.fill("#email", f"{human.name}@example.org")
    page.fill("#password", PASSWORD)
    page.click("#submit")
    page.wait_for_selector("#recovery:not([hidden])", timeout=PATIENCE_MS)
    key = page.inner_text("#recovery-key")
    page.fill("#last-group", key.strip()[-4:])
    page.click("#recovery-form [type=submit]")
    page.wait_for_url("**/talk", timeout=PATIENCE_MS)


def find(page: Page, name: str) -> None:
    page.click("[data-act=new]")
    page.fill("#person-name", name)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Start").or_(page.locator(".choices button")).first.click()
    page.wait_for_url("**/talk/*", timeout=PATIENCE_MS)


def say(page: Page, text: str) -> None:
    page.fill(".composer__input", text)
    page.locator(".composer__send").click()


def shows(page: Page, text: str) -> None:
    expect(page.locator(".bubble__text", has_text=text)).to_be_visible()


def test_two_people_and_a_program_hold_a_conversation(
    newcomer: Newcomer, screenshots: Path
) -> None:
    ann, ben = newcomer("ann"), newcomer("ben")
    hers = ann.page()
    his = ben.page(ben.new_browser(**PHONE))
    sign_up(ann, hers)
    sign_up(ben, his)
    find(hers, ben.name)
    say(hers, "Hello Ben, can anybody else read this?")
    his.locator(".row", has_text=ann.name).click()
    shows(his, "can anybody else read this?")
    say(his, "Nobody. Not even the server that carries it.")
    shows(hers, "Not even the server that carries it.")
    expect(hers.locator(".state-icon--read").first).to_be_visible()
    with_a_program(ann, hers, his)
    hers.screenshot(path=screenshots / "conversation-desktop.png")
    his.screenshot(path=screenshots / "conversation-phone.png")


def with_a_program(ann: Human, hers: Page, his: Page) -> None:
    """Ann's second device is a program: it is let in, reads, and speaks in her name."""
    program = Client(ann.url)
    try:
        program.log_in(ann.name, PASSWORD)
        expect(his.get_by_text("added a device").first).to_be_visible()
        say(his, "Is this thing on?")
        shows(hers, "Is this thing on?")
        received = until(lambda: [item.text for item in program.receive(1)], "the program reads")
        assert received == ["Is this thing on?"]
        (chat,) = program.chats.all
        program.send(chat, "It is, says a program of mine.")
        for page in (hers, his):
            shows(page, "says a program of mine")
    finally:
        program.disconnect()
        program.api.close()


def test_a_reload_brings_everything_back(newcomer: Newcomer) -> None:
    ann, ben = newcomer("ann"), newcomer("ben")
    hers, his = ann.page(), ben.page()
    sign_up(ann, hers)
    sign_up(ben, his)
    find(hers, ben.name)
    say(hers, "before the reload")
    shows(hers, "before the reload")
    hers.fill(".composer__input", "a draft")
    hers.wait_for_timeout(1000)
    hers.reload()
    shows(hers, "before the reload")
    expect(hers.locator(".composer__input")).to_have_value("a draft")
    his.locator(".row", has_text=ann.name).click()
    shows(his, "before the reload")
