"""Who is asking, from where, with how much: the checks in front of every view and socket.

Owns the session cookie's content, the Origin check and the size of bodies. The cookie is signed and
holds the session's token and the CSRF secret, nothing else. Knows no route's meaning; the socket
side uses the same functions on a bare WSGI environ.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, g, request, session
from werkzeug.wsgi import get_host

from crypto.errors import FormatError
from crypto.wire import b64_decode, b64_encode
from errors import LengthRequired, NotSignedIn, OriginRefused
from services.sessions import TOKEN, Draft, SignedIn
from web.house import House, house, house_of

KB = 1024
BODY_LIMIT = 64 * KB
BODY_LIMITS = {
    "accounts.sign_up": 256 * KB,
    "people.publish_list": 256 * KB,
    "conversations.publish_commit": 512 * KB,
}
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSION_FIELD = "token"


def install(app: Flask) -> None:
    """Before anything else looks at the request, CSRF protection included."""
    app.before_request(limit_body)
    app.before_request(refuse_foreign_origin)


def limit_body() -> None:
    if "Transfer-Encoding" in request.headers:  # read up to the limit, the rest would be ignored
        raise LengthRequired
    request.max_content_length = BODY_LIMITS.get(request.endpoint or "", BODY_LIMIT)
    request.max_form_memory_size = BODY_LIMIT


def refuse_foreign_origin() -> None:
    """A browser names the origin of every request that changes something; a program may not."""
    origin = request.headers.get("Origin")
    if request.method not in SAFE_METHODS and origin is not None:
        verify_origin(house(), request.environ)


def verify_origin(of: House, environ: Mapping[str, Any]) -> str:
    """The Origin, if it is the server's own or one of CORS_ORIGIN. Raises OriginRefused."""
    origin = environ.get("HTTP_ORIGIN")
    if not origin or origin not in (own_origin(environ), *of.config.cors_origins):
        raise OriginRefused
    return str(origin)


def own_origin(environ: Mapping[str, Any]) -> str:
    return f"{environ['wsgi.url_scheme']}://{get_host(dict(environ))}"


# -- the session ------------------------------------------------------------


def signed_in() -> SignedIn:
    """Who this request is from. Raises NotSignedIn. Looked up once per request."""
    if "signed_in" not in g:
        g.signed_in = _resolve(house(), session)
    return g.signed_in  # type: ignore[no-any-return]


def session_of_environ(app: Flask, environ: Mapping[str, Any]) -> SignedIn:
    """The same for a socket's handshake, without a Flask request. Raises NotSignedIn."""
    cookie = app.session_interface.open_session(app, app.request_class(dict(environ)))
    return _resolve(house_of(app), cookie or {})


def _resolve(of: House, cookie: Mapping[str, Any]) -> SignedIn:
    token = _token(cookie)
    if token is None:
        raise NotSignedIn
    return of.in_thread(of.services.sessions.resolve, token)


def current_token() -> bytes | None:
    return _token(session)


def _token(cookie: Mapping[str, Any]) -> bytes | None:
    try:
        return b64_decode(cookie[SESSION_FIELD], TOKEN)
    except (KeyError, FormatError):
        return None


def enter(draft: Draft) -> None:
    """All of the old cookie goes, the CSRF secret too: what somebody planted is worthless."""
    leave()
    session.permanent = True
    session[SESSION_FIELD] = b64_encode(draft.token)


def leave() -> None:
    session.clear()
    g.pop("csrf_token", None)
    g.pop("signed_in", None)
