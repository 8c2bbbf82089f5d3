"""What the policy means to a real browser: our own socket and worker run, nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.web import serving

WATCH = """addEventListener("securitypolicyviolation",
    event => (window.seen ??= []).push(event.violatedDirective))"""


@pytest.fixture(scope="module")
def page(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    folder = tmp_path_factory.mktemp("policy")
    env = {"CRYPTEXQ_DATA_DIR": str(folder / "data"), "PORT": str(serving.free_port())}
    with serving.running(serving.directly(), env, folder / "log") as server:
        page = chromium.new_page(base_url=server.url)
        page.add_init_script(WATCH)
        yield page
        page.close()


def violations(page: Page, script: str) -> list[str]:
    """Of a script, run in the landing page."""
    page.goto("/")
    page.evaluate(f"async () => {{ try {{ {script} }} catch {{}} }}")
    page.wait_for_timeout(200)
    found: Any = page.evaluate("() => window.seen ?? []")
    return [str(each) for each in found]


@pytest.mark.parametrize("path", ["/", "/signup", "/login", "/nowhere"])
def test_our_pages_break_no_rule(page: Page, path: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => window.seen ?? []") == []
    assert [text for text in said if "olicy" in text] == []


OPEN = "await new Promise(done => { const s = new WebSocket(%s); s.onopen = s.onerror = done; })"


def test_our_own_socket_is_covered_by_self(page: Page) -> None:
    address = "location.origin.replace('http', 'ws') + '/socket.io/?EIO=4&transport=websocket'"
    assert violations(page, OPEN % address) == []


@pytest.mark.parametrize(
    ("script", "directive"),
    [
        (OPEN % "'ws://127.0.0.1:9/'", "connect-src"),
        ("await fetch('http://127.0.0.1:9/')", "connect-src"),
        ("document.body.innerHTML = '<p>x'", "require-trusted-types-for"),
        ("trustedTypes.createPolicy('mine', {})", "trusted-types"),
        ("setTimeout('window.ran = true')", "require-trusted-types-for"),
        ("await import('data:text/javascript,1')", "script-src-elem"),
        ("document.body.setAttribute('style', 'color: red')", "style-src-attr"),
        ("new Image().src = 'data:image/png;base64,AA=='", "img-src"),
        (
            "const f = document.createElement('iframe'); f.src = '/'; document.body.append(f)",
            "frame-src",
        ),
    ],
)
def test_nothing_else_runs(page: Page, script: str, directive: str) -> None:
    assert directive in violations(page, script)
