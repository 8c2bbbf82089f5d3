"""Who may open a socket: a live session, on a page of this server or of one that it trusts.

Owns the answer to a WebSocket handshake, given while it is still plain HTTP. A browser sends the
cookie along from any page whatever, so the Origin is what keeps other sites out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from errors import CryptexqError, NotSignedIn, OriginRefused
from web import guards
from web.budgets import Budgets
from web.house import House
from web.transport.budget import Rate
from web.transport.engine import Guest, Refused


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whom we let in, and the origin of the page: the device will sign it."""

    user_id: bytes
    session_id: bytes
    expires_at: int
    origin: str


# A client whose network comes and goes stays far below; a loop of handshakes is stopped.
CONNECTS = Rate(per_second=1.0, burst=100.0)


def admission(app: Flask, house: House) -> Callable[[dict[str, Any]], Guest]:
    budgets = Budgets(CONNECTS, house.runtime.clock)

    def admit(environ: dict[str, Any]) -> Guest:
        try:
            origin = guards.verify_origin(house, environ)
            session = guards.session_of_environ(app, environ)
        except OriginRefused as refused:
            raise Refused("403 FORBIDDEN", refused.title) from refused
        except NotSignedIn as refused:
            raise Refused("401 UNAUTHORIZED", refused.title) from refused
        except CryptexqError as failed:
            raise Refused("503 SERVICE UNAVAILABLE", failed.title) from failed
        if not budgets.spend(session.user_id):
            raise Refused("429 TOO MANY REQUESTS", "Too many connections in a short time.")
        visitor = Visitor(session.user_id, session.session_id, session.expires_at, origin)
        # The cap is the account's: an office behind one address may be large, and a stranger
        # without a session was refused above.
        return Guest(keys=(session.user_id.hex(),), who=visitor)

    return admit
