"""Group commit: while one batch is being written, the next one gathers.

A disk confirms some hundreds of writes a second, however small; a relay must accept thousands of
messages, each on disk before it is acknowledged. So all messages that arrive during one write go
into the next one together. Owns the gathering and the order, knows nothing of messages, stores or
the runtime.

The promises: items are committed in the order they were submitted; every submitted item gets
exactly one outcome, also when the commit raises or returns nonsense; `submit` never waits.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from services.refusals import Overloaded

Item = TypeVar("Item")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Outcome:
    """What became of one item: a value, or the error it failed with."""

    value: Any = None
    error: Exception | None = None

    def get(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.value


Done = Callable[[Outcome], None]


class Batcher(Generic[Item]):
    """`commit` gets a list of items and returns as many results, an Exception for each item it
    refused. It runs through `run_in_thread`; `spawn` starts the task that drives it."""

    def __init__(
        self,
        commit: Callable[[list[Item]], Sequence[Any]],
        run_in_thread: Callable[..., Any],
        spawn: Callable[..., object],
        largest: int = 256,
        waiting: int = 4096,
    ) -> None:
        self._commit = commit
        self._run_in_thread = run_in_thread
        self._spawn = spawn
        self._largest = largest
        self._limit = waiting
        self._waiting: deque[tuple[Item, Done]] = deque()
        self._lock = threading.Lock()
        self._busy = False

    def submit(self, item: Item, done: Done) -> None:
        """Have `item` committed and `done` called with its outcome, in order of submission."""
        with self._lock:
            if len(self._waiting) >= self._limit:
                raise Overloaded
            self._waiting.append((item, done))
            start = not self._busy
            self._busy = True
        if start:
            self._spawn(self._work)

    def call(self, item: Item, event: Callable[[], Any] = threading.Event) -> Any:
        """Have `item` committed and wait for its result, or raise its error."""
        ready, outcomes = event(), []

        def done(outcome: Outcome) -> None:
            outcomes.append(outcome)
            ready.set()

        self.submit(item, done)
        ready.wait()
        return outcomes[0].get()

    def _work(self) -> None:
        while batch := self._gather():
            outcomes = self._outcomes([item for item, _ in batch])
            for (_, done), outcome in zip(batch, outcomes, strict=True):
                _tell(done, outcome)

    def _gather(self) -> list[tuple[Item, Done]]:
        with self._lock:
            size = min(self._largest, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
            # Decided under the lock: a submission after this starts a new task, none is stranded.
            self._busy = bool(batch)
            return batch

    def _outcomes(self, items: list[Item]) -> list[Outcome]:
        try:
            results = self._run_in_thread(self._commit, items)
            if len(results) != len(items):
                raise RuntimeError(f"{len(items)} items gave {len(results)} results")
        except Exception as error:
            log.exception("a batch of %d failed", len(items))
            return [Outcome(error=error)] * len(items)
        return [_outcome(result) for result in results]


def _outcome(result: Any) -> Outcome:
    if isinstance(result, Exception):
        return Outcome(error=result)
    return Outcome(value=result)


def _tell(done: Done, outcome: Outcome) -> None:
    # One waiter's fault, such as a client that has gone, must not cost the others their outcome.
    try:
        done(outcome)
    except Exception:
        log.exception("could not deliver an outcome")
