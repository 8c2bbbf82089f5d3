"""The pages of the real server, with stand-ins for the two modules of state below them.

Owns opening a page in a given width and theme, and noticing whatever it complains about. The
stand-ins (fakes/) make every state reachable and every picture the same each time;
templates, styles, scripts, headers and policy are the server's own.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

FAKES = Path(__file__).resolve().parent / "fakes"
NOW = datetime(2025, 11, 21, 13, 10, tzinfo=UTC)
INES = "/talk/ines000000000000000000"
PHONE_BELOW = 720
SETTLED_MS = 200


@dataclass(frozen=True)
class View:
    """A width and a theme; below 900 px it is a touch screen."""

    width: int
    theme: str = "light"

    def __str__(self) -> str:
        return f"{self.width}-{self.theme}"

    @property
    def options(self) -> dict[str, Any]:
        touch = self.width < 900
        height = {390: 844, 800: 1000, 1024: 768}.get(self.width, 900)
        return {
            "viewport": {"width": self.width, "height": height},
            "color_scheme": self.theme,
            "has_touch": touch,
            "is_mobile": touch,
            "locale": "en-GB",
            "timezone_id": "Europe/Berlin",
            "permissions": ["clipboard-read", "clipboard-write"],
        }


DESK, DESK_DARK = View(1440), View(1440, "dark")
SMALL_DESK, TABLET = View(1024), View(800)
PHONE, PHONE_DARK = View(390), View(390, "dark")


class Looker:
    """Opens pages as one person who is logged in, and remembers what went wrong on them.

    Pages of the same view share a context, and with it the browser's cache; what a page stores
    stays for the next one, so a test that stores something asks for a context of its own.
    """

    def __init__(self, browser: Browser, origin: str, cookie: tuple[str, str]) -> None:
        self.origin = origin
        self.complaints: list[str] = []
        self._browser, self._cookie = browser, cookie
        self._shared: dict[tuple[View, bool], BrowserContext] = {}
        self._contexts: list[BrowserContext] = []
        self._pages: list[Page] = []

    def open(
        self,
        path: str,
        view: View = DESK,
        fake: dict[str, Any] | None = None,
        own: bool = False,
        stranger: bool = False,
    ) -> Page:
        context = self.context(view) if own else self._share(view, stranger)
        page = context.new_page()
        self._pages.append(page)
        page.set_default_timeout(10_000)
        page.add_init_script(f"globalThis.fake = {json.dumps(fake or {})}")
        page.on("console", lambda message: self._heard(page, message))
        page.on("pageerror", lambda error: self._complain(page, str(error)))
        page.clock.set_fixed_time(NOW)
        page.goto(self.origin + path)
        page.wait_for_timeout(SETTLED_MS)
        return page

    def context(self, view: View, stranger: bool = False, **options: Any) -> BrowserContext:
        context = self._browser.new_context(**(view.options | options))
        self._contexts.append(context)
        name, value = self._cookie
        if not stranger:
            context.add_cookies([{"name": name, "value": value, "url": self.origin}])
        context.route("**/js/state/*.js", _stand_in)
        return context

    def look_away(self) -> None:
        """Between two tests."""
        while self._pages:
            self._pages.pop().close()
        self.complaints.clear()

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _share(self, view: View, stranger: bool) -> BrowserContext:
        if (view, stranger) not in self._shared:
            self._shared[view, stranger] = self.context(view, stranger)
        return self._shared[view, stranger]

    def _heard(self, page: Page, message: ConsoleMessage) -> None:
        """A page that does not exist is reported by the browser itself; that is no complaint."""
        if message.type in {"error", "warning"} and "status of 404" not in message.text:
            self._complain(page, message.text)

    def _complain(self, page: Page, words: str) -> None:
        """What a page says while it is being closed is not the next test's business."""
        if page in self._pages:
            self.complaints.append(words)


def _stand_in(route: Route) -> None:
    """Pages name all modules of the real state layer ahead; only two of them are played here."""
    fake = FAKES / route.request.url.rpartition("/")[2]
    if fake.exists():
        route.fulfill(body=fake.read_text("utf-8"), content_type="text/javascript; charset=utf-8")
    else:
        route.continue_()


def scrolls_sideways(page: Page) -> bool:
    return bool(
        page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    )


def focused(page: Page) -> str:
    """What a screen reader would call the focused element: its label, text or name."""
    return str(
        page.evaluate(
            """() => {
                const on = document.activeElement;
                const words = on.textContent.trim() || on.id || on.tagName;
                return on.getAttribute('aria-label') ?? words;
            }"""
        )
    )
