"""One line for messages and commits: what came first is judged and numbered first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.commits import Offer
from services.messages import Accepted, Incoming, Result
from services.messages import parse as parse_incoming
from services.refusals import NotStored, StaleEpoch
from services.writer import Writer
from store.base import EpochState
from store.sqlite import SqliteStore
from tests.services.town import NOW, Made, Person, Town, header, make_commit, seal


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = SqliteStore(tmp_path)
    town = Town(store, Person("ann"), Person("bob"))
    town.commit()
    yield town
    store.close()


def write(town: Town, *items: Incoming | Offer) -> list[Result]:
    return Writer(town.messages(), town.commits()).write(items)


def under(town: Town, made: Made, seq: int) -> Incoming:
    """A message of the epoch that a commit will open."""
    state = town.state
    devices = frozenset([town.ann.machine.device_id, town.bob.machine.device_id])
    epoch = EpochState(2, made.hash, devices, NOW)
    after = type(state)(
        state.conversation_id, state.members, 2, os.urandom(32), NOW, epoch, None, {}
    )
    raw = seal(header(after, town.ann.machine, seq))
    return parse_incoming(town.ann.user_id, town.ann.machine.device_id, town.conversation_id, raw)


def test_a_commit_divides_what_was_sent_before_from_what_was_sent_after(town: Town) -> None:
    made = make_commit(town.people, town.state)
    results = write(
        town, town.incoming(1), town.offer(made), under(town, made, 1), town.incoming(1, town.bob)
    )
    assert [isinstance(r, Accepted) for r in results] == [True] * 4
    entries = [r.entry for r in results if isinstance(r, Accepted)]
    assert [(e.n, e.kind, e.epoch) for e in entries] == [(2, 2, 1), (3, 1, 2), (4, 2, 2), (5, 2, 1)]


def test_a_message_that_came_before_its_commit_is_refused(town: Town) -> None:
    made = make_commit(town.people, town.state)
    early, commit = write(town, under(town, made, 1), town.offer(made))
    assert isinstance(early, StaleEpoch)
    assert isinstance(commit, Accepted)


def test_two_commits_of_one_epoch_in_one_batch(town: Town) -> None:
    first = town.offer(make_commit(town.people, town.state))
    second = town.offer(make_commit(town.people, town.state, by=town.bob), town.bob)
    one, two = write(town, first, second)
    assert isinstance(one, Accepted)
    assert not isinstance(two, Accepted)
    assert two.code == "epoch_taken"


class Broken:
    """A service with a defect."""

    def accept_batch(self, pending: list[Incoming]) -> list[Result]:
        raise RuntimeError("a defect")

    def accept(self, offer: Offer) -> Result:
        raise RuntimeError("a defect")


def test_a_defect_in_a_commit_does_not_hide_what_was_stored(town: Town) -> None:
    writer = Writer(town.messages(), Broken())  # type: ignore[arg-type]
    offer = town.offer(make_commit(town.people, town.state))
    message, commit = writer.write([town.incoming(1), offer])
    assert isinstance(message, Accepted)
    assert isinstance(commit, NotStored)


def test_a_defect_in_messages_does_not_hide_what_was_stored(town: Town) -> None:
    writer = Writer(Broken(), town.commits())  # type: ignore[arg-type]
    offer = town.offer(make_commit(town.people, town.state))
    message, commit = writer.write([town.incoming(1), offer])
    assert isinstance(message, NotStored)
    assert isinstance(commit, Accepted)


def test_nothing_is_nothing(town: Town) -> None:
    assert write(town) == []
