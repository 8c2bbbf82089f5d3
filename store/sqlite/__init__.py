"""The default store: one SQLite file, nothing to install. Decision 0011 says why."""

from store.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
