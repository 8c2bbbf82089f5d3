"""What a request finds in the application: the services and what they stand on, as one value.

Built once by `web.application`. Owns the hops to native threads; views and sockets never call the
store, or a service that does, without one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app

import errors
from services.directory import Services, Store
from services.events import Events
from services.keys import ServerKeys
from services.refusals import Overloaded
from web.assets import Assets
from web.runtime import Runtime, ThreadLimit
from web.settings import Settings

NAME = "cryptexq"
HASHING_RETRY_SECONDS = 3
Result = TypeVar("Result")


@dataclass(frozen=True)
class House:
    config: Settings
    store: Store
    runtime: Runtime
    events: Events
    keys: ServerKeys
    assets: Assets
    clock: Callable[[], int]
    random: Callable[[int], bytes]
    hashing: ThreadLimit
    services: Services

    def in_thread(self, work: Callable[..., Result], *args: Any) -> Result:
        """Run what blocks on the store while other requests go on."""
        return cast(Result, self.runtime.run_in_thread(work, *args))

    def hash_in_thread(self, work: Callable[..., Result], *args: Any) -> Result:
        """Run what hashes a login key: one or two at a time, a short line behind them."""
        try:
            return cast(Result, self.hashing(work, *args))
        except Overloaded:
            raise errors.Busy(retry_after=HASHING_RETRY_SECONDS) from None


def house_of(app: Flask) -> House:
    return cast(House, app.extensions[NAME])


def house() -> House:
    return house_of(current_app)
