"""The tables, as a numbered list of migrations, and the refusal of files that are not ours.

Owns every CREATE statement. A migration that was ever released is never edited: write the next one.
The rules that must hold whatever the code above does (a transcript without gaps, a number used
once) are constraints here, so that no second writer and no later bug can break them.
"""

from __future__ import annotations

import sqlite3

from errors import StoreError

# "CrxQ": tells our files from any other SQLite file.
APPLICATION_ID = 0x43727851

# STRICT tables: a wrong type is an error here too, not a silent conversion.
OLDEST_SQLITE = (3, 37, 0)

MIGRATIONS: tuple[tuple[int, tuple[str, ...]], ...] = (
    (
        1,
        (
            """CREATE TABLE secrets (
                name TEXT PRIMARY KEY NOT NULL,
                value BLOB NOT NULL
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE accounts (
                user_id BLOB PRIMARY KEY NOT NULL,
                name TEXT NOT NULL UNIQUE,
                email_box BLOB NOT NULL,
                email_index BLOB NOT NULL UNIQUE,
                kdf_salt BLOB NOT NULL,
                kdf_memory_kib INTEGER NOT NULL,
                kdf_passes INTEGER NOT NULL,
                kdf_lanes INTEGER NOT NULL,
                login_verifier BLOB NOT NULL,
                recovery_verifier BLOB NOT NULL,
                created_at INTEGER NOT NULL
            ) STRICT""",
            """CREATE TABLE vault_parts (
                user_id BLOB NOT NULL REFERENCES accounts,
                part TEXT NOT NULL,
                version INTEGER NOT NULL,
                box BLOB NOT NULL,
                PRIMARY KEY (user_id, part, version)
            ) STRICT""",
            """CREATE TABLE sessions (
                session_id BLOB PRIMARY KEY NOT NULL,
                token_hash BLOB NOT NULL UNIQUE,
                user_id BLOB NOT NULL REFERENCES accounts,
                created_at INTEGER NOT NULL,
                seen_at INTEGER NOT NULL,
                expires_at INTEGER NOT NULL,
                agent TEXT NOT NULL
            ) STRICT""",
            "CREATE INDEX sessions_by_user ON sessions (user_id)",
            "CREATE INDEX sessions_by_expiry ON sessions (expires_at)",
            """CREATE TABLE device_lists (
                user_id BLOB NOT NULL REFERENCES accounts,
                version INTEGER NOT NULL,
                list_hash BLOB NOT NULL,
                raw BLOB NOT NULL,
                PRIMARY KEY (user_id, version)
            ) STRICT""",
            """CREATE TABLE refreshes (
                user_id BLOB NOT NULL REFERENCES accounts,
                device_id BLOB NOT NULL,
                number INTEGER NOT NULL,
                raw BLOB NOT NULL,
                PRIMARY KEY (user_id, device_id)
            ) STRICT""",
            """CREATE TABLE conversations (
                conversation_id BLOB PRIMARY KEY NOT NULL,
                head BLOB NOT NULL,
                created_at INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE members (
                conversation_id BLOB NOT NULL REFERENCES conversations,
                user_id BLOB NOT NULL REFERENCES accounts,
                PRIMARY KEY (conversation_id, user_id)
            ) STRICT, WITHOUT ROWID""",
            "CREATE INDEX members_by_user ON members (user_id, conversation_id)",
            # A commit has seq 0 and an epoch one commit: the second UNIQUE holds for all kinds.
            # A rowid table, so that the kilobytes of raw stay out of the two indexes.
            """CREATE TABLE entries (
                conversation_id BLOB NOT NULL REFERENCES conversations,
                n INTEGER NOT NULL,
                received_at INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                sender BLOB NOT NULL,
                epoch INTEGER NOT NULL,
                device_id BLOB NOT NULL,
                seq INTEGER NOT NULL,
                content_hash BLOB NOT NULL,
                head BLOB NOT NULL,
                seal BLOB NOT NULL,
                raw BLOB NOT NULL,
                UNIQUE (conversation_id, n),
                UNIQUE (conversation_id, epoch, device_id, seq)
            ) STRICT""",
            """CREATE TRIGGER entries_without_gap BEFORE INSERT ON entries
                WHEN NEW.n <> 1 + coalesce(
                    (SELECT max(n) FROM entries WHERE conversation_id = NEW.conversation_id), 0)
                BEGIN SELECT RAISE(ABORT, 'not the next number'); END""",
            """CREATE TABLE epochs (
                conversation_id BLOB NOT NULL REFERENCES conversations,
                epoch INTEGER NOT NULL,
                commit_hash BLOB NOT NULL,
                received_at INTEGER NOT NULL,
                PRIMARY KEY (conversation_id, epoch)
            ) STRICT, WITHOUT ROWID""",
            """CREATE TRIGGER epochs_without_gap BEFORE INSERT ON epochs
                WHEN NEW.epoch <> 1 + coalesce(
                    (SELECT max(epoch) FROM epochs WHERE conversation_id = NEW.conversation_id), 0)
                BEGIN SELECT RAISE(ABORT, 'not the next epoch'); END""",
            """CREATE TABLE epoch_devices (
                conversation_id BLOB NOT NULL,
                epoch INTEGER NOT NULL,
                device_id BLOB NOT NULL,
                PRIMARY KEY (conversation_id, epoch, device_id),
                FOREIGN KEY (conversation_id, epoch) REFERENCES epochs
            ) STRICT, WITHOUT ROWID""",
            """CREATE TABLE sealed_entries (
                conversation_id BLOB NOT NULL,
                epoch INTEGER NOT NULL,
                device_id BLOB NOT NULL,
                sealed BLOB NOT NULL,
                PRIMARY KEY (conversation_id, device_id, epoch),
                FOREIGN KEY (conversation_id, epoch) REFERENCES epochs
            ) STRICT""",
        ),
    ),
)

NEWEST = MIGRATIONS[-1][0]


def verify_ours(db: sqlite3.Connection) -> None:
    """Refuse, before anything is written, a file that this version must not touch."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(
            f"SQLite {sqlite3.sqlite_version} is too old: CryptexQ needs 3.37 or newer. "
            "Use a newer Python or a newer system."
        )
    application, tables, version = _look(db)
    if application != APPLICATION_ID and (application or tables):
        raise StoreError(
            "The database file belongs to another program. Choose another folder for CryptexQ."
        )
    if version > NEWEST:
        raise StoreError(
            f"A newer CryptexQ wrote this database (schema {version}, this one knows {NEWEST}). "
            "Start the newer version, or restore a backup made before the upgrade."
        )


def migrate(db: sqlite3.Connection) -> None:
    """Bring the file to the newest schema; each migration is one transaction.

    After an error the caller closes the connection, which undoes the one that failed.
    """
    for number, statements in MIGRATIONS:
        db.execute("BEGIN IMMEDIATE")
        # Read inside the transaction: two processes may start at the same moment.
        if _number(db, "PRAGMA user_version") < number:
            _apply(db, number, statements)
        db.execute("COMMIT")


def _look(db: sqlite3.Connection) -> tuple[int, int, int]:
    """Application, tables and version of one moment: another process may be making them."""
    db.execute("BEGIN")
    application = _number(db, "PRAGMA application_id")
    tables = _number(db, "SELECT count(*) FROM sqlite_schema")
    version = _number(db, "PRAGMA user_version")
    db.execute("COMMIT")
    return application, tables, version


def _apply(db: sqlite3.Connection, number: int, statements: tuple[str, ...]) -> None:
    for statement in statements:
        db.execute(statement)
    # PRAGMA takes no parameters; both numbers are constants of this file.
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {number}")


def _number(db: sqlite3.Connection, question: str) -> int:
    return int(db.execute(question).fetchall()[0][0])
