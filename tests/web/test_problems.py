"""Errors: the same shape everywhere, an id to ask for, never anything about the cause."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from errors import StorageFull
from services.sessions import Sessions
from tests.web.visitor import API, Visitor, code
from web import accounts, problems


def test_the_api_answers_problems(visitor: Visitor) -> None:
    missing = visitor.get(f"{API}/nowhere")
    assert (missing.status_code, code(missing)) == (404, "not_found")
    wrong = visitor.get(f"{API}/kdf")
    assert (wrong.status_code, code(wrong)) == (405, "method_not_allowed")
    assert wrong.headers["X-Request-Id"] == wrong.get_json()["request_id"]


def test_people_get_a_page(visitor: Visitor) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert not answer.content_type.startswith("application/")
    assert "There is nothing at this address" in answer.get_data(as_text=True)


def test_people_get_plain_words_when_the_page_itself_fails(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("the colour of alice's socks")

    monkeypatch.setattr(problems, "render_template", fail)
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert answer.content_type == "text/plain; charset=utf-8"
    text = answer.get_data(as_text=True)
    assert "There is nothing at this address." in text
    assert answer.headers["X-Request-Id"] in text
    assert "socks" not in text


def test_an_unexpected_error_tells_nothing(
    alice: Visitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("the colour of alice's socks")

    monkeypatch.setattr(accounts, "_session_answer", fail)
    answer = alice.get(f"{API}/sessions")
    assert (answer.status_code, code(answer)) == (500, "internal")
    assert "socks" not in answer.get_data(as_text=True)
    assert "Traceback" not in answer.get_data(as_text=True)
    assert [record.message for record in caplog.records if record.exc_info] == ["unexpected error"]


def test_a_store_that_is_full_says_so(alice: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageFull

    monkeypatch.setattr(Sessions, "of", full)
    answer = alice.get(f"{API}/sessions")
    assert (answer.status_code, code(answer)) == (507, "storage_full")


def test_a_host_name_that_is_none_is_refused(app: Flask) -> None:
    answer = Visitor(app).get(f"{API}/csrf", headers={"Host": "a b\x00"})
    assert answer.status_code < 500


def test_every_id_differs(visitor: Visitor) -> None:
    ids = {visitor.get(f"{API}/nowhere").headers["X-Request-Id"] for _ in range(10)}
    assert len(ids) == 10


def test_problems_are_json_that_others_read(visitor: Visitor) -> None:
    assert json.loads(visitor.get(f"{API}/me").data)["code"] == "not_signed_in"
