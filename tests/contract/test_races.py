"""Eight native threads at once: of each compare and swap exactly one wins."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from errors import Conflict, StoreError, Taken
from store.base import Store, VaultPart
from tests.contract.conftest import Opener
from tests.contract.records import (
    ANN,
    BOB,
    LAPTOP,
    TALK,
    account_parts,
    commit,
    device_list,
    genesis,
    ident,
    message,
    refresh,
    session,
)

RACERS = 8
ROUNDS = 5
Outcome = Any


def race(run: Callable[[int], Any]) -> list[Outcome]:
    """What each racer got, or the StoreError that it ran into."""
    barrier = threading.Barrier(RACERS)
    outcomes: list[Outcome] = [AssertionError("did not finish")] * RACERS

    def racer(i: int) -> None:
        barrier.wait()
        try:
            outcomes[i] = run(i)
        except StoreError as error:
            outcomes[i] = error

    threads = [threading.Thread(target=racer, args=(i,)) for i in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def the_one_winner(outcomes: list[Outcome], loss: type[StoreError]) -> int:
    won = [i for i, outcome in enumerate(outcomes) if outcome is None]
    assert len(won) == 1, outcomes
    assert [type(outcome) for i, outcome in enumerate(outcomes) if i != won[0]] == [loss] * (
        RACERS - 1
    )
    return won[0]


@pytest.fixture(params=["one store", "a store each"])
def doors(request: pytest.FixtureRequest, talk: Store, open_store: Opener) -> list[Store]:
    """The store of each racer: shared, as by threads, or its own, as by processes."""
    if request.param == "one store":
        return [talk] * RACERS
    return [open_store() for _ in range(RACERS)]


def test_one_of_eight_gets_the_name(doors: list[Store]) -> None:
    people = [ident(f"racer {i}") for i in range(RACERS)]

    def run(i: int) -> None:
        doors[i].create_account(*account_parts(people[i], "zoe", f"{i}@example.org"))

    winner = the_one_winner(race(run), Taken)
    assert [doors[0].account_by_id(one) is not None for one in people] == [
        i == winner for i in range(RACERS)
    ]
    assert [len(doors[0].sessions_of(one, 0)) for one in people] == [
        int(i == winner) for i in range(RACERS)
    ]


def test_one_of_eight_writes_the_next_book(doors: list[Store]) -> None:
    for version in range(2, 2 + ROUNDS):

        def run(i: int, version: int = version) -> None:
            doors[i].put_vault_part(ANN, "book", version, b"by %d" % i)

        winner = the_one_winner(race(run), Conflict)
        assert doors[0].vault_part(ANN, "book") == VaultPart(version, b"by %d" % winner)


def test_one_of_eight_publishes_the_next_list(doors: list[Store]) -> None:
    for version in range(2, 2 + ROUNDS):

        def run(i: int, version: int = version) -> None:
            doors[i].put_device_list(device_list(ANN, version))

        the_one_winner(race(run), Conflict)
        assert doors[0].device_list(ANN) == device_list(ANN, version)


def test_one_of_eight_refreshes_its_key(doors: list[Store]) -> None:
    for number in range(1, 1 + ROUNDS):

        def run(i: int, number: int = number) -> None:
            doors[i].put_refresh(refresh(ANN, LAPTOP, number))

        the_one_winner(race(run), Conflict)
        assert doors[0].refreshes(ANN) == [refresh(ANN, LAPTOP, number)]


def test_one_of_eight_opens_the_epoch(doors: list[Store]) -> None:
    for epoch in range(1, 1 + ROUNDS):

        def run(i: int, epoch: int = epoch) -> None:
            doors[i].append_commit(commit(epoch, epoch, committer=ident(f"device {i}")))

        winner = the_one_winner(race(run), Conflict)
        assert doors[0].entries(TALK, 0, 100)[-1].device_id == ident(f"device {winner}")
    assert [entry.n for entry in doors[0].entries(TALK, 0, 100)] == list(range(1, 1 + ROUNDS))


def test_one_of_eight_appends_the_next_number(doors: list[Store]) -> None:
    doors[0].append_commit(commit(1, 1))
    for n in range(2, 2 + ROUNDS):

        def run(i: int, n: int = n) -> list[bool]:
            return doors[i].append([message(n, n, device=ident(f"device {i}"))])

        outcomes = race(run)
        assert sorted(outcomes) == [[False]] * (RACERS - 1) + [[True]]
        winner = outcomes.index([True])
        assert doors[0].entries(TALK, n - 1, 10)[0].device_id == ident(f"device {winner}")


def test_one_of_eight_creates_the_conversation(doors: list[Store]) -> None:
    for round_ in range(ROUNDS):
        conversation = ident(f"conversation {round_}")

        def run(i: int, conversation: bytes = conversation) -> bool:
            return doors[i].create_conversation(conversation, [ANN, BOB], genesis(conversation), i)

        assert sorted(race(run)) == [False] * (RACERS - 1) + [True]


def test_one_secret_for_all(doors: list[Store]) -> None:
    for round_ in range(ROUNDS):

        def run(i: int, round_: int = round_) -> bytes:
            return doors[i].secret(f"secret {round_}", b"%d" % i)

        assert len(set(race(run))) == 1


def test_one_of_eight_ends_the_session(doors: list[Store]) -> None:
    for round_ in range(ROUNDS):
        made = session(ANN, f"round {round_}")
        doors[0].create_session(made)

        def run(i: int, session_id: bytes = made.session_id) -> bool:
            return doors[i].delete_session(ANN, session_id)

        assert sorted(race(run)) == [False] * (RACERS - 1) + [True]


def test_eight_that_read_and_try_again_all_get_through(doors: list[Store]) -> None:
    doors[0].append_commit(commit(1, 1))
    each = 10

    def run(i: int) -> None:
        for seq in range(1, 1 + each):
            for _ in range(10_000):
                state = doors[i].conversation(TALK)
                assert state is not None
                if doors[i].append([message(state.n + 1, seq, device=ident(f"d {i}"))]) == [True]:
                    break

    assert race(run) == [None] * RACERS
    entries = doors[0].entries(TALK, 1, 1000)
    assert [entry.n for entry in entries] == list(range(2, 2 + RACERS * each))
    by_device = {ident(f"d {i}"): list(range(1, 1 + each)) for i in range(RACERS)}
    assert {
        device: [entry.seq for entry in entries if entry.device_id == device]
        for device in by_device
    } == by_device


def test_a_reader_never_sees_half_a_commit(doors: list[Store]) -> None:
    """One racer commits and writes, the others read: every state must fit together."""
    epochs = 30
    done = threading.Event()

    def write() -> None:
        try:
            for epoch in range(1, 1 + epochs):
                doors[0].append_commit(commit(2 * epoch - 1, epoch))
                doors[0].append([message(2 * epoch, 1, epoch=epoch)])
        finally:
            done.set()

    def read(i: int) -> None:
        while not done.is_set():
            state = doors[i].conversation(TALK)
            assert state is not None
            epoch = (state.n + 1) // 2
            assert (state.current.epoch if state.current else 0) == epoch
            assert (state.previous.epoch if state.previous else 0) == max(0, epoch - 1)
            written = {epoch} if state.n % 2 == 0 else set()
            expected = {one for one in written | {epoch - 1} if one > 0}
            assert {one for one, _ in state.last_seq} == expected

    assert race(lambda i: read(i) if i else write()) == [None] * RACERS
