"""The log says what happened and never to whom, with what, or why in somebody's words."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from flask import Flask

from crypto.wire import b64_encode
from tests.web.visitor import API, Person, Visitor
from web import accounts, logs


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """The log as the product starts it, on a stdout of our own."""
    root = logging.getLogger()
    kept, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    logs.start()
    yield sys.stdout  # type: ignore[misc]
    root.handlers = kept
    root.setLevel(level)


def read(lines: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def secrets_of(person: Person) -> list[str]:
    body = person.sign_up_body()
    found = [person.name, person.email, b64_encode(person.user_id), person.user_id.hex()]
    found += [body["kdf"]["salt"], body["login_key"], body["recovery_login_key"]]
    found += [box[:24] for box in body["vault"].values()]
    return found


def test_nothing_that_was_sent_is_in_the_log(app: Flask, lines: io.StringIO) -> None:
    visitor = Visitor(app)
    person = Person("quite-a-rare-name")
    sent = secrets_of(person)
    visitor.post("/accounts", person.sign_up_body())
    sent += [visitor.cookie(), visitor.token()]
    visitor.log_in(person)
    sent += [visitor.cookie(), visitor.token()]
    visitor.post("/kdf", {"login": person.email})
    visitor.post("/sessions", {"login": person.name, "login_key": b64_encode(bytes(32))})
    visitor.post("/accounts", person.sign_up_body())
    visitor.post("/accounts", {**person.sign_up_body(), "name": "x" * 40})
    visitor.get(f"{API}/users?name={person.name}")
    visitor.get(f"{API}/users/{b64_encode(person.user_id)}/device-lists")
    visitor.get(f"/talk/{b64_encode(person.user_id)}?x={person.name}")
    visitor.get(f"/{person.name}")
    visitor.client.post(f"{API}/sessions", json={"login": person.email})
    visitor.delete("/sessions/current")

    text = lines.getvalue()
    assert len(read(lines)) > 12
    assert [secret for secret in sent if secret in text] == []
    assert "127.0.0.1" not in text


def test_an_unexpected_error_is_logged_by_place_not_by_text(
    alice: Visitor, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("the colour of alice's socks")

    monkeypatch.setattr(accounts, "_session_answer", fail)
    answer = alice.get(f"{API}/sessions")

    error = next(line for line in read(lines) if line["level"] == "error")
    assert error["error"] == "ValueError"
    assert error["request"] == answer.get_json()["request_id"]
    assert any("test_logs.py" in place and "fail" in place for place in error["trace"])  # type: ignore[attr-defined]
    assert "socks" not in lines.getvalue()


def test_a_request_is_one_line(visitor: Visitor, lines: io.StringIO) -> None:
    visitor.get(f"{API}/me")
    (line,) = read(lines)
    assert line.pop("ms") >= 0  # type: ignore[operator]
    assert len(str(line.pop("request"))) == 16
    assert str(line.pop("at")).endswith("Z")
    assert line == {
        "level": "info",
        "logger": "cryptexq.requests",
        "message": "request",
        "method": "GET",
        "route": "/api/v1/me",
        "status": 401,
    }


def test_a_line_stays_one_line(lines: io.StringIO) -> None:
    logging.getLogger("x").warning("two\nlines %s", '{"forged": 1}\r\n')
    (line,) = read(lines)
    assert line["message"] == 'two\nlines {"forged": 1}\r\n'


def test_other_libraries_are_quiet(lines: io.StringIO) -> None:
    for name in logs.QUIET:
        logging.getLogger(name).warning("somebody's address")
    assert lines.getvalue() == ""
