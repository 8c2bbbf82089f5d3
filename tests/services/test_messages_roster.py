"""Messages and receipts wait for a commit when somebody's devices have changed since the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from crypto import envelope
from services.messages import Accepted, Incoming
from services.refusals import NotAMember, RosterStale
from store.sqlite import SqliteStore
from tests.services.town import Machine, Person, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = SqliteStore(tmp_path)
    town = Town(store, Person("ann", machines=2), Person("bob", machines=2))
    town.commit()
    yield town
    store.close()


def add(person: Person) -> None:
    person.machines.append(Machine())


def remove(person: Person) -> None:
    person.machines.pop()


def replace(person: Person) -> None:
    remove(person)
    add(person)


Change = Callable[[Person], None]
CHANGES = pytest.mark.parametrize("change", [add, remove, replace])


def publish(town: Town, person: Person) -> None:
    town.store.put_device_list(person.publish())
    town.rosters.forget(person.user_id)


def results(town: Town, *sent: Incoming) -> list[object]:
    return [
        "accepted" if isinstance(result, Accepted) else type(result)
        for result in town.messages().accept_batch(sent)
    ]


@CHANGES
@pytest.mark.parametrize("whose", ["ann", "bob"])
def test_after_a_change_nothing_is_taken_until_a_commit(
    town: Town, change: Change, whose: str
) -> None:
    assert results(town, town.incoming(1), town.incoming(1, town.bob)) == ["accepted"] * 2
    person = town.ann if whose == "ann" else town.bob
    change(person)
    publish(town, person)
    late = [
        town.incoming(2),
        town.incoming(2, town.bob),
        town.incoming(2, type=envelope.RECEIPT),
    ]
    assert results(town, *late) == [RosterStale] * 3
    assert town.state.n == 3
    town.commit()
    assert results(town, town.incoming(1), town.incoming(1, town.bob)) == ["accepted"] * 2


def test_the_refusal_says_what_to_do(town: Town) -> None:
    add(town.bob)
    publish(town, town.bob)
    (refusal,) = town.messages().accept_batch([town.incoming(1)])
    assert isinstance(refusal, RosterStale)
    assert refusal.problem()["detail"].startswith("Fetch the device lists of the members, commit")
    assert (refusal.problem()["code"], refusal.status) == ("roster_stale", 409)


def test_the_epoch_before_is_no_way_around(town: Town) -> None:
    early = town.incoming(1)
    town.commit()
    remove(town.bob)
    publish(town, town.bob)
    assert results(town, early) == [RosterStale]


def test_the_epoch_before_goes_on_once_a_commit_has_followed_the_change(town: Town) -> None:
    early = town.incoming(1)
    add(town.bob)
    publish(town, town.bob)
    town.commit()
    assert results(town, early) == ["accepted"]


def test_a_list_that_changes_and_has_the_same_devices_disturbs_nobody(town: Town) -> None:
    publish(town, town.bob)
    assert results(town, town.incoming(1)) == ["accepted"]


def test_an_exact_resend_is_acknowledged_all_the_same(town: Town) -> None:
    sent = town.incoming(1)
    (first,) = town.messages().accept_batch([sent])
    remove(town.bob)
    publish(town, town.bob)
    (again,) = town.messages().accept_batch([sent])
    assert isinstance(first, Accepted)
    assert again == Accepted(first.entry, first.members, again=True)


def test_other_conversations_go_on(town: Town) -> None:
    other = Town(town.store, Person("cas"), Person("dee"))
    other.rosters, other.tails = town.rosters, town.tails
    other.commit()
    remove(town.bob)
    publish(town, town.bob)
    assert results(town, other.incoming(1), town.incoming(1)) == ["accepted", RosterStale]


def test_a_stranger_does_not_learn_that_devices_changed(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    remove(town.bob)
    publish(town, town.bob)
    assert results(town, town.incoming(1, eve)) == [NotAMember]
