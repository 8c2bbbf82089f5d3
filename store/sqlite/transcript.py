"""The entries of transcripts, in SQLite: what is acknowledged is here, in order, once.

Owns the SQL of entries, epochs and sealed entries. Order and uniqueness are kept by the schema's
constraints; this file turns a broken one into the answer that the Protocol promises.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from errors import Conflict
from store.base import Entry, NewCommit
from store.sqlite.database import (
    ROWS_PER_STATEMENT,
    Database,
    Row,
    insert,
    is_refusal,
    marks,
)

_ENTRY = """SELECT conversation_id, n, received_at, kind, sender, epoch, device_id, seq,
    content_hash, head, seal, raw FROM entries WHERE conversation_id = ?"""
_SEALED = """SELECT epoch, sealed FROM sealed_entries
    WHERE conversation_id = ? AND device_id = ? AND epoch IN"""


class Transcript:
    """The transcript part of the Protocol in `store.base`."""

    _db: Database

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        if not entries:
            return []
        if len(entries) <= ROWS_PER_STATEMENT:
            with self._db.writing() as db:
                if _stored(db, entries):
                    return [True] * len(entries)
        with self._db.transaction() as db:
            return _append_what_fits(db, entries)

    def append_commit(self, commit: NewCommit) -> None:
        conversation, epoch = commit.entry.conversation_id, commit.epoch
        with self._db.transaction() as db:
            if not _stored(db, [commit.entry]) or not _opened(db, commit):
                raise Conflict
            insert(db, "epoch_devices", [(conversation, epoch.epoch, d) for d in epoch.devices])
            sealed = commit.sealed.items()
            insert(db, "sealed_entries", [(conversation, epoch.epoch, d, box) for d, box in sealed])

    def entries(self, conversation_id: bytes, after: int, limit: int) -> list[Entry]:
        found = self._db.rows(
            f"{_ENTRY} AND n > ? ORDER BY n LIMIT ?", (conversation_id, after, limit)
        )
        return [Entry(*row) for row in found]

    def entry_by_seq(
        self, conversation_id: bytes, epoch: int, device_id: bytes, seq: int
    ) -> Entry | None:
        found = self._db.row(
            f"{_ENTRY} AND epoch = ? AND device_id = ? AND seq = ?",
            (conversation_id, epoch, device_id, seq),
        )
        return Entry(*found) if found else None

    def sealed_entries(
        self, conversation_id: bytes, device_id: bytes, epochs: Sequence[int]
    ) -> dict[int, bytes]:
        found = self._db.rows(
            f"{_SEALED} ({marks(len(epochs))})", (conversation_id, device_id, *epochs)
        )
        return dict(found)


def _append_what_fits(db: sqlite3.Connection, entries: Sequence[Entry]) -> list[bool]:
    """The rare path: something in the batch does not fit, or the batch is very large."""
    answers: list[bool] = []
    refused: set[bytes] = set()
    for start in range(0, len(entries), ROWS_PER_STATEMENT):
        chunk = entries[start : start + ROWS_PER_STATEMENT]
        if not refused and _stored(db, chunk):
            answers += [True] * len(chunk)
        else:
            answers += [_append_one(db, entry, refused) for entry in chunk]
    return answers


def _append_one(db: sqlite3.Connection, entry: Entry, refused: set[bytes]) -> bool:
    if entry.conversation_id not in refused and _stored(db, [entry]):
        return True
    # Its head was computed after the refused one: nothing later in this call can be right.
    refused.add(entry.conversation_id)
    return False


def _stored(db: sqlite3.Connection, entries: Sequence[Entry]) -> bool:
    """All, or none and False. At most ROWS_PER_STATEMENT: what is undone is one statement."""
    try:
        insert(db, "entries", [_row(entry) for entry in entries])
    except sqlite3.IntegrityError as error:
        if is_refusal(error):
            return False
        raise
    return True


def _opened(db: sqlite3.Connection, commit: NewCommit) -> bool:
    epoch = commit.epoch
    row = (commit.entry.conversation_id, epoch.epoch, epoch.commit_hash, epoch.received_at)
    try:
        insert(db, "epochs", [row])
    except sqlite3.IntegrityError as error:
        if is_refusal(error):
            return False
        raise
    return True


def _row(e: Entry) -> Row:
    """By hand, because `astuple` copies deeply and takes as long as the insert."""
    return (
        e.conversation_id,
        e.n,
        e.received_at,
        e.kind,
        e.sender,
        e.epoch,
        e.device_id,
        e.seq,
        e.content_hash,
        e.head,
        e.seal,
        e.raw,
    )
