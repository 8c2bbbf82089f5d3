"""Records for contract tests: short, and different wherever a mix-up could be.

Stores never look into bytes, so none of these are real keys, lists or envelopes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from store.base import Account, Entry, EpochState, NewCommit, Session, StoredList, StoredRefresh

AccountParts = tuple[Account, dict[str, bytes], StoredList, Session]


def ident(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:16]


def digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


ANN, BOB, CAROL, NOBODY = ident("ann"), ident("bob"), ident("carol"), ident("nobody")
NAMES = {ANN: "ann", BOB: "bob", CAROL: "carol"}
TALK, OTHER_TALK = ident("talk"), ident("other talk")
LAPTOP, PHONE, TABLET = ident("laptop"), ident("phone"), ident("tablet")
PARTS = ("wrap_password", "wrap_recovery", "identity", "book")


def account(user_id: bytes, name: str | None = None, email: str | None = None) -> Account:
    name = name or NAMES[user_id]
    email = email or f"{name}@example.org"
    return Account(
        user_id=user_id,
        name=name,
        email_box=b"sealed " + digest(email),
        email_index=digest(email),
        kdf_salt=digest(name + " salt")[:16],
        kdf_memory_kib=19456,
        kdf_passes=2,
        kdf_lanes=1,
        login_verifier=digest(name + " login"),
        recovery_verifier=digest(name + " recovery"),
        created_at=500,
    )


def device_list(user_id: bytes, version: int = 1) -> StoredList:
    text = f"list {user_id.hex()} {version}"
    return StoredList(user_id, version, digest(text), text.encode())


def refresh(user_id: bytes, device_id: bytes, number: int) -> StoredRefresh:
    return StoredRefresh(user_id, device_id, number, b"refresh %d" % number)


def session(user_id: bytes, name: str, expires_at: int = 10_000) -> Session:
    return Session(
        session_id=ident(f"session {name}"),
        token_hash=digest(f"token {name}"),
        user_id=user_id,
        created_at=500,
        seen_at=600,
        expires_at=expires_at,
        agent="Firefox on Linux, Zoë's",
    )


def account_parts(
    user_id: bytes, name: str | None = None, email: str | None = None
) -> AccountParts:
    made = account(user_id, name, email)
    vault = {part: f"{made.name} {part} 1".encode() for part in PARTS}
    return made, vault, device_list(user_id), session(user_id, f"first {user_id.hex()}")


def genesis(conversation: bytes) -> bytes:
    return digest(f"head 0 {conversation.hex()}")


def message(
    n: int,
    seq: int,
    *,
    conversation: bytes = TALK,
    device: bytes = LAPTOP,
    epoch: int = 1,
    sender: bytes = ANN,
    size: int = 40,
) -> Entry:
    text = f"{conversation.hex()} {n} {epoch} {device.hex()} {seq}"
    return Entry(
        conversation_id=conversation,
        n=n,
        received_at=2000 + n,
        kind=2,
        sender=sender,
        epoch=epoch,
        device_id=device,
        seq=seq,
        content_hash=digest("content " + text),
        head=digest("head " + text),
        seal=digest("seal " + text),
        raw=digest("raw " + text) * (1 + size // 32),
    )


def commit(
    n: int,
    epoch: int,
    *,
    conversation: bytes = TALK,
    committer: bytes = LAPTOP,
    others: tuple[bytes, ...] = (PHONE,),
) -> NewCommit:
    entry = message(n, 0, conversation=conversation, device=committer, epoch=epoch)
    state = EpochState(
        epoch, digest(f"commit {n} {epoch}"), frozenset((committer, *others)), 2000 + n
    )
    sealed = {device: b"sealed %d " % epoch + device for device in others}
    return NewCommit(replace(entry, kind=1), state, sealed)
