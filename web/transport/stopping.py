"""A stop that clients hear of: when the server is told to end, it sends them away first.

Without this a server that stops gracefully waits for sockets that never end, until its patience
does, and then cuts them off without a word.
"""

import contextlib
import signal
from collections.abc import Callable
from types import FrameType


def before_stopping(farewell: Callable[[], object], spawn: Callable[..., object]) -> None:
    """Have `farewell` run when SIGTERM comes, before whoever handles it now. If nobody does, the
    process ends at once and there is nothing to wait for."""
    theirs = signal.getsignal(signal.SIGTERM)
    if not callable(theirs):
        return

    def stop(number: int, frame: FrameType | None) -> None:
        spawn(farewell)  # not here: a signal may interrupt any task in the middle of anything
        theirs(number, frame)

    with contextlib.suppress(ValueError):  # only the main thread may ask for signals
        signal.signal(signal.SIGTERM, stop)
