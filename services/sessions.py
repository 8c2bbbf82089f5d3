"""Sessions that the server keeps: opened at login, looked up at each request, ended at any time.

Owns tokens and expiry. A token is 32 random bytes that only the person's cookie holds; the store
has its SHA-256, so a stolen database opens no session. Each login gets a new token, and nothing
that a browser brings along is ever made into one: there is no session to fixate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from errors import NoSuchSession, NotSignedIn
from store.base import Session, Store

TOKEN: Final = 32
MOST_PER_ACCOUNT: Final = 50
AGENT_CHARS: Final = 200
DAY: Final = 24 * 60 * 60 * 1000
TOUCH_EVERY: Final = 5 * 60 * 1000
SWEEP_EVERY: Final = 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is asking, as their session says."""

    session_id: bytes
    user_id: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A session that is not stored yet, and the token that goes into the cookie alone."""

    session: Session
    token: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Policy:
    """A session ends after `idle` without a request and after `most` in any case (milliseconds)."""

    idle: int = 30 * DAY
    most: int = 90 * DAY


class Sessions:
    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        random: Callable[[int], bytes],
        policy: Policy | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._random = random
        self._policy = policy or Policy()
        self._swept = 0

    def draft(self, user_id: bytes, agent: str) -> Draft:
        now, token = self._clock(), self._random(TOKEN)
        expires_at = now + self._policy.most
        session = Session(
            self._random(16), _hash(token), user_id, now, now, expires_at, _shown(agent)
        )
        return Draft(session, token)

    def open(self, user_id: bytes, agent: str) -> tuple[Draft, list[bytes]]:
        """Store a fresh session. Gives also the ids of the oldest ones, ended to make room."""
        self._sweep()
        kept = sorted(self._store.sessions_of(user_id, self._clock()), key=lambda s: s.seen_at)
        surplus = kept[: max(0, len(kept) + 1 - MOST_PER_ACCOUNT)]
        for session in surplus:
            self._store.delete_session(user_id, session.session_id)
        draft = self.draft(user_id, agent)
        self._store.create_session(draft.session)
        return draft, [session.session_id for session in surplus]

    def _sweep(self) -> None:
        """Once an hour at most, and while somebody logs in: then a few rows more cost nothing."""
        now = self._clock()
        if now - self._swept >= SWEEP_EVERY:
            self._swept = now
            self._store.delete_expired_sessions(now)

    def resolve(self, token: bytes) -> SignedIn:
        """Raises NotSignedIn for a token that is unknown, ended, expired or idle for too long."""
        now = self._clock()
        session = self._store.session_by_token(_hash(token), now)
        if session is None:
            raise NotSignedIn
        if now >= min(session.expires_at, session.seen_at + self._policy.idle):
            self._store.delete_session(session.user_id, session.session_id)
            raise NotSignedIn
        if now - session.seen_at >= TOUCH_EVERY:
            self._store.touch_session(session.session_id, now)
        return SignedIn(session.session_id, session.user_id, session.expires_at)

    def of(self, user_id: bytes) -> list[Session]:
        """The live ones, the last seen first."""
        now = self._clock()
        alive = [
            s for s in self._store.sessions_of(user_id, now) if s.seen_at + self._policy.idle > now
        ]
        return sorted(alive, key=lambda s: s.seen_at, reverse=True)

    def end(self, user_id: bytes, session_id: bytes) -> None:
        """Raises NoSuchSession for another person's too."""
        if not self._store.delete_session(user_id, session_id):
            raise NoSuchSession

    def end_token(self, token: bytes) -> SignedIn | None:
        """End the session that a browser had before; gives it, if it was one."""
        session = self._store.session_by_token(_hash(token), self._clock())
        if session is None:
            return None
        self._store.delete_session(session.user_id, session.session_id)
        return SignedIn(session.session_id, session.user_id, session.expires_at)

    def end_others(self, user: SignedIn) -> list[bytes]:
        return self._store.delete_other_sessions(user.user_id, user.session_id)


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _shown(agent: str) -> str:
    """What the browser says it is, for the person's own list of sessions."""
    return "".join(c for c in agent if c.isprintable())[:AGENT_CHARS]
