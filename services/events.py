"""What others must hear about at once: sessions that ended, device lists that changed.

Owns the events and who listens. Publishing is synchronous and happens on the event loop, after the
change is on disk: a service runs in a native thread and must not publish from there, because
listeners close sockets. Knows neither sockets nor requests.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SessionsEnded:
    user_id: bytes
    session_ids: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class DeviceListChanged:
    user_id: bytes
    version: int


Event = TypeVar("Event", SessionsEnded, DeviceListChanged)


class Events:
    def __init__(self) -> None:
        self._listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)

    def subscribe(self, kind: type[Event], listener: Callable[[Event], None]) -> None:
        self._listeners[kind].append(listener)

    def publish(self, event: SessionsEnded | DeviceListChanged) -> None:
        """One listener's defect must not undo what is already stored, nor silence the others."""
        for listener in self._listeners[type(event)]:
            try:
                listener(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)
