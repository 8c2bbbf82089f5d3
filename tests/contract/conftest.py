"""The stores under contract: to put a new one under it, add how to open it to STORES."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from store.base import Store
from store.sqlite import SqliteStore
from tests.contract.records import ANN, BOB, CAROL, TALK, account_parts, genesis

Opener = Callable[[], Store]

# name -> what opens it; all openings with one folder are doors to the same data
STORES: dict[str, Callable[[Path], Store]] = {"sqlite": SqliteStore}


@pytest.fixture(params=sorted(STORES))
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same data again each time, as another process would."""
    opened: list[Store] = []

    def another() -> Store:
        opened.append(STORES[request.param](tmp_path / "data"))
        return opened[-1]

    yield another
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> Store:
    return open_store()


@pytest.fixture
def town(store: Store) -> Store:
    """A store in which Ann, Bob and Carol have accounts."""
    for person in (ANN, BOB, CAROL):
        store.create_account(*account_parts(person))
    return store


@pytest.fixture
def talk(town: Store) -> Store:
    """Ann and Bob have a conversation, still empty."""
    assert town.create_conversation(TALK, [ANN, BOB], genesis(TALK), 1000)
    return town
