"""Message keys of one sending device in one epoch, and the keys skipped for late messages.

Secret data: a server must never import this. Must not know messages. The dangers it deals with: a
message number used twice, and a number far ahead that makes the receiver compute and keep without
end. States are values: `take` gives a new one and the caller keeps the old until the message's tag
has verified, so a forgery changes nothing. Section 5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from crypto.errors import ArgumentInvalid, RangeExceeded, Replay
from crypto.labels import mac

MAX_SKIPPED: Final = 1000
_MESSAGE: Final = b"\x01"
_CHAIN: Final = b"\x02"


def message_key(chain_key: bytes) -> bytes:
    """MK [32] of the current number. `chain_key`: 32 bytes."""
    return mac(chain_key, _MESSAGE)


def next_chain(chain_key: bytes) -> bytes:
    """The chain key [32] of the next number; the step cannot be undone."""
    return mac(chain_key, _CHAIN)


@dataclass(frozen=True, slots=True)
class SendingChain:
    """A chain key and the number that its message key is for. Begins at 1."""

    chain_key: bytes = field(repr=False)
    next_seq: int = 1


def advance(chain: SendingChain) -> tuple[int, bytes, SendingChain]:
    """(seq, message key, chain for the next message)."""
    following = SendingChain(next_chain(chain.chain_key), chain.next_seq + 1)
    return chain.next_seq, message_key(chain.chain_key), following


@dataclass(frozen=True, slots=True)
class ReceivingChain:
    """A chain key, the number it is for, and message keys of numbers passed over. Never mutated."""

    chain_key: bytes = field(repr=False)
    next_seq: int = 1
    skipped: Mapping[int, bytes] = field(default_factory=dict, repr=False)


def take(chain: ReceivingChain, seq: int) -> tuple[bytes, ReceivingChain]:
    """The message key of `seq` and the chain without it. `chain` itself is not changed.

    Raises Replay for a number whose key is gone, RangeExceeded when more than 1000 keys would be
    kept.
    """
    if seq < 1:
        raise ArgumentInvalid("message numbers begin at 1")
    if seq < chain.next_seq:
        return _take_skipped(chain, seq)
    if len(chain.skipped) + seq - chain.next_seq > MAX_SKIPPED:
        raise RangeExceeded("too many messages before this one are missing")
    skipped = dict(chain.skipped)
    chain_key = chain.chain_key
    for number in range(chain.next_seq, seq):
        skipped[number] = message_key(chain_key)
        chain_key = next_chain(chain_key)
    return message_key(chain_key), ReceivingChain(next_chain(chain_key), seq + 1, skipped)


def _take_skipped(chain: ReceivingChain, seq: int) -> tuple[bytes, ReceivingChain]:
    if seq not in chain.skipped:
        raise Replay("this message number was used already")
    rest = {number: key for number, key in chain.skipped.items() if number != seq}
    return chain.skipped[seq], ReceivingChain(chain.chain_key, chain.next_seq, rest)
