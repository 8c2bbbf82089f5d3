"""The state of one conversation on one device, and what may be sent from it.

Pure: bytes, clocks and randomness are arguments, every step returns a new state, and a step that
raises has changed nothing. `receiving` moves the state by what the server delivers, `committing`
by what this device starts. The rules are PROTOCOL 4 to 7; the browser's twin is
static/js/state/session.js.

    no epoch --commit accepted--> epoch n --commit n+1 accepted--> epoch n+1 ...
    any --contradiction between two heads or two commits--> stopped, for good
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from crypto import chain, envelope, transcript
from crypto.chain import ReceivingChain, SendingChain
from crypto.commit import Commit
from crypto.envelope import Header, Payload
from crypto.epoch import EpochSecrets
from crypto.errors import KeyMissing, RangeExceeded
from crypto.refresh import CommitKey

EPOCH_MESSAGES = 50
CLOCK_MS = 5 * 60 * 1000
EPOCH_AGE_MS = 24 * 3600 * 1000
LATE_MS = 120_000
KEPT_EPOCHS = 5


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A live X-Wing key of this device. `refresh` orders it: 0 for the list key."""

    key_id: bytes
    seed: bytes
    refresh: int


@dataclass(frozen=True, slots=True)
class Me:
    """This device: its ids, its signing key and the keys that are not bound to a conversation."""

    user_id: bytes
    device_id: bytes
    signing_private: bytes
    keys: tuple[OwnKey, ...]

    @property
    def refresh(self) -> int:
        return max(key.refresh for key in self.keys)


@dataclass(frozen=True, slots=True)
class Peer:
    """A device of an epoch: whose it is, and the key that its messages are signed with."""

    user_id: bytes
    signing_public: bytes


@dataclass(frozen=True, slots=True)
class Epoch:
    """What is needed to read an accepted epoch. `roster`: user, list version, list hash.

    `reading_only` says why nothing may be sent in it: "old_list" or "weaker_mode".
    """

    number: int
    commit_hash: bytes
    mode: int
    roster: tuple[tuple[bytes, int, bytes], ...]
    peers: Mapping[bytes, Peer]
    chains: Mapping[bytes, ReceivingChain]
    received_at: int
    messages: int = 0
    reading_only: str | None = None

    @property
    def signed(self) -> bool:
        """Members of a larger epoch share chain keys, so each message carries a signature."""
        return len(self.peers) > 2


@dataclass(frozen=True, slots=True)
class Pending:
    """A commit of ours that was stored before it was published."""

    raw: bytes
    entries: Mapping[bytes, bytes]
    fresh_seed: bytes
    secrets: EpochSecrets


@dataclass(frozen=True, slots=True)
class Session:
    """Everything one device remembers of one conversation."""

    conversation: bytes
    members: frozenset[bytes]
    n: int = 0
    head: bytes = b""
    received_at: int = 0
    heads: Mapping[int, bytes] = field(default_factory=dict)
    accepted: Mapping[int, bytes] = field(default_factory=dict)
    newest: Commit | None = None
    newest_at: int = 0
    chain_secret: bytes | None = None
    epochs: tuple[Epoch, ...] = ()
    sending: SendingChain | None = None
    own_key: OwnKey | None = None
    commit_keys: Mapping[bytes, CommitKey] = field(default_factory=dict)
    pending: Pending | None = None
    sent: Mapping[tuple[int, int], bytes] = field(default_factory=dict)
    last_seq: Mapping[tuple[int, bytes], int] = field(default_factory=dict)
    last_seen: Mapping[bytes, int] = field(default_factory=dict)
    shown: Mapping[tuple[bytes, bytes], int] = field(default_factory=dict)
    broken: bool = False
    stopped: str | None = None

    @property
    def epoch(self) -> Epoch | None:
        """The newest epoch, if this device is part of it."""
        last = self.epochs[-1] if self.epochs else None
        return last if last and self.newest and last.number == self.newest.core.epoch else None


def begin(conversation: bytes, members: frozenset[bytes]) -> Session:
    head = transcript.start(conversation)
    return Session(conversation, members, head=head, heads={0: head})


def reason_to_commit(
    session: Session, current: Mapping[bytes, tuple[int, bytes]], mode: int, now: int
) -> str | None:
    """Why a new epoch is due before the next message, or None (PROTOCOL 4.4).

    `current` maps each member to version and hash of the newest list.
    """
    epoch = session.epoch
    if epoch is None:
        return "no_epoch"
    if {user: (version, digest) for user, version, digest in epoch.roster} != dict(current):
        return "roster_changed"
    if epoch.mode != mode:
        return "mode_changed"
    if epoch.messages >= EPOCH_MESSAGES:
        return "epoch_full"
    return "epoch_old" if now - epoch.received_at >= EPOCH_AGE_MS else None


def seal(session: Session, me: Me, payload: Payload, sent_at: int) -> tuple[Session, bytes]:
    """One envelope under the next number. Keep the new state on disk before the bytes leave."""
    epoch, sending = session.epoch, session.sending
    if epoch is None or sending is None or session.stopped or epoch.reading_only:
        raise KeyMissing("there is no epoch to send in: commit first")
    seq, message_key, moved = chain.advance(sending)
    header = Header(
        payload.kind, session.conversation, epoch.number, me.device_id, seq, sent_at,
        epoch.commit_hash[:16],
    )  # fmt: skip
    signing = me.signing_private if epoch.signed else None
    raw = envelope.seal_envelope(message_key, header, payload, signing)
    sent = {**session.sent, (epoch.number, seq): transcript.content_hash(raw)}
    return replace(session, sending=moved, sent=sent), raw


def skip_to(session: Session, last_seq: int) -> Session:
    """The server says that numbers up to `last_seq` are taken: go on behind them.

    Raises RangeExceeded for more than receivers would bridge: then only a new epoch helps.
    """
    sending = session.sending
    if sending and last_seq - sending.next_seq >= chain.MAX_SKIPPED:
        raise RangeExceeded("the server says that too many numbers are taken")
    while sending and sending.next_seq <= last_seq:
        _, _, sending = chain.advance(sending)
    return replace(session, sending=sending)


def accept_mode(session: Session) -> Session:
    """The person agreed to go on without the quantum link."""
    *rest, last = session.epochs
    return replace(session, epochs=(*rest, replace(last, reading_only=None)))
