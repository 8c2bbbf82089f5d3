"""The pages: who sees which, where a login leads, and what every template is given."""

from __future__ import annotations

import gzip
import re

import pytest
from flask import Flask

from crypto.wire import b64_encode
from tests.web.visitor import Visitor
from web.house import house_of

CONVERSATION = b64_encode(bytes(range(16)))


@pytest.mark.parametrize("path", ["/", "/signup", "/login"])
def test_open_pages_are_for_everybody(alice: Visitor, app: Flask, path: str) -> None:
    for visitor in (Visitor(app), alice):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert answer.content_type == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", ["/talk", f"/talk/{CONVERSATION}"])
def test_the_talk_room_needs_a_session(alice: Visitor, app: Flask, path: str) -> None:
    assert alice.get(path).status_code == 200
    answer = Visitor(app).get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/login?next={path}"


@pytest.mark.parametrize("conversation", ["x", "A" * 23, "A" * 21 + "!", "a/b"])
def test_what_is_no_conversation_is_not_found(alice: Visitor, conversation: str) -> None:
    assert alice.get(f"/talk/{conversation}").status_code == 404


def next_path(app: Flask, wanted: str) -> str:
    from web import pages

    with app.test_request_context("/login", query_string={"next": wanted}):
        return pages._next_path()


def test_a_login_leads_back_into_the_talk_room_and_nowhere_else(app: Flask) -> None:
    assert next_path(app, f"/talk/{CONVERSATION}") == f"/talk/{CONVERSATION}"
    for elsewhere in (
        "https://evil.example.org",
        "//evil.example.org",
        "/talk/../signup",
        "/talk//evil.example.org",
        f"//talk/{CONVERSATION}",
        f"https://evil.example.org/talk/{CONVERSATION}",
        f"/talk/{CONVERSATION}/x",
        f"/talk/{CONVERSATION}\n",
        "javascript:alert(1)",
        "",
    ):
        assert next_path(app, elsewhere) == "/talk", elsewhere


@pytest.mark.parametrize("path", ["/", "/signup", "/login", "/talk", "/nowhere"])
def test_pages_name_only_files_that_exist_under_the_current_version(
    alice: Visitor, path: str
) -> None:
    page = alice.get(path).get_data(as_text=True)
    snapshot = house_of(alice.app).assets.snapshot
    found = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert found
    for address in found:
        assert address.startswith(f"/static/{snapshot.version}/")
        assert alice.get(address).status_code == 200, address


def test_a_page_carries_a_token_that_works(alice: Visitor) -> None:
    page = alice.get("/talk").get_data(as_text=True)
    (token,) = re.findall(r'name="csrf-token" content="([^"]+)"', page)
    answer = alice.client.delete("/api/v1/sessions/current", headers={"X-CSRF-Token": token})
    assert answer.status_code == 204


def test_the_health_check_asks_the_store(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = Visitor(app)
    assert visitor.get("/healthz").data == b"ok"

    def broken() -> None:
        raise OSError

    monkeypatch.setattr(type(house_of(app).store), "ping", lambda _: broken())
    assert visitor.get("/healthz").status_code == 500


SQUEEZED = {"Accept-Encoding": "br, gzip;q=0.8"}


@pytest.mark.parametrize("path", ["/", "/signup", "/login", "/talk", f"/talk/{CONVERSATION}"])
def test_a_page_is_compressed_for_those_who_take_it(alice: Visitor, path: str) -> None:
    small = alice.get(path, headers=SQUEEZED)
    assert small.headers["Content-Encoding"] == "gzip"
    assert int(small.headers["Content-Length"]) == len(small.data)
    assert b"</html>" in gzip.decompress(small.data)
    for plain in (alice.get(path), alice.get(path, headers={"Accept-Encoding": "gzip;q=0"})):
        assert "Content-Encoding" not in plain.headers
        assert {"Accept-Encoding", "Cookie"} <= set(plain.vary)
    assert {"Accept-Encoding", "Cookie"} <= set(small.vary)


@pytest.mark.parametrize("path", ["/", "/signup", "/login", "/talk", f"/talk/{CONVERSATION}"])
def test_nothing_that_a_stranger_chose_is_compressed_beside_the_token(
    alice: Visitor, path: str
) -> None:
    """Whoever sends somebody here chooses the address; the browser adds the cookie by itself."""
    chosen = "StrangersWordsAreHere0"
    headers = dict.fromkeys(("Referer", "User-Agent", "Accept-Language", "Origin"), chosen)
    with_query = alice.get(f"{path}?next=/talk/{chosen}&x={chosen}", headers=SQUEEZED)
    assert "Content-Encoding" not in with_query.headers
    for address in (path, path.replace(CONVERSATION, chosen)):
        squeezed = alice.get(address, headers={**headers, **SQUEEZED})
        assert squeezed.headers["Content-Encoding"] == "gzip"
        assert chosen.encode() not in gzip.decompress(squeezed.data)


@pytest.mark.parametrize("path", ["/nowhere", f"/talk/{CONVERSATION}x"])
def test_a_page_that_is_not_there_is_not_compressed(alice: Visitor, path: str) -> None:
    assert "Content-Encoding" not in alice.get(path, headers=SQUEEZED).headers


def test_the_talk_room_names_all_modules_that_it_needs_at_once(alice: Visitor) -> None:
    page = alice.get("/talk").get_data(as_text=True)
    assets = house_of(alice.app).assets
    named = re.findall(r'<link rel="modulepreload" href="([^"]+)"', page)
    assert named == assets.imports("js/pages/talk.js")
    assert len(set(named)) == len(named) > 50
    needed = {assets.url(f"{name}.js") for name in ("js/crypto/epoch", "vendor/noble")}
    assert needed <= set(named)
    # What a person may never open is fetched when they do.
    for late in ("ui/inspector.js", "ui/safety-dialog.js", "ui/help.js", "qrcode.js", "argon2.js"):
        assert not any(name.endswith(late) for name in named), late
