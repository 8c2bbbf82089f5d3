"""Owns an application of its own for each test: a fresh store, a clock that tests set, no threads.

Login keys are hashed with few rounds here; `test_served.py` measures the real ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from config import Config
from services import verifiers
from store.sqlite import SqliteStore
from tests.web.visitor import Visitor
from web import application
from web.runtime import Runtime

NOW = 1_800_000_000_000
GENEROUS = "100000 per minute"


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def inline_runtime() -> Runtime:
    def refuse(*_: Any) -> Any:
        raise RuntimeError("there are no sockets here")

    return Runtime(
        spawn=lambda work, *args: work(*args),
        sleep=lambda _: None,
        run_in_thread=lambda work, *args: work(*args),
        socket_of=refuse,
        send_now=refuse,
        response_sent=refuse,
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(application, "wall_clock", clock)
    return clock


@pytest.fixture
def config(tmp_path: Path) -> Config:
    found = Config.from_env({"CRYPTEXQ_DATA_DIR": str(tmp_path)}, "development")
    return dataclasses.replace(
        found,
        limit_signup=GENEROUS,
        limit_login=GENEROUS,
        limit_login_name=GENEROUS,
        limit_kdf=GENEROUS,
        limit_publish=GENEROUS,
        limit_api=GENEROUS,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path)
    yield store
    store.close()


BuildApp = Callable[..., Flask]


@pytest.fixture
def build_app(
    config: Config, store: SqliteStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> BuildApp:
    """`build_app(field=value)`: the application with parts of its configuration replaced."""
    monkeypatch.setattr(verifiers, "ROUNDS", 1000)

    def build(**changes: Any) -> Flask:
        return application.create_app(
            dataclasses.replace(config, **changes), store, inline_runtime()
        )

    return build


@pytest.fixture
def app(build_app: BuildApp) -> Flask:
    return build_app()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    return Visitor(app)


@pytest.fixture
def alice(visitor: Visitor) -> Visitor:
    """Somebody who has just signed up."""
    assert visitor.sign_up("alice").status_code == 201
    return visitor
