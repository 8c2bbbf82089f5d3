"""Entries of a transcript as JSON, the same in the API and on sockets (docs/API.md).

Owns the names of fields. What comes in is an entry as the store keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crypto.wire import b64_encode

if TYPE_CHECKING:
    from services.messages import Accepted


def entry(stored: Any) -> dict[str, Any]:
    return {
        "n": stored.n,
        "received_at": stored.received_at,
        "kind": stored.kind,
        "sender": b64_encode(stored.sender),
        "bytes": b64_encode(stored.raw),
        "seal": b64_encode(stored.seal),
    }


def acknowledgement(accepted: Accepted) -> dict[str, Any]:
    """What the sender of an entry gets: where it stands and the server's word for it."""
    stored = accepted.entry
    return {
        "n": stored.n,
        "received_at": stored.received_at,
        "head": b64_encode(stored.head),
        "seal": b64_encode(stored.seal),
    }
