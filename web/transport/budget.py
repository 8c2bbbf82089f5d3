"""How much one client may do: a token bucket for its events, caps for its sockets.

Pure bookkeeping: the time is an argument, and what a key means (an address, an account) is the
caller's business.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Rate:
    """`burst` at once, `per_second` in the long run."""

    per_second: float = 50.0
    burst: float = 200.0


class TokenBucket:
    def __init__(self, rate: Rate, now: float) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._then = now

    def spend(self, now: float) -> bool:
        """Take one token; False when there is none. A clock that steps back grants nothing."""
        gained = max(0.0, now - self._then) * self._rate.per_second
        self._tokens = min(self._rate.burst, self._tokens + gained)
        self._then = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Full(Exception):
    """No more sockets: `key` is whose cap was reached, None for the cap of all together."""

    def __init__(self, key: str | None) -> None:
        super().__init__(key)
        self.key = key


class SocketCaps:
    """Counts open sockets in total and for each key, and refuses the one too many."""

    def __init__(self, total: int, per_key: int) -> None:
        self._total = total
        self._per_key = per_key
        self._open: Counter[str] = Counter()
        self.count = 0

    def check_room(self) -> None:
        if self.count >= self._total:
            raise Full(None)

    @contextmanager
    def hold(self, keys: tuple[str, ...]) -> Iterator[None]:
        """Count a socket against each key for as long as it is open."""
        self.check_room()
        for key in keys:
            if self._open[key] >= self._per_key:
                raise Full(key)
        self._count(keys, 1)
        try:
            yield
        finally:
            self._count(keys, -1)

    def _count(self, keys: tuple[str, ...], step: int) -> None:
        self.count += step
        for key in keys:
            self._open[key] += step
            if not self._open[key]:  # a key nobody uses must not stay in memory
                del self._open[key]
