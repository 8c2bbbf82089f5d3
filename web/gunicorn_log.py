"""What gunicorn says in its own name: that it starts, stops, and that something crashed.

Owns the words of gunicorn that may pass. Its logger quotes malformed requests and the addresses
they came from, and tracebacks quote errors that quote requests; ours keeps neither (see `logs`). So
its warnings need a permission, and of an error only its class and places in the code are kept.
Must not import anything of ours: it is loaded before the runtime has prepared the process.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any, Final

from gunicorn.glogging import Logger

# The worker could not start: no request has been read, and whoever deploys needs all of it.
BOOT: Final = "Exception in worker process"
# Of a worker that a signal has ended. All that gunicorn says about requests lacks this beginning.
ENDED: Final = "Worker (pid:"


class Reticent(Logger):  # type: ignore[misc]
    """gunicorn's logger, without what clients sent."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith(ENDED):
            super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if msg == BOOT:
            super().exception(msg, *args, **kwargs)
        else:
            self.error_log.error("An error that nothing caught: %s", _error_in_short())

    def debug(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Nothing: what is for debugging quotes whatever came."""

    def access(self, *args: Any, **kwargs: Any) -> None:
        """Nothing, whatever the options: `web.logs` has a line per request, without addresses."""


def _error_in_short() -> str:
    kind, _, trace = sys.exc_info()
    places = [f"{each.filename}:{each.lineno}" for each in traceback.extract_tb(trace)]
    return f"{kind.__name__ if kind else 'unknown'} at {', '.join(places)}"
