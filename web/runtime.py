"""What the application needs of its async runtime, as one value.

`app.py` is the only place that knows which runtime that is: it fills in these functions and hands
them down, so replacing the runtime means writing another one of these. Nothing here or below may
import one.
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from errors import ServerFault


class Socket(Protocol):
    """A connected socket whose `recv` and `sendall` let others run while they wait."""

    def recv(self, size: int) -> bytes: ...
    def sendall(self, data: bytes) -> None: ...
    def shutdown(self, how: int) -> None: ...
    def settimeout(self, seconds: float | None) -> None: ...


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
    semaphore: Callable[[int], Any] = threading.Semaphore
    event: Callable[[], Any] = threading.Event
    clock: Callable[[], float] = time.monotonic


class Overloaded(ServerFault):
    """More work waits than we can take. Nothing of it was done."""

    code, status, title = "overloaded", 503, "The server is busy."
    detail = "Nothing was lost. Try again in a few seconds."


class ThreadLimit:
    """Native threads for work that fills a core, such as hashing a login key.

    Twenty of those at once on one core stall everything for seconds; `threads` at once and a
    bounded line behind them do not.
    """

    def __init__(self, runtime: Runtime, threads: int = 1, waiting: int = 64) -> None:
        self._run = runtime.run_in_thread
        self._free = runtime.semaphore(threads)
        self._room = threads + waiting

    def __call__(self, work: Callable[..., Any], *args: Any) -> Any:
        if not self._room:
            raise Overloaded
        self._room -= 1
        try:
            with self._free:
                return self._run(work, *args)
        finally:
            self._room += 1


def settle_garbage_collector() -> None:
    """Call once, when start-up is over. What exists by then stays for good: take it out of every
    later collection, and let collections be rare, because each one stops all conversations."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
