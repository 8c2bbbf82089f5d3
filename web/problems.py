"""Errors as people and programs see them: a page, or problem+json under /api. Never a traceback.

Owns the translation of other libraries' errors into our tree, and the id that an answer and the log
share. Everything unexpected becomes the same `internal`, whose text says nothing about the cause.
"""

from __future__ import annotations

import logging
import math
import secrets
import time

from flask import Flask, Response, g, make_response, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from errors import (
    BodyTooLarge,
    ClientFault,
    CryptexqError,
    CsrfFailed,
    RateLimited,
    ServerFault,
)
from web import answers

log = logging.getLogger(__name__)


class NotFound(ClientFault):
    code, status, title = "not_found", 404, "There is nothing at this address."
    detail = "Check the address, or go back to the start page."


class MethodNotAllowed(ClientFault):
    code, status, title = "method_not_allowed", 405, "This address does not take such a request."
    detail = "Reload the page to get the client that fits this server."


OURS: dict[int, type[ClientFault]] = {
    404: NotFound,
    405: MethodNotAllowed,
    413: BodyTooLarge,
}


def install(app: Flask) -> None:
    app.before_request(_name_request)
    app.register_error_handler(Exception, answer)


def _name_request() -> None:
    g.request_id = secrets.token_hex(8)


def request_id() -> str:
    if "request_id" not in g:
        _name_request()
    return str(g.request_id)


def answer(error: Exception) -> Response:
    ours = translate(error)
    if request.path.startswith("/api/"):
        response = answers.problem(ours, request_id())
    else:
        response = page(ours)
    response.headers["X-Request-Id"] = request_id()
    return response


def translate(error: Exception) -> CryptexqError:
    if isinstance(error, CryptexqError):
        if error.status >= 500:
            log.error("refused: %s", error.code, exc_info=error)
        return error
    if isinstance(error, CSRFError):
        return CsrfFailed()
    if isinstance(error, RateLimitExceeded):
        return RateLimited(retry_after=_retry_after())
    if isinstance(error, HTTPException) and (error.code or 500) < 500:
        return OURS.get(error.code or 400, ClientFault)()
    log.error("unexpected error", exc_info=error)
    return ServerFault()


def _retry_after() -> int:
    from web.limits import limiter_of_request

    breached = limiter_of_request().current_limit
    return max(1, math.ceil(breached.reset_at - time.time())) if breached else 60


def page(error: CryptexqError) -> Response:
    try:
        shown = render_template("error.html", **error.problem(), request_id=request_id())
        return make_response(shown, error.status)
    except Exception:
        # Whatever broke the page may break its error page too; people get plain words then.
        log.exception("the error page failed")
        text = f"{error.title}\n{error.detail}\n\n{error.status} {error.code} {request_id()}\n"
        return Response(text, error.status, content_type="text/plain; charset=utf-8")
