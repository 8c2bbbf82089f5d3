"""What every store must do: records, and one Protocol that SQLite and MongoDB both keep.

Owns the shape of stored data and the atomic steps. Knows nothing of HTTP, sockets, Flask or the
rules of the protocol: it compares and swaps, it does not judge. Calls block, so callers run them
in a native thread; every method is safe to call from several threads at once.

Atomic steps are whole methods, never "begin ... commit" handed out, because not every database has
transactions. A method that refuses raises an error of `errors.StoreError` and has changed nothing.
When a method that writes returns, its data is on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Account:
    """One person. Verifiers are salted hashes of login keys; `email_box` is sealed at rest."""

    user_id: bytes
    name: str
    email_box: bytes
    email_index: bytes
    kdf_salt: bytes
    kdf_memory_kib: int
    kdf_passes: int
    kdf_lanes: int
    login_verifier: bytes
    recovery_verifier: bytes
    created_at: int


@dataclass(frozen=True, slots=True)
class VaultPart:
    """One version of one compartment: `wrap_password`, `wrap_recovery`, `identity` or `book`."""

    version: int
    box: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """A login. `token_hash` is SHA-256 of the random token in the cookie; the token is not kept."""

    session_id: bytes
    token_hash: bytes
    user_id: bytes
    created_at: int
    seen_at: int
    expires_at: int
    agent: str


@dataclass(frozen=True, slots=True)
class StoredList:
    user_id: bytes
    version: int
    list_hash: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class StoredRefresh:
    user_id: bytes
    device_id: bytes
    number: int
    raw: bytes


@dataclass(frozen=True, slots=True)
class EpochState:
    """The accepted commit of an epoch: what an envelope's header is compared with."""

    epoch: int
    commit_hash: bytes
    devices: frozenset[bytes]
    received_at: int


@dataclass(frozen=True, slots=True)
class ConversationState:
    """Everything that the next entry of a conversation is judged by.

    `members` are sorted. Before the first entry `head` is the one given at creation and
    `received_at` the time of it. `previous` is the epoch before `current`. `last_seq` maps
    (epoch, device id) of these two epochs to the highest number accepted.
    """

    conversation_id: bytes
    members: tuple[bytes, ...]
    n: int
    head: bytes
    received_at: int
    current: EpochState | None
    previous: EpochState | None
    last_seq: dict[tuple[int, bytes], int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered entry of a transcript. `kind`: 1 commit, 2 message, 3 receipt.

    `epoch`, `device_id`, `seq` come from the envelope's header; a commit has seq 0.
    """

    conversation_id: bytes
    n: int
    received_at: int
    kind: int
    sender: bytes
    epoch: int
    device_id: bytes
    seq: int
    content_hash: bytes
    head: bytes
    seal: bytes
    raw: bytes


@dataclass(frozen=True, slots=True)
class NewCommit:
    """A commit to append: its entry, the epoch it opens and the sealed entry of each device."""

    entry: Entry
    epoch: EpochState
    sealed: dict[bytes, bytes]


class Store(Protocol):
    """The one door to stored data."""

    # -- life ---------------------------------------------------------------
    def close(self) -> None: ...
    def ping(self) -> None: ...
    def secret(self, name: str, fresh: bytes) -> bytes:
        """The stored server secret of that name; `fresh` is stored and returned the first time."""
        ...

    # -- accounts -----------------------------------------------------------
    def create_account(
        self, account: Account, vault: dict[str, bytes], device_list: StoredList, session: Session
    ) -> None:
        """All or nothing; vault parts get version 1. Raises Taken for a used name, e-mail or id."""
        ...

    def account_by_id(self, user_id: bytes) -> Account | None: ...
    def account_by_name(self, name: str) -> Account | None: ...
    def account_by_email(self, email_index: bytes) -> Account | None: ...
    def names(self, user_ids: Sequence[bytes]) -> dict[bytes, str]: ...

    # -- vault --------------------------------------------------------------
    def vault_part(self, user_id: bytes, part: str) -> VaultPart | None: ...
    def put_vault_part(self, user_id: bytes, part: str, version: int, box: bytes) -> None:
        """Compare and swap: version must be the stored one plus 1, else Conflict. Keeps five.

        A part that was not made with the account is a Conflict too.
        """
        ...

    # -- sessions -----------------------------------------------------------
    def create_session(self, session: Session) -> None: ...
    def session_by_token(self, token_hash: bytes, now: int) -> Session | None:
        """Not an expired one."""
        ...

    def sessions_of(self, user_id: bytes, now: int) -> list[Session]: ...
    def touch_session(self, session_id: bytes, seen_at: int) -> None: ...
    def delete_session(self, user_id: bytes, session_id: bytes) -> bool: ...
    def delete_other_sessions(self, user_id: bytes, keep: bytes) -> list[bytes]:
        """The ids that are gone."""
        ...

    def delete_expired_sessions(self, now: int) -> int: ...

    # -- device lists and key refreshes -------------------------------------
    def device_list(self, user_id: bytes) -> StoredList | None:
        """The newest."""
        ...

    def device_lists(self, user_id: bytes, from_version: int, limit: int) -> list[StoredList]:
        """That version and later ones, oldest first."""
        ...

    def put_device_list(self, device_list: StoredList) -> None:
        """Compare and swap: version must be the newest plus 1, else Conflict."""
        ...

    def refreshes(self, user_id: bytes) -> list[StoredRefresh]:
        """The newest of each device."""
        ...

    def put_refresh(self, refresh: StoredRefresh) -> None:
        """The number must be above the device's newest, else Conflict."""
        ...

    # -- conversations ------------------------------------------------------
    def create_conversation(
        self, conversation_id: bytes, members: Sequence[bytes], head: bytes, now: int
    ) -> bool:
        """False if it was there already with the same members; Conflict if with others."""
        ...

    def conversation(self, conversation_id: bytes) -> ConversationState | None: ...
    def conversations_of(self, user_id: bytes) -> list[ConversationState]:
        """Newest activity first. `last_seq` may be left empty here."""
        ...

    def contacts_of(self, user_id: bytes) -> set[bytes]:
        """Everybody who shares a conversation with this person, without the person."""
        ...

    # -- transcript ---------------------------------------------------------
    def append(self, entries: Sequence[Entry]) -> list[bool]:
        """Append messages and receipts of any conversations, in order, in one durable step.

        True for each entry that was stored; False where `n` was not the conversation's next number
        or (conversation, epoch, device, seq) was used: the caller reads the state again. After a
        False, later entries of that conversation in the same call are False too.
        """
        ...

    def append_commit(self, commit: NewCommit) -> None:
        """Compare and swap on n and epoch, else Conflict. Entry, epoch and sealed in one step."""
        ...

    def entries(self, conversation_id: bytes, after: int, limit: int) -> list[Entry]: ...
    def entry_by_seq(
        self, conversation_id: bytes, epoch: int, device_id: bytes, seq: int
    ) -> Entry | None: ...
    def sealed_entries(
        self, conversation_id: bytes, device_id: bytes, epochs: Sequence[int]
    ) -> dict[int, bytes]:
        """epoch -> the sealed entry of that device."""
        ...
