"""`SqliteStore`: the Protocol of `store.base` over one SQLite file.

Reads as a table of contents; each part has its own file. Knows nothing of HTTP, of the rules of the
protocol, or of the runtime whose threads call it.
"""

from __future__ import annotations

import threading
from pathlib import Path

from store.sqlite.accounts import Accounts
from store.sqlite.conversations import Conversations
from store.sqlite.database import Database, LockFactory
from store.sqlite.devices import Devices
from store.sqlite.transcript import Transcript


class SqliteStore(Accounts, Devices, Conversations, Transcript):
    """Opens, and if need be creates or upgrades, the database in `folder`.

    `lock_factory` must give a lock that is safe between the *native* threads that will call. A
    runtime that replaces `threading.Lock` hands in the original.
    """

    def __init__(self, folder: Path, *, lock_factory: LockFactory = threading.Lock) -> None:
        self._db = Database(folder, lock_factory)

    def close(self) -> None:
        self._db.close()

    def ping(self) -> None:
        self._db.row("SELECT count(*) FROM secrets")
