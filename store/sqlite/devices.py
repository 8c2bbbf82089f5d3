"""Device lists and key refreshes, in SQLite.

Owns the SQL of these tables. Lists and refreshes are signed bytes; services judge them.
"""

from __future__ import annotations

import sqlite3
from dataclasses import astuple

from errors import Conflict
from store.base import StoredList, StoredRefresh
from store.sqlite.database import Database, insert

_LIST = "SELECT user_id, version, list_hash, raw FROM device_lists WHERE user_id = ?"


class Devices:
    """The device half of the Protocol in `store.base`."""

    _db: Database

    def device_list(self, user_id: bytes) -> StoredList | None:
        found = self._db.row(f"{_LIST} ORDER BY version DESC LIMIT 1", (user_id,))
        return StoredList(*found) if found else None

    def device_lists(self, user_id: bytes, from_version: int, limit: int) -> list[StoredList]:
        found = self._db.rows(
            f"{_LIST} AND version >= ? ORDER BY version LIMIT ?", (user_id, from_version, limit)
        )
        return [StoredList(*row) for row in found]

    def put_device_list(self, device_list: StoredList) -> None:
        with self._db.transaction() as db:
            if device_list.version != _newest_list(db, device_list.user_id) + 1:
                raise Conflict
            insert(db, "device_lists", [astuple(device_list)])

    def refreshes(self, user_id: bytes) -> list[StoredRefresh]:
        found = self._db.rows(
            "SELECT user_id, device_id, number, raw FROM refreshes WHERE user_id = ?"
            " ORDER BY device_id",
            (user_id,),
        )
        return [StoredRefresh(*row) for row in found]

    def put_refresh(self, refresh: StoredRefresh) -> None:
        with self._db.writing() as db:
            stored = db.execute(
                "INSERT INTO refreshes VALUES (?, ?, ?, ?)"
                " ON CONFLICT (user_id, device_id) DO UPDATE"
                " SET number = excluded.number, raw = excluded.raw WHERE excluded.number > number",
                astuple(refresh),
            )
            if stored.rowcount != 1:
                raise Conflict


def _newest_list(db: sqlite3.Connection, user_id: bytes) -> int:
    newest = db.execute("SELECT max(version) FROM device_lists WHERE user_id = ?", (user_id,))
    version = newest.fetchall()[0][0]
    if version is None:  # a person's first list comes with the account, never this way
        raise Conflict
    return int(version)
