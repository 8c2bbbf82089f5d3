"""Accounts, their vaults, their sessions and the server's secrets, in SQLite.

Owns the SQL of these tables. Knows nothing of passwords: verifiers and boxes are bytes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import astuple

from errors import Conflict, Taken
from store.base import Account, Session, StoredList, VaultPart
from store.sqlite.database import Database, insert, is_refusal, marks

_ACCOUNT = """SELECT user_id, name, email_box, email_index, kdf_salt, kdf_memory_kib, kdf_passes,
    kdf_lanes, login_verifier, recovery_verifier, created_at FROM accounts"""
_SESSION = """SELECT session_id, token_hash, user_id, created_at, seen_at, expires_at, agent
    FROM sessions"""
_NAMES = "SELECT user_id, name FROM accounts WHERE user_id IN"
_VERSIONS_KEPT = 5
_IDS_PER_QUESTION = 500


class Accounts:
    """The account half of the Protocol in `store.base`."""

    _db: Database

    def secret(self, name: str, fresh: bytes) -> bytes:
        with self._db.transaction() as db:
            db.execute("INSERT OR IGNORE INTO secrets VALUES (?, ?)", (name, fresh))
            found = db.execute("SELECT value FROM secrets WHERE name = ?", (name,)).fetchall()
            return bytes(found[0][0])

    # -- accounts -----------------------------------------------------------
    def create_account(
        self, account: Account, vault: dict[str, bytes], device_list: StoredList, session: Session
    ) -> None:
        with self._db.transaction() as db:
            _insert_account(db, account)
            parts = [(account.user_id, part, 1, box) for part, box in vault.items()]
            insert(db, "vault_parts", parts)
            insert(db, "device_lists", [astuple(device_list)])
            insert(db, "sessions", [astuple(session)])

    def account_by_id(self, user_id: bytes) -> Account | None:
        return self._account(f"{_ACCOUNT} WHERE user_id = ?", user_id)

    def account_by_name(self, name: str) -> Account | None:
        return self._account(f"{_ACCOUNT} WHERE name = ?", name)

    def account_by_email(self, email_index: bytes) -> Account | None:
        return self._account(f"{_ACCOUNT} WHERE email_index = ?", email_index)

    def _account(self, question: str, key: bytes | str) -> Account | None:
        found = self._db.row(question, (key,))
        return Account(*found) if found else None

    def names(self, user_ids: Sequence[bytes]) -> dict[bytes, str]:
        known: dict[bytes, str] = {}
        for start in range(0, len(user_ids), _IDS_PER_QUESTION):
            some = user_ids[start : start + _IDS_PER_QUESTION]
            known.update(self._db.rows(f"{_NAMES} ({marks(len(some))})", some))
        return known

    # -- vault --------------------------------------------------------------
    def vault_part(self, user_id: bytes, part: str) -> VaultPart | None:
        found = self._db.row(
            "SELECT version, box FROM vault_parts WHERE user_id = ? AND part = ?"
            " ORDER BY version DESC LIMIT 1",
            (user_id, part),
        )
        return VaultPart(*found) if found else None

    def put_vault_part(self, user_id: bytes, part: str, version: int, box: bytes) -> None:
        with self._db.transaction() as db:
            newest = db.execute(
                "SELECT max(version) FROM vault_parts WHERE user_id = ? AND part = ?",
                (user_id, part),
            ).fetchall()[0][0]
            if newest is None or version != newest + 1:
                raise Conflict
            insert(db, "vault_parts", [(user_id, part, version, box)])
            db.execute(
                "DELETE FROM vault_parts WHERE user_id = ? AND part = ? AND version <= ?",
                (user_id, part, version - _VERSIONS_KEPT),
            )

    # -- sessions -----------------------------------------------------------
    def create_session(self, session: Session) -> None:
        with self._db.writing() as db:
            insert(db, "sessions", [astuple(session)])

    def session_by_token(self, token_hash: bytes, now: int) -> Session | None:
        found = self._db.row(
            f"{_SESSION} WHERE token_hash = ? AND expires_at > ?",
            (token_hash, now),
        )
        return Session(*found) if found else None

    def sessions_of(self, user_id: bytes, now: int) -> list[Session]:
        found = self._db.rows(
            f"{_SESSION} WHERE user_id = ? AND expires_at > ? ORDER BY seen_at DESC, session_id",
            (user_id, now),
        )
        return [Session(*row) for row in found]

    def touch_session(self, session_id: bytes, seen_at: int) -> None:
        with self._db.writing() as db:
            db.execute(
                "UPDATE sessions SET seen_at = max(seen_at, ?) WHERE session_id = ?",
                (seen_at, session_id),
            )

    def delete_session(self, user_id: bytes, session_id: bytes) -> bool:
        with self._db.writing() as db:
            gone = db.execute(
                "DELETE FROM sessions WHERE user_id = ? AND session_id = ?", (user_id, session_id)
            )
            return gone.rowcount == 1

    def delete_other_sessions(self, user_id: bytes, keep: bytes) -> list[bytes]:
        with self._db.transaction() as db:
            others = (user_id, keep)
            gone = db.execute(
                "SELECT session_id FROM sessions WHERE user_id = ? AND session_id <> ?", others
            ).fetchall()
            db.execute("DELETE FROM sessions WHERE user_id = ? AND session_id <> ?", others)
            return [session_id for (session_id,) in gone]

    def delete_expired_sessions(self, now: int) -> int:
        with self._db.writing() as db:
            return db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,)).rowcount


def _insert_account(db: sqlite3.Connection, account: Account) -> None:
    try:
        insert(db, "accounts", [astuple(account)])
    except sqlite3.IntegrityError as error:
        if is_refusal(error):
            raise Taken from error
        raise
