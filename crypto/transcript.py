"""The hash chain over everything a conversation's server accepted, and the server's seal on it.

Must not know contents: it sees hashes. The danger it deals with: a server that drops, reorders or
forks. Every entry's head covers all entries before it; clients recompute heads and tell each other
theirs. The seal is the server's own memory of what it once accepted. On the path of every message,
so formats are compiled and nothing is copied twice. Section 7.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from crypto.errors import ArgumentInvalid, TagInvalid
from crypto.labels import HASH, ID, KEY, SHORT_KEY_ID, TAG, hash_with, label, need
from crypto.wire import MAX_U64

COMMIT, MESSAGE, RECEIPT = 1, 2, 3
KINDS: Final = (COMMIT, MESSAGE, RECEIPT)
_ENTRY: Final = struct.Struct(">32sQQB16s32s")
_ENTRY_LABEL: Final = label("transcript entry")
_SEAL_LABEL: Final = label("seal")


@dataclass(frozen=True, slots=True)
class SealKey:
    """A server key [32] and its name [8]."""

    key: bytes = field(repr=False)
    key_id: bytes


def start(conversation: bytes) -> bytes:
    """head_0 [32] of a conversation id [16]."""
    need("a conversation id", conversation, ID)
    return hash_with("transcript", conversation)


def content_hash(data: bytes) -> bytes:
    """SHA-256 of a commit or an envelope: what a deleted entry leaves behind."""
    return hashlib.sha256(data).digest()


def next_head(
    head: bytes, n: int, received_at: int, kind: int, sender: bytes, content: bytes
) -> bytes:
    """head_n from head_{n-1} [32], n from 1, ms, kind, user id [16] and content hash [32]."""
    if len(head) != HASH or len(sender) != ID or len(content) != HASH:
        raise ArgumentInvalid("a head, a sender or a content hash has the wrong length")
    if not (1 <= n <= MAX_U64 and 0 <= received_at <= MAX_U64 and kind in KINDS):
        raise ArgumentInvalid("a number of a transcript entry is out of range")
    entry = _ENTRY.pack(head, n, received_at, kind, sender, content)
    return hashlib.sha256(_ENTRY_LABEL + entry).digest()


def seal_key(key: bytes) -> SealKey:
    """A 32-byte server secret with its name."""
    need("a seal key", key, KEY)
    return SealKey(key, hash_with("seal key id", key)[:SHORT_KEY_ID])


def seal(key: SealKey, head: bytes, tag: bytes) -> bytes:
    """seal_n [32] of head_n [32] and the tag [32] of the envelope or commit."""
    if len(head) != HASH or len(tag) != TAG:
        raise ArgumentInvalid("a head or a tag has the wrong length")
    return hmac.digest(key.key, _SEAL_LABEL + key.key_id + head + tag, "sha256")


def verify_seal(keys: Iterable[SealKey], head: bytes, tag: bytes, sealed: bytes) -> SealKey:
    """The key of `keys` (newest first) that made this seal. Raises TagInvalid."""
    for key in keys:
        if hmac.compare_digest(seal(key, head, tag), sealed):
            return key
    raise TagInvalid("none of the server's keys made this seal")
