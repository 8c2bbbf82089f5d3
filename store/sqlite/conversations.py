"""Conversations and their state, in SQLite.

Owns the SQL that reads a whole `ConversationState` in one statement: one statement sees one moment,
and each further row would hand the interpreter to another thread once more. Where the transcript
stands is not stored twice; it is the last entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from errors import Conflict
from store.base import ConversationState, EpochState
from store.sqlite.database import Database, Row, insert

_STATE = """SELECT c.conversation_id,
    (SELECT group_concat(hex(m.user_id)) FROM members m
        WHERE m.conversation_id = c.conversation_id),
    coalesce(last.n, 0), coalesce(last.head, c.head),
    coalesce(last.received_at, c.created_at) AS active_at,
    current.epoch, current.commit_hash,
    (SELECT group_concat(hex(d.device_id)) FROM epoch_devices d
        WHERE d.conversation_id = c.conversation_id AND d.epoch = current.epoch),
    current.received_at,
    previous.epoch, previous.commit_hash,
    (SELECT group_concat(hex(d.device_id)) FROM epoch_devices d
        WHERE d.conversation_id = c.conversation_id AND d.epoch = previous.epoch),
    previous.received_at,
"""

_WITH_LAST_SEQ = """(SELECT group_concat(d.epoch || ' ' || hex(d.device_id) || ' ' || (
        SELECT max(e.seq) FROM entries e WHERE e.conversation_id = d.conversation_id
            AND e.epoch = d.epoch AND e.device_id = d.device_id AND e.seq > 0))
    FROM epoch_devices d
    WHERE d.conversation_id = c.conversation_id AND d.epoch >= current.epoch - 1)
FROM conversations c
"""
_WITHOUT_LAST_SEQ = "NULL FROM members me JOIN conversations c USING (conversation_id)\n"

_NEWEST = """LEFT JOIN entries last ON last.conversation_id = c.conversation_id AND last.n = (
    SELECT max(n) FROM entries WHERE conversation_id = c.conversation_id)
LEFT JOIN epochs current ON current.conversation_id = c.conversation_id AND current.epoch = (
    SELECT max(epoch) FROM epochs WHERE conversation_id = c.conversation_id)
LEFT JOIN epochs previous ON previous.conversation_id = c.conversation_id
    AND previous.epoch = current.epoch - 1
"""

_ONE = f"{_STATE}{_WITH_LAST_SEQ}{_NEWEST}WHERE c.conversation_id = ?"
_ALL_OF = f"""{_STATE}{_WITHOUT_LAST_SEQ}{_NEWEST}WHERE me.user_id = ?
ORDER BY active_at DESC, c.conversation_id"""


class Conversations:
    """The conversation part of the Protocol in `store.base`."""

    _db: Database

    def create_conversation(
        self, conversation_id: bytes, members: Sequence[bytes], head: bytes, now: int
    ) -> bool:
        with self._db.transaction() as db:
            created = db.execute(
                "INSERT OR IGNORE INTO conversations VALUES (?, ?, ?)", (conversation_id, head, now)
            )
            if created.rowcount:
                insert(db, "members", [(conversation_id, member) for member in set(members)])
                return True
            there = db.execute(
                "SELECT user_id FROM members WHERE conversation_id = ?", (conversation_id,)
            )
            if {user_id for (user_id,) in there.fetchall()} != set(members):
                raise Conflict
            return False

    def conversation(self, conversation_id: bytes) -> ConversationState | None:
        found = self._db.row(_ONE, (conversation_id,))
        return _state(found) if found else None

    def conversations_of(self, user_id: bytes) -> list[ConversationState]:
        return [_state(row) for row in self._db.rows(_ALL_OF, (user_id,))]

    def contacts_of(self, user_id: bytes) -> set[bytes]:
        found = self._db.rows(
            "SELECT DISTINCT other.user_id FROM members me"
            " JOIN members other USING (conversation_id)"
            " WHERE me.user_id = ? AND other.user_id <> me.user_id",
            (user_id,),
        )
        return {contact for (contact,) in found}


def _state(row: Row) -> ConversationState:
    return ConversationState(
        conversation_id=row[0],
        members=tuple(sorted(_ids(row[1]))),
        n=row[2],
        head=row[3],
        received_at=row[4],
        current=_epoch(row[5:9]),
        previous=_epoch(row[9:13]),
        last_seq=_last_seq(row[13]),
    )


def _epoch(columns: Row) -> EpochState | None:
    epoch, commit_hash, devices, received_at = columns
    if epoch is None:
        return None
    return EpochState(epoch, commit_hash, frozenset(_ids(devices)), received_at)


def _ids(joined: str | None) -> list[bytes]:
    return [bytes.fromhex(item) for item in joined.split(",")] if joined else []


def _last_seq(joined: str | None) -> dict[tuple[int, bytes], int]:
    found = {}
    for item in joined.split(",") if joined else ():
        epoch, device_id, seq = item.split(" ")
        found[int(epoch), bytes.fromhex(device_id)] = int(seq)
    return found
