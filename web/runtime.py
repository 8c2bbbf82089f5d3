"""What the application needs of its async runtime, as one value.

`app.py` is the only place that knows which runtime that is: it fills in these functions and hands
them down, so replacing the runtime means writing another one of these. Nothing here or below may
import one.
"""

import contextlib
import gc
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from services.refusals import Overloaded

LOW = 10  # a tenth of the processor when others want it all, and all of it when they do not


class Socket(Protocol):
    """A connected socket whose `recv` and `sendall` let others run while they wait."""

    def recv(self, size: int) -> bytes: ...
    def sendall(self, data: bytes) -> None: ...
    def shutdown(self, how: int) -> None: ...
    def settimeout(self, seconds: float | None) -> None: ...


def _no_limit(_seconds: float, _error: type[Exception]) -> AbstractContextManager[Any]:
    return contextlib.nullcontext()


@dataclass(frozen=True)
class Runtime:
    """`spawn` starts a task of the loop. `run_in_thread` runs a function in a native thread, where
    it may block or compute, and returns its result; other tasks run meanwhile."""

    spawn: Callable[..., object]
    sleep: Callable[[float], object]
    run_in_thread: Callable[..., Any]
    socket_of: Callable[[Mapping[str, Any]], Socket]  # the client's socket, from a WSGI environ
    send_now: Callable[[Any, bytes], int]  # send what fits; BlockingIOError when nothing does
    response_sent: Callable[[], None]  # tell the WSGI server that we spoke on the socket ourselves
    # `with time_limit(seconds, error)`: the block raises the error if it waits for longer than that
    time_limit: Callable[[float, type[Exception]], AbstractContextManager[Any]] = _no_limit
    native_thread: Callable[..., Any] | None = None  # a `Thread` class that is never cooperative
    semaphore: Callable[[int], Any] = threading.Semaphore
    event: Callable[[], Any] = threading.Event
    clock: Callable[[], float] = time.monotonic


class ThreadLimit:
    """Native threads for work that fills a core, such as hashing a login key.

    Twenty of those at once on one core stall everything for seconds; `threads` at once and a
    bounded line behind them do not. They run at a lower priority, so that on a single core the
    kernel prefers whoever relays messages. A full line raises Overloaded, and nothing was done.
    """

    def __init__(self, runtime: Runtime, threads: int = 1, waiting: int = 64) -> None:
        self._runtime = runtime
        self._free = runtime.semaphore(threads)
        self._room = threads + waiting

    def __call__(self, work: Callable[..., Any], *args: Any) -> Any:
        if not self._room:
            raise Overloaded
        self._room -= 1
        try:
            with self._free:
                return self._runtime.run_in_thread(self._work, work, args)
        finally:
            self._room += 1

    def _work(self, work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """In a native thread of the runtime's, which others use too: a priority that was lowered
        cannot be raised again, so the work gets a thread to itself."""
        if self._runtime.native_thread is None or sys.platform != "linux":
            return work(*args)
        outcome: list[tuple[Any, Exception | None]] = []
        thread = self._runtime.native_thread(target=_humbly, args=(outcome, work, args))
        thread.start()
        thread.join()
        result, error = outcome[0]
        if error is not None:
            raise error
        return result


def _humbly(outcome: list[Any], work: Callable[..., Any], args: tuple[Any, ...]) -> None:
    with contextlib.suppress(OSError):  # some sandboxes forbid it, and it is a courtesy only
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOW)  # of this thread alone
    try:
        outcome.append((work(*args), None))
    except Exception as error:  # noqa: BLE001 - whatever it is, the caller gets it
        outcome.append((None, error))


def settle_garbage_collector() -> None:
    """Call once, when start-up is over. What exists by then stays for good: take it out of every
    later collection, and let collections be rare, because each one stops all conversations."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
