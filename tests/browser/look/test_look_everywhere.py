"""Every page in every state: clean, inside the window, without a barrier, and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Page

from tests.browser.look.looker import (
    DESK,
    DESK_DARK,
    INES,
    PHONE,
    PHONE_BELOW,
    PHONE_DARK,
    SMALL_DESK,
    TABLET,
    Looker,
    View,
    scrolls_sideways,
)

AXE = Path(__file__).resolve().parents[3] / "node_modules" / "axe-core" / "axe.min.js"
TAKEN = {
    "title": "This name is taken",
    "detail": "Somebody here already uses the name ada. Choose another one.",
}
ENDED = {
    "title": "You were logged out here",
    "detail": "This session was ended from another device. What was not sent waits here.",
}
Act = Callable[[Page], Any]


class Scene(NamedTuple):
    path: str
    fake: dict[str, Any]
    act: Act | None = None


def sign_up(page: Page) -> None:
    page.fill("#name", "ada")
    page.fill("#email", "ada@example.org")
    page.fill("#password", "correct horse battery")
    page.click("#submit")


def sign_up_wrong(page: Page) -> None:
    page.fill("#name", "A b")
    page.fill("#email", "ada")
    page.fill("#password", "abc")
    page.click("#submit")


def log_in(page: Page) -> None:
    page.fill("#login", "ada")
    page.fill("#password", "correct horse battery")
    page.click("#password-form [type=submit]")


def show_recovery(page: Page) -> None:
    sign_up(page)
    page.wait_for_selector("#recovery:not([hidden])")


def open_inspector(page: Page) -> None:
    if page.viewport_size and page.viewport_size["width"] < PHONE_BELOW:
        page.click("#inspect")


def open_commit(page: Page) -> None:
    page.click(".folded summary")
    page.locator(".step").last.scroll_into_view_if_needed()


def compare(page: Page) -> None:
    page.get_by_role("button", name="Show", exact=True).click()
    page.wait_for_selector(".qr")


def find_person(page: Page) -> None:
    page.click("[data-act=new]")
    page.fill("#person-name", "lea-m")
    page.keyboard.press("Enter")
    page.wait_for_selector(".choices")


def find_nobody(page: Page) -> None:
    page.click("[data-act=new]")
    page.fill("#person-name", "nobody")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Nobody here is called")


def scroll_up(page: Page) -> None:
    page.evaluate("document.querySelector('.thread__scroll').scrollTop = 2000")
    page.wait_for_selector(".jump:not([hidden])")


def details(page: Page) -> None:
    page.locator(".message .bubble__meta").nth(4).click()


def end_session(page: Page) -> None:
    page.evaluate("reason => fakeMessenger.end(reason)", ENDED)


def write_too_much(page: Page) -> None:
    page.fill(".composer__input", "x" * 17_000)


def press(keys: str) -> Act:
    def act(page: Page) -> None:
        page.keyboard.press(keys)
        page.wait_for_selector("dialog[open]")

    return act


TALK = {"scene": "talk"}
SCENES = {
    "landing": Scene("/", {}),
    "signup": Scene("/signup", {}),
    "signup-wrong": Scene("/signup", {}, sign_up_wrong),
    "signup-running": Scene("/signup", {"hold": "identity"}, sign_up),
    "signup-refused": Scene("/signup", {"refuse": TAKEN}, sign_up),
    "recovery-key": Scene("/signup", {}, show_recovery),
    "login": Scene("/login", {}),
    "login-running": Scene("/login", {"hold": "deriving"}, log_in),
    "login-recovery": Scene("/login#recovery", {}),
    "error": Scene("/nowhere", {}),
    "talk-empty": Scene("/talk", {"scene": "empty"}),
    "talk-list": Scene("/talk", TALK),
    "talk": Scene(INES, TALK | {"unread": 1}),
    "talk-details": Scene(INES, TALK, details),
    "talk-long": Scene(INES, {"scene": "long", "unread": 8}, scroll_up),
    "talk-alerts": Scene(INES, {"scene": "alerts", "offline": True}),
    "talk-too-long": Scene(INES, TALK, write_too_much),
    "talk-unknown": Scene("/talk/none000000000000000000", TALK),
    "talk-refused": Scene("/talk", {"refuse": TAKEN}),
    "inspector": Scene(INES, TALK, open_inspector),
    "inspector-commit": Scene(f"{INES}#session", TALK, open_commit),
    "safety-number": Scene(f"{INES}#session", TALK, compare),
    "find": Scene("/talk", TALK, find_person),
    "find-nobody": Scene("/talk", TALK, find_nobody),
    "switcher": Scene("/talk", TALK, press("Control+k")),
    "help": Scene("/talk", TALK, press("Control+/")),
    "session-ended": Scene(INES, TALK, end_session),
}
MORE_VIEWS = {
    "landing": (DESK_DARK, PHONE, TABLET),
    "recovery-key": (DESK_DARK, PHONE),
    "talk": (DESK_DARK, PHONE, SMALL_DESK, TABLET),
    "talk-list": (SMALL_DESK, TABLET),
    "talk-alerts": (SMALL_DESK, DESK_DARK),
    "inspector": (DESK_DARK, PHONE),
}
SHOTS = [
    pytest.param(name, view, id=f"{name}-{view}")
    for name in SCENES
    for view in (DESK, PHONE_DARK, *MORE_VIEWS.get(name, ()))
]


@pytest.mark.parametrize(("name", "view"), SHOTS)
def test_page_is_clean_and_kept(name: str, view: View, looker: Looker, screenshots: Path) -> None:
    scene = SCENES[name]
    page = looker.open(scene.path, view, scene.fake, stranger=not scene.path.startswith("/talk"))
    if scene.act:
        scene.act(page)
    page.wait_for_timeout(100)
    whole = not scene.path.startswith("/talk")
    page.screenshot(path=screenshots / f"{name}-{view}.png", full_page=whole)
    assert looker.complaints == []
    assert not scrolls_sideways(page)
    assert barriers(page) == []


def barriers(page: Page) -> list[str]:
    """What axe-core finds; it is evaluated by the debugger, which no page policy governs."""
    if not AXE.is_file():
        pytest.skip("axe-core is missing: npm ci")
    page.evaluate(f"{AXE.read_text('utf-8')}; 0")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]
