"""The pages: who sees which, where a login leads, and what every template is given."""

from __future__ import annotations

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
