"""What only a store in one file can get wrong: its settings, its rights, its age, its damage."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from errors import StorageFull, StoreError
from store.sqlite import SqliteStore, database, schema
from tests.contract.records import (
    ANN,
    BOB,
    TALK,
    account_parts,
    commit,
    genesis,
    message,
    session,
)

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "data")
    for person in (ANN, BOB):
        opened.create_account(*account_parts(person))
    opened.create_conversation(TALK, [ANN, BOB], genesis(TALK), 1000)
    opened.append_commit(commit(1, 1))
    yield opened
    opened.close()


@pytest.fixture
def file(store: SqliteStore, tmp_path: Path) -> Path:
    """The file of a store that was closed in good order."""
    store.append([message(n, n, size=3000) for n in range(2, 102)])
    store.close()
    return tmp_path / "data" / database.FILE_NAME


def pragma(db: sqlite3.Connection, name: str) -> Any:
    return db.execute(f"PRAGMA {name}").fetchall()[0][0]


# -- settings -----------------------------------------------------------------


def test_the_writer_waits_for_the_disk(store: SqliteStore) -> None:
    writer = store._db._writer
    assert pragma(writer, "journal_mode") == "wal"
    assert pragma(writer, "synchronous") == 2  # FULL: an fsync before each acknowledgement


def test_what_the_file_may_do_is_restricted(store: SqliteStore) -> None:
    reader = store._db._borrow()
    for db in (store._db._writer, reader):
        assert pragma(db, "trusted_schema") == 0
    assert pragma(store._db._writer, "foreign_keys") == 1
    assert pragma(store._db._writer, "secure_delete") == 1
    with pytest.raises(sqlite3.OperationalError):
        reader.execute("DELETE FROM sessions")
    store._db._give_back(reader)


def test_what_was_deleted_is_not_in_the_file(store: SqliteStore, tmp_path: Path) -> None:
    made = replace(session(ANN, "secret"), agent="a needle in the haystack")
    file = tmp_path / "data" / database.FILE_NAME
    store.create_session(made)
    store._db._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert b"a needle in the haystack" in file.read_bytes()
    assert store.delete_session(ANN, made.session_id)
    store.close()
    assert [path.name for path in file.parent.iterdir()] == [database.FILE_NAME]
    assert b"a needle in the haystack" not in file.read_bytes()


def test_five_versions_of_a_vault_part_are_kept(store: SqliteStore) -> None:
    for version in range(2, 13):
        store.put_vault_part(ANN, "book", version, b"book")
    kept = store._db.rows("SELECT version FROM vault_parts WHERE part = 'book' AND version > 1")
    assert sorted(kept) == [(version,) for version in range(8, 13)]
    assert store._db.rows("SELECT count(*) FROM vault_parts WHERE version = 1") == [(7,)]


def traced(db: sqlite3.Connection) -> set[str]:
    """What a connection runs from now on, values filled in; a trigger shows as its statement."""
    seen: set[str] = set()
    db.set_trace_callback(seen.add)
    return seen


def test_a_batch_is_one_statement(store: SqliteStore) -> None:
    """Each further one may wait a whole switch interval for a busy event loop (decision 0011)."""
    seen = traced(store._db._writer)
    assert all(store.append([message(n, n) for n in range(2, 102)]))
    assert [text[:20] for text in seen] == ["INSERT INTO entries "]


def test_a_state_is_one_statement_with_one_row(store: SqliteStore) -> None:
    reader = store._db._borrow()
    store._db._give_back(reader)  # and it is the next to be used
    seen = traced(reader)
    assert store.conversation(TALK) is not None
    assert len(seen) == 1
    (statement,) = seen
    assert len(reader.execute(statement).fetchall()) == 1


# -- threads ------------------------------------------------------------------


class CountingLock:
    def __init__(self) -> None:
        self.real = threading.Lock()
        self.taken = 0

    def __enter__(self) -> None:
        self.real.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.real.release()


def test_writers_take_the_lock_they_were_given_and_readers_none(tmp_path: Path) -> None:
    made: list[CountingLock] = []

    def factory() -> CountingLock:
        made.append(CountingLock())
        return made[-1]

    store = SqliteStore(tmp_path, lock_factory=factory)
    (lock,) = made
    store.create_account(*account_parts(ANN))
    assert lock.taken == 1
    with lock:  # a writer that waits for its disk
        assert store.account_by_id(ANN) is not None
        assert store.conversations_of(ANN) == []
    store.create_session(session(ANN, "another"))
    assert lock.taken == 3
    store.close()


def test_many_readers_at_once_leave_few_connections(store: SqliteStore) -> None:
    count = 3 * database._IDLE_READERS
    borrowed = [store._db._borrow() for _ in range(count)]
    assert len({id(one) for one in borrowed}) == count
    for one in borrowed:
        store._db._give_back(one)
    assert len(store._db._readers) == database._IDLE_READERS
    assert store.account_by_id(ANN) is not None


def test_a_reader_that_returns_after_closing_is_closed(store: SqliteStore, tmp_path: Path) -> None:
    reader = store._db._borrow()
    store.close()
    store._db._give_back(reader)
    assert not store._db._readers
    with pytest.raises(sqlite3.ProgrammingError):
        reader.execute("SELECT 1")


def test_eight_may_make_the_file_at_once(tmp_path: Path) -> None:
    for number in range(5):
        barrier = threading.Barrier(8)
        folder = tmp_path / str(number)
        secrets: list[bytes] = []

        def run(
            i: int, barrier: Any = barrier, folder: Any = folder, secrets: Any = secrets
        ) -> None:
            barrier.wait()
            store = SqliteStore(folder)
            secrets.append(store.secret("name", b"%d" % i))
            store.close()

        threads = [threading.Thread(target=run, args=(i,)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(secrets) == 8
        assert len(set(secrets)) == 1


def starting(file: Path) -> sqlite3.Connection:
    """Another process that is about to write, in a file that has no log yet."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_starting_waits_for_another_that_starts(tmp_path: Path) -> None:
    other = starting(tmp_path / database.FILE_NAME)
    timer = threading.Timer(0.3, other.close)
    timer.start()
    SqliteStore(tmp_path).close()
    timer.join()


def test_starting_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    other = starting(tmp_path / database.FILE_NAME)
    assert "locked" in refusal(tmp_path)
    other.close()


def test_a_disk_that_cannot_keep_a_log_is_refused() -> None:
    class Elsewhere:
        def execute(self, _: str) -> Any:
            return self

        def fetchall(self) -> Any:
            return [("delete",)]

    elsewhere: Any = Elsewhere()
    with pytest.raises(StoreError) as refused:
        database._switch_to_log(elsewhere)
    assert "kind of disk" in refused.value.detail


# -- rights -------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_only_the_owner_may_read(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = SqliteStore(tmp_path / "deep" / "data")
        store.create_account(*account_parts(ANN))
    finally:
        os.umask(before)
    files = {path.name: mode(path) for path in (tmp_path / "deep" / "data").iterdir()}
    names = [database.FILE_NAME + end for end in ("", "-shm", "-wal")]
    assert files == dict.fromkeys(names, 0o600)
    assert mode(tmp_path / "deep" / "data") == 0o700
    store.close()


@posix
def test_a_file_that_others_may_read_is_closed_to_them(file: Path) -> None:
    file.chmod(0o644)
    SqliteStore(file.parent).close()
    assert mode(file) == 0o600


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(StoreError) as refused:
        SqliteStore(tmp_path / "file")
    assert str(tmp_path / "file") in refused.value.detail


# -- age ----------------------------------------------------------------------


def change(file: Path, statement: str) -> bytes:
    db = sqlite3.connect(file)
    db.execute(statement)
    db.commit()
    db.close()
    return file.read_bytes()


def refusal(folder: Path) -> str:
    with pytest.raises(StoreError) as refused:
        SqliteStore(folder)
    return refused.value.detail


def test_a_newer_file_is_refused_and_left_alone(file: Path) -> None:
    content = change(file, f"PRAGMA user_version = {schema.NEWEST + 1}")
    detail = refusal(file.parent)
    assert "newer CryptexQ" in detail
    assert str(schema.NEWEST + 1) in detail
    assert file.read_bytes() == content


@pytest.mark.parametrize("statement", ["CREATE TABLE cats (name)", "PRAGMA application_id = 7"])
def test_another_programs_file_is_refused_and_left_alone(tmp_path: Path, statement: str) -> None:
    file = tmp_path / database.FILE_NAME
    content = change(file, statement)
    assert "another program" in refusal(tmp_path)
    assert file.read_bytes() == content


def test_an_old_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    assert "too old" in refusal(tmp_path)


def test_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in schema.MIGRATIONS] == list(range(1, schema.NEWEST + 1))


def add_migration(monkeypatch: pytest.MonkeyPatch, *statements: str) -> int:
    number = schema.NEWEST + 1
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, (number, statements)))
    monkeypatch.setattr(schema, "NEWEST", number)
    return number


def test_an_older_file_is_brought_up_to_date(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = add_migration(
        monkeypatch, "CREATE TABLE later (a INTEGER) STRICT", "INSERT INTO later VALUES (5)"
    )
    for _ in range(2):  # the second start has nothing to do
        store = SqliteStore(file.parent)
        assert store._db.rows("SELECT a FROM later") == [(5,)]
        assert pragma(store._db._writer, "user_version") == number
        assert len(store.entries(TALK, 0, 1000)) == 101
        store.close()


def test_a_migration_that_fails_changes_nothing(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        number = add_migration(broken, "CREATE TABLE later (a INTEGER) STRICT", "NONSENSE")
        with pytest.raises(StoreError):
            SqliteStore(file.parent)
    store = SqliteStore(file.parent)
    assert pragma(store._db._writer, "user_version") == number - 1
    with pytest.raises(StoreError):
        store._db.rows("SELECT a FROM later")
    store.close()


# -- damage -------------------------------------------------------------------

CRASH = """
import os, sys
from pathlib import Path
from store.sqlite import SqliteStore
SqliteStore(Path(sys.argv[1])).secret("crash", b"now")
os._exit(9)
"""


def crash(folder: Path) -> None:
    """A process writes and ends without closing: its log stays behind."""
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run([sys.executable, "-c", CRASH, str(folder)], cwd=root, check=False)
    assert ended.returncode == 9
    assert (folder / (database.FILE_NAME + "-wal")).stat().st_size > 0


def test_after_a_crash_a_whole_file_opens(file: Path) -> None:
    crash(file.parent)
    store = SqliteStore(file.parent)
    assert store.secret("crash", b"later") == b"now"
    assert len(store.entries(TALK, 0, 1000)) == 101
    store.close()


def test_after_a_crash_a_damaged_file_is_refused(file: Path) -> None:
    crash(file.parent)
    with file.open("r+b") as damaged:
        size = damaged.seek(0, os.SEEK_END)
        for page in range(size // 4096 // 2, size // 4096):
            damaged.seek(page * 4096)
            damaged.write(b"\xa5" * 64)
    assert "damaged" in refusal(file.parent)


def test_what_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / database.FILE_NAME).write_bytes(b"shopping list: " * 1000)
    assert "damaged" in refusal(tmp_path)


# -- errors -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "full"),
    [
        (sqlite3.SQLITE_FULL, True),
        (sqlite3.SQLITE_IOERR_WRITE, True),
        (sqlite3.SQLITE_IOERR_FSYNC, True),
        (sqlite3.SQLITE_IOERR_SHMSIZE, True),
        (sqlite3.SQLITE_IOERR_READ, False),
        (sqlite3.SQLITE_BUSY, False),
        (sqlite3.SQLITE_CORRUPT, False),
    ],
)
def test_only_a_failing_write_is_a_full_disk(code: int, full: bool) -> None:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = code
    assert (type(database._as_store_error(error)) is StorageFull) is full


def test_a_wrong_type_is_an_error_and_not_a_lost_race(store: SqliteStore) -> None:
    wrong: Any = "text where bytes belong"
    with pytest.raises(StoreError):
        store.append([message(2, 1), replace(message(3, 2), raw=wrong)])
    assert len(store.entries(TALK, 0, 10)) == 1
    assert store.append([message(2, 1)]) == [True]


def test_somebody_who_never_stops_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stuck backup tool gives an error, not a wait without end; and then all is well again."""
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.05)
    store = SqliteStore(tmp_path)
    other = sqlite3.connect(tmp_path / database.FILE_NAME, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError):
        store.create_account(*account_parts(ANN))
    other.execute("ROLLBACK")
    other.close()
    store.create_account(*account_parts(ANN))
    store.close()


def test_a_transcript_has_no_gap_whoever_writes(store: SqliteStore) -> None:
    """The rule is the file's own, so a later tool or a defect above cannot break it."""
    row = list(store._db.rows("SELECT * FROM entries")[0])
    row[1], row[7] = 3, 5
    with pytest.raises(sqlite3.IntegrityError):
        database.insert(store._db._writer, "entries", [row])
    with pytest.raises(sqlite3.IntegrityError):
        database.insert(store._db._writer, "epochs", [(TALK, 3, b"hash", 1)])
    row[1] = 2
    database.insert(store._db._writer, "entries", [row])
    assert len(store.entries(TALK, 0, 10)) == 2
