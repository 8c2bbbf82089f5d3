"""Group commit: order, one outcome each, a bound, and no waiter left behind. On plain threads;
test_runtime.py runs the same promises on the real runtime."""

import threading
import time

import pytest

from services.refusals import Overloaded
from web.transport.batcher import Batcher


def spawn(work, *args):
    threading.Thread(target=work, args=args, daemon=True).start()


def direct(work, *args):
    return work(*args)


def batcher(commit, **kwargs) -> Batcher:
    return Batcher(commit, run_in_thread=direct, spawn=spawn, **kwargs)


class Gate:
    """A commit that records its batches and holds the first until it is let go."""

    def __init__(self) -> None:
        self.batches: list[list] = []
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, items: list) -> list:
        self.batches.append(items)
        self.entered.set()
        assert self.let_go.wait(5)
        return [item * 10 for item in items]


def gather(made: Batcher, items: list) -> tuple[list, threading.Event]:
    """Submit all; outcomes as they come, and an event that tells when they are all there."""
    outcomes, complete = [], threading.Event()

    def done(outcome):
        outcomes.append(outcome)
        if len(outcomes) == len(items):
            complete.set()

    for item in items:
        made.submit(item, done)
    return outcomes, complete


def test_what_arrives_during_a_commit_goes_into_the_next_together_and_in_order():
    gate = Gate()
    made = batcher(gate)
    outcomes, complete = gather(made, [0])
    assert gate.entered.wait(5)
    later, all_there = gather(made, list(range(1, 100)))
    assert not outcomes
    assert not later
    gate.let_go.set()
    assert complete.wait(5)
    assert all_there.wait(5)
    assert gate.batches == [[0], list(range(1, 100))]
    assert [outcome.get() for outcome in later] == [n * 10 for n in range(1, 100)]


def test_a_batch_has_a_largest_size():
    gate = Gate()
    made = batcher(gate, largest=10)
    gather(made, [0])
    assert gate.entered.wait(5)
    _, complete = gather(made, list(range(25)))
    gate.let_go.set()
    assert complete.wait(5)
    assert [len(batch) for batch in gate.batches] == [1, 10, 10, 5]


def test_the_line_is_bounded_and_who_is_in_it_is_served():
    gate = Gate()
    made = batcher(gate, waiting=3)
    gather(made, [0])
    assert gate.entered.wait(5)
    outcomes, complete = gather(made, [1, 2, 3])
    with pytest.raises(Overloaded):
        made.submit(4, outcomes.append)
    gate.let_go.set()
    assert complete.wait(5)
    assert made.call(5) == 50
    assert [outcome.get() for outcome in outcomes] == [10, 20, 30]


def test_each_item_has_its_own_error():
    made = batcher(lambda items: [ValueError(item) if item % 2 else item for item in items])
    outcomes, complete = gather(made, [0, 1, 2, 3])
    assert complete.wait(5)
    assert [type(outcome.error) for outcome in outcomes] == [type(None), ValueError] * 2
    with pytest.raises(ValueError, match="3"):
        outcomes[3].get()


@pytest.mark.parametrize("answer", [[], [1, 2, 3], None])
def test_a_commit_that_returns_nonsense_fails_its_batch_and_no_other(answer):
    answers = [answer, [7]]
    made = batcher(lambda items: answers.pop(0))
    with pytest.raises((RuntimeError, TypeError)):
        made.call("x")
    assert made.call("y") == 7


def test_a_commit_that_raises_loses_no_waiter():
    def commit(items):
        time.sleep(0.001)
        raise OSError("disk full")

    outcomes, complete = gather(batcher(commit, largest=7), list(range(50)))
    assert complete.wait(5)
    assert all(isinstance(outcome.error, OSError) for outcome in outcomes)


def test_a_waiter_that_fails_takes_nobody_with_it():
    def fail(outcome):
        raise RuntimeError("this client has gone")

    made = batcher(lambda items: items)
    made.submit(1, fail)
    assert made.call(2) == 2


def test_many_threads_each_get_their_own_result_in_their_own_order():
    committed = []

    def commit(items):
        committed.extend(items)
        return items

    made, failed = batcher(commit), []

    def client(name):
        mine = [(name, number) for number in range(200)]
        failed.extend(item for item in mine if made.call(item) != item)

    threads = [threading.Thread(target=client, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failed
    assert len(committed) == 1600
    for name in range(8):
        assert [n for who, n in committed if who == name] == list(range(200))
