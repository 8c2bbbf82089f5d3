"""A token bucket for each key: a device that sends, an account that connects.

Kept by key and not with the socket, so that connecting again refills nothing. The buckets touched
longest ago are forgotten, which gives away no more than one full bucket.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from web.transport.budget import Rate, TokenBucket


class Budgets:
    """`spend(key)` takes one from the key's bucket; False if there is none."""

    def __init__(self, rate: Rate, clock: Callable[[], float], size: int = 20_000) -> None:
        self._rate = rate
        self._clock = clock
        self._size = size
        self._buckets: OrderedDict[bytes, TokenBucket] = OrderedDict()

    def spend(self, key: bytes) -> bool:
        now = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = TokenBucket(self._rate, now)
            if len(self._buckets) > self._size:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
        return bucket.spend(now)
