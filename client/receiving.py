"""What the transcript does to a session: every entry that the server delivers goes through here.

Pure. Three things can happen to the entry that is next in line. It is *taken*: the state moves and
the event says what it meant. It is *refused*: the head moves, because the entry is part of the
transcript, nothing else does, and the event says why. It is *held* (events.Held, events.NeedLists):
nothing moves until the person decided or the lists are there.

A contradiction (two commits for one epoch, a `seen` that denies our heads) is a fork: the session
stops for good and keeps what it has. Healing it silently is what a malicious server would want.
"""

from __future__ import annotations

from dataclasses import replace

from client.events import Delivered, Event, OutOfOrder, Refused, Stopped, World
from client.processing import take_commit
from client.reading import take_envelope
from client.session import Me, Session
from crypto import transcript
from crypto.errors import CryptoError, ForkDetected

KEPT_HEADS = 2000
COMMIT = 1
HARMLESS = frozenset({"not_readable", "late"})


def receive(session: Session, entry: Delivered, me: Me, world: World) -> tuple[Session, Event]:
    """Apply the next entry. Raises OutOfOrder, Held or NeedLists, and then nothing has changed."""
    if session.stopped:
        return session, Stopped(entry.n, session.stopped)
    moved = _advance(session, entry)
    try:
        if entry.kind == COMMIT:
            return take_commit(moved, entry, me, world)
        return take_envelope(moved, entry, me)
    except ForkDetected as fork:
        return replace(moved, stopped=fork.code), Stopped(entry.n, fork.code)
    except CryptoError as error:
        return moved, Refused(entry.n, entry.kind, error.code, error.code not in HARMLESS)


def _advance(session: Session, entry: Delivered) -> Session:
    if entry.n != session.n + 1 or entry.received_at < session.received_at:
        raise OutOfOrder("the server sent an entry out of order")
    content = transcript.content_hash(entry.raw)
    head = transcript.next_head(
        session.head, entry.n, entry.received_at, entry.kind, entry.sender, content
    )
    heads = {n: old for n, old in session.heads.items() if n > entry.n - KEPT_HEADS}
    return replace(
        session,
        n=entry.n,
        head=head,
        received_at=entry.received_at,
        heads={**heads, entry.n: head},
    )
