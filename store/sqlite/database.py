"""Connections to the one file: a single writer behind a lock, readers that never wait for it.

Owns the folder, the pragmas, transactions and the translation of SQLite's errors. Knows nothing of
what the tables mean.

Threads: callers are native threads. The runtime above may have replaced `threading` by a version
that is not safe between native threads, so the writer's lock comes from a factory that the caller
gives, and nothing else here is of `threading`: idle readers wait in a deque, whose append and pop
are atomic. Every call into SQLite gives up the interpreter's lock, and taking it back from a busy
event loop can cost a whole switch interval; so what is hot is one statement with one row or none.
"""

from __future__ import annotations

import os
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from errors import StorageFull, StoreError
from store.sqlite import schema

FILE_NAME = "cryptexq.sqlite3"
LockFactory = Callable[[], AbstractContextManager[Any]]
Row = tuple[Any, ...]

# How long to wait for another process that writes, such as a backup tool.
_BUSY_SECONDS = 10.0
_SWITCH_ATTEMPTS = 50
_IDLE_READERS = 16
# 128 rows of 12 values stay far below SQLite's limit of 32766 parameters.
ROWS_PER_STATEMENT = 128

_WRITER_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "secure_delete = ON",
    "temp_store = MEMORY",
    "cache_size = -16000",
    "journal_size_limit = 67108864",
)
_READER_PRAGMAS = ("query_only = ON", "trusted_schema = OFF", "temp_store = MEMORY")

# A full disk shows as any of these, depending on the file system, a quota and the moment.
_NO_ROOM = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_LOCKED = "Another process keeps the database locked. End it, or wait until it is done."
_FORBIDDEN = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
# What "somebody else was first" looks like; any other broken constraint is a defect of ours.
_REFUSALS = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY,
    sqlite3.SQLITE_CONSTRAINT_TRIGGER,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY,
}


class Database:
    """One file, open. Every error that leaves it is a StoreError."""

    def __init__(self, folder: Path, lock_factory: LockFactory) -> None:
        self._path = _prepare(folder)
        # The last clean close removes the log, so a log means a crash, or a second process.
        unclean = _size(self._path.with_name(FILE_NAME + "-wal")) > 0
        self._lock = lock_factory()
        self._readers: deque[sqlite3.Connection] = deque()
        self._open = True
        with _translated():
            self._writer = _connect(self._path, "rw")
            try:
                _make_ready(self._writer, unclean)
            except BaseException:
                self._writer.close()
                raise

    def close(self) -> None:
        """Readers first: the writer must be the last to close for the log to be folded in."""
        with self._lock, _translated():
            self._open = False
            while self._readers:
                self._readers.pop().close()
            self._writer.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The writer, for exactly one statement, which is then a transaction of its own."""
        with self._lock, _translated():
            yield self._writer

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The writer, for several statements that count all together or not at all."""
        with self.writing() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[Row]:
        """One SELECT. One statement sees one moment, so readers need no transaction."""
        with _translated():
            reader = self._borrow()
            try:
                return reader.execute(question, values).fetchall()
            finally:
                self._give_back(reader)

    def row(self, question: str, values: Sequence[Any] = ()) -> Row | None:
        found = self.rows(question, values)
        return found[0] if found else None

    def _borrow(self) -> sqlite3.Connection:
        if not self._open:
            raise StoreError("The store is closed.")
        try:
            return self._readers.pop()
        except IndexError:
            reader = _connect(self._path, "ro")
            _configure(reader, _READER_PRAGMAS)
            return reader

    def _give_back(self, reader: sqlite3.Connection) -> None:
        self._readers.append(reader)
        # Checked after it went in: close() may have emptied the deque a moment before.
        while self._readers and (not self._open or len(self._readers) > _IDLE_READERS):
            try:
                self._readers.popleft().close()
            except IndexError:
                return


def insert(db: sqlite3.Connection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Insert all rows, in order, with as few statements as possible."""
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        chunk = rows[start : start + ROWS_PER_STATEMENT]
        values = [value for row in chunk for value in row]
        db.execute(_insert_text(table, len(chunk[0]), len(chunk)), values)


def marks(count: int) -> str:
    """`?,?,?` for an IN list. Values never become part of a statement's text."""
    return ",".join("?" * count)


def is_refusal(error: sqlite3.IntegrityError) -> bool:
    """A key in use, a number that is not the next, a parent that does not exist."""
    return error.sqlite_errorcode in _REFUSALS


@cache
def _insert_text(table: str, columns: int, rows: int) -> str:
    row = f"({marks(columns)})"
    return f"INSERT INTO {table} VALUES " + ",".join([row] * rows)  # noqa: S608 names are constants


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _as_store_error(error) from error


def _as_store_error(error: sqlite3.Error) -> StoreError:
    code = getattr(error, "sqlite_errorcode", None)
    if code in _NO_ROOM:
        return StorageFull()
    primary = None if code is None else code & 0xFF
    if primary in _DAMAGED:
        return StoreError("The database file is damaged. Stop the server and restore a backup.")
    if primary == sqlite3.SQLITE_BUSY:
        return StoreError(_LOCKED)
    if primary in _FORBIDDEN:
        return StoreError("The database file cannot be written. Check its folder's permissions.")
    return StoreError()


def _prepare(folder: Path) -> Path:
    """The file exists and is its owner's alone before SQLite opens it; its log inherits that."""
    path = folder / FILE_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        _sync_folder(folder)
    except OSError as error:
        raise StoreError(
            f"The folder {folder} cannot be used for the database ({error.strerror}). "
            "Give a folder that the server may write to."
        ) from error
    return path


def _sync_folder(folder: Path) -> None:
    """A new file survives a power cut only once its folder is on disk too."""
    if not hasattr(os, "O_DIRECTORY"):  # Windows cannot open folders, and needs no such step
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.resolve().as_uri()}?mode={mode}",
        uri=True,
        timeout=_BUSY_SECONDS,
        isolation_level=None,  # transactions begin and end where this file says so
        check_same_thread=False,  # safe: one thread at a time, by the lock or by the deque
        cached_statements=256,
    )


def _configure(db: sqlite3.Connection, pragmas: tuple[str, ...]) -> None:
    for pragma in pragmas:
        db.execute(f"PRAGMA {pragma}").fetchall()


def _make_ready(db: sqlite3.Connection, unclean: bool) -> None:
    schema.verify_ours(db)
    if unclean:
        _verify_whole(db)
    _configure(db, _WRITER_PRAGMAS)
    _switch_to_log(db)
    schema.migrate(db)


def _switch_to_log(db: sqlite3.Connection) -> None:
    """Write-ahead logging, which the file remembers once it is set.

    It is the one step that SQLite refuses at once, instead of waiting, while another process starts
    too. So the wait is done by a transaction, for which SQLite does wait.
    """
    for _ in range(_SWITCH_ATTEMPTS):
        try:
            mode = db.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            db.execute("BEGIN EXCLUSIVE")
            db.execute("COMMIT")
        else:
            if mode != [("wal",)]:
                raise StoreError(
                    "The database cannot be kept on this kind of disk. Use a local one."
                )
            return
    raise StoreError(_LOCKED)


def _verify_whole(db: sqlite3.Connection) -> None:
    if db.execute("PRAGMA quick_check(1)").fetchall() != [("ok",)]:
        raise StoreError("The database file is damaged. Restore a backup before starting again.")
