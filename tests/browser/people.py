"""People with browsers: sign up, log in, open the talk room, ask its session layer what it knows.

A `Room` is a tab of the talk room. `bare` ones run without the pages' own program, so that a test
drives the session layer alone; the others are what people see.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

PASSWORD = "correct horse battery staple"
PATIENCE = 60

# A test's own script cannot name a versioned file, but every page names one in that folder.
MODULE = """name => import(new URL(`../state/${name}.js`,
    document.querySelector('script[src*="/js/pages/"]').src))"""
SIGN_UP = f"""async (person) => {{
    const {{ signUp }} = await ({MODULE})('account');
    const stages = [];
    const began = performance.now();
    const made = await signUp(person, ({{ stage }}) => {{
        if (stages.at(-1) !== stage) stages.push(stage);
    }});
    return {{ ...made, stages, ms: performance.now() - began }};
}}"""
LOG_IN = f"""async ({{ method, form }}) => {{
    const account = await ({MODULE})('account');
    try {{
        return {{ answer: await account[method](form, () => undefined) }};
    }} catch (error) {{
        const {{ code, title, detail }} = error;
        if (!code) throw error;
        return {{ refused: {{ code, title, detail }} }};
    }}
}}"""
OPEN = f"""async () => {{
    const {{ openMessenger }} = await ({MODULE})('messenger');
    const {{ userId, name }} = document.body.dataset;
    globalThis.heard = [];
    globalThis.messenger = await openMessenger({{ userId, name }});
    for (const event of ['alerts', 'ended'])
        globalThis.messenger.on(event, (detail) => globalThis.heard.push([event, detail]));
}}"""


def until(check: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """The pages' policy forbids evaluated strings, so waiting happens out here."""
    limit = time.monotonic() + patience
    while time.monotonic() < limit:
        found = check()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"it never came to this: {what}")


class Room:
    """A tab of the talk room."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def call(self, method: str, *args: Any) -> Any:
        return self.page.evaluate(
            "([method, args]) => messenger[method](...args)", [method, list(args)]
        )

    def status(self) -> dict[str, Any]:
        return self.call("status")

    def ready(self) -> Room:
        until(lambda: self.status()["stage"] == "ready", "connected and up to date")
        return self

    def rows(self, conversation: str) -> list[dict[str, Any]]:
        return self.call("messages", conversation, {"limit": 1000})

    def texts(self, conversation: str) -> list[str]:
        return [row["text"] for row in self.rows(conversation) if row["text"] is not None]

    def reads(self, conversation: str, *texts: str) -> Room:
        """Exactly these, in this order."""

        def as_expected() -> bool:
            return self.texts(conversation) == list(texts)

        try:
            until(as_expected, "the texts")
        except AssertionError:
            assert self.texts(conversation) == list(texts)
        return self

    def state_of(self, conversation: str, text: str) -> str | None:
        found = [row["state"] for row in self.rows(conversation) if row["text"] == text]
        return found[0] if found else None

    def conversation(self, conversation: str) -> dict[str, Any]:
        return next(one for one in self.call("conversations") if one["id"] == conversation)

    def alert(self, kind: str) -> dict[str, Any]:
        def find() -> dict[str, Any] | None:
            return next((one for one in self.call("alerts") if one["kind"] == kind), None)

        return until(find, f"an alert of the kind {kind}")

    def start(self, other: Human) -> str:
        found = self.call("findPerson", other.name)
        return str(self.call("startConversation", found["userId"]))

    def close(self) -> None:
        self.page.close()


class Human:
    """Somebody and the browsers that they use. `context` is the first one."""

    def __init__(self, name: str, url: str, chromium: Browser) -> None:
        self.name = f"{name}-{os.urandom(4).hex()}"
        self.url = url
        self._chromium = chromium
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []
        self.context = self.new_browser()
        self.recovery_key = ""

    def new_browser(self, **options: Any) -> BrowserContext:
        context = self._chromium.new_context(**options)
        self._contexts.append(context)
        return context

    def page(self, context: BrowserContext | None = None) -> Page:
        page = (context or self.context).new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{error.name}: {error.message}"))
        return page

    def sign_up(self) -> dict[str, Any]:
        page = self.page()
        page.goto(f"{self.url}/signup")
        person = {"name": self.name, "email": f"{self.name}@example.org", "password": PASSWORD}
        made = page.evaluate(SIGN_UP, person)
        self.recovery_key = made["recoveryKeyText"]
        page.close()
        return dict(made)

    def log_in(self, context: BrowserContext, recovery_key: str | None = None) -> dict[str, Any]:
        outcome = self._log_in(context, PASSWORD, recovery_key)
        assert "answer" in outcome, outcome
        return dict(outcome["answer"])

    def log_in_refused(
        self, context: BrowserContext, password: str = PASSWORD, recovery_key: str | None = None
    ) -> dict[str, Any]:
        outcome = self._log_in(context, password, recovery_key)
        assert "refused" in outcome, outcome
        return dict(outcome["refused"])

    def _log_in(
        self, context: BrowserContext, password: str, recovery_key: str | None
    ) -> dict[str, Any]:
        page = self.page(context)
        page.goto(f"{self.url}/login")
        form, method = {"login": self.name, "password": password}, "logIn"
        if recovery_key is not None:
            form = {"login": self.name, "recoveryKeyText": recovery_key}
            method = "logInWithRecovery"
        outcome = page.evaluate(LOG_IN, {"method": method, "form": form})
        page.close()
        return dict(outcome)

    def open(self, context: BrowserContext | None = None) -> Room:
        """A bare tab of the talk room."""
        page = self.page(context)
        page.route(
            "**/js/pages/talk.js",
            lambda route: route.fulfill(body="", content_type="text/javascript"),
        )
        page.goto(f"{self.url}/talk")
        page.evaluate(OPEN)
        return Room(page)

    def leave(self) -> None:
        for context in self._contexts:
            context.close()
