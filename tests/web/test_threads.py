"""Nothing that blocks runs on the event loop: each call of the store, and each hash of a login key,
happens inside a native thread, the hashes a few at a time."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

import pytest
from flask import Flask

from config import Config
from services import verifiers
from store.sqlite import SqliteStore
from tests.web.conftest import Clock, inline_runtime
from tests.web.visitor import API, Visitor
from web import application
from web.house import house_of


class Place:
    """Where the program is: on the loop, or inside a thread."""

    def __init__(self) -> None:
        self.threads = 0
        self.watching = False

    def run(self, work: Any, *args: Any) -> Any:
        self.threads += 1
        try:
            return work(*args)
        finally:
            self.threads -= 1

    def blocking(self, what: str) -> None:
        if self.watching and not self.threads:
            raise RuntimeError(f"{what} on the event loop")


class Watched:
    """A store that refuses to be called from the loop."""

    def __init__(self, store: SqliteStore, place: Place) -> None:
        self._store = store
        self._place = place

    def __getattr__(self, name: str) -> Any:
        def call(*args: Any) -> Any:
            self._place.blocking(f"store.{name}")
            return getattr(self._store, name)(*args)

        return call


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def watched(
    config: Config, store: SqliteStore, place: Place, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Flask:
    monkeypatch.setattr(verifiers, "ROUNDS", 1000)
    runtime = dataclasses.replace(inline_runtime(), run_in_thread=place.run)
    app = application.create_app(config, Watched(store, place), runtime)  # type: ignore[arg-type]
    place.watching = True
    return app


def test_the_watch_sees_a_call_on_the_loop(watched: Flask) -> None:
    with pytest.raises(RuntimeError, match="event loop"):
        house_of(watched).store.ping()


def test_every_route_keeps_off_the_loop(
    watched: Flask, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = hashlib.pbkdf2_hmac

    def hashing(*args: Any) -> bytes:
        place.blocking("hashing")
        return real(*args)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", hashing)
    visitor = Visitor(watched)
    assert visitor.sign_up("alice").status_code == 201
    assert visitor.log_in(visitor.person).status_code == 200
    fill = {"version": "x", "name": "x", "session_id": "A" * 22}
    fill |= {"user_id": "A" * 22, "conversation_id": "A" * 22}
    for rule in watched.url_map.iter_rules():
        _, path = rule.build({name: fill[name] for name in rule.arguments}, append_unknown=False)
        for method in rule.methods or ():
            assert visitor.send_raw(method, path).status_code != 500, path
    visitor.log_in(visitor.person)
    user = visitor.get(f"{API}/me").get_json()["user_id"]
    for path in ("/users?name=alice", f"/users/{user}/device-lists?from=1", "/vault/book"):
        assert visitor.get(API + path).status_code == 200


def test_hashing_stands_in_its_own_line(
    watched: Flask, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in the general threads, of which twenty at once would fill the core."""
    seen = []
    limit = house_of(watched).hashing
    real = type(limit).__call__

    def counting(self: Any, work: Any, *args: Any) -> Any:
        seen.append(work.__name__)
        return real(self, work, *args)

    monkeypatch.setattr(type(limit), "__call__", counting)
    visitor = Visitor(watched)
    visitor.sign_up("alice")
    visitor.log_in(visitor.person)
    visitor.post("/vault/unlock", {"login_key": "A" * 43})
    assert seen == ["sign_up", "log_in", "prove"]
