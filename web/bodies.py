"""How long a request's body may take to arrive, and how many of one address may be on their way.

A client that announces a body and keeps it back would hold a connection and a request for as long
as it likes, and anybody can do that. So the whole body is read here, before anything else of the
request is judged, within one bound for all of it: a trickle does not prolong it.
"""

from __future__ import annotations

import contextlib
import socket
from collections import Counter

from flask import Flask, Response, after_this_request, request

from errors import ClientFault, RateLimited
from web.house import house
from web.limits import by_address

# Honest bodies are on their way for moments. Behind a proxy that this server was not told of all
# people have one address, so the bound is high.
PER_ADDRESS = 64
RETRY_SECONDS = 5


class BodyLate(ClientFault):
    code, status, title = "body_late", 408, "The request did not arrive in time."
    detail = "Check the connection and try again."


def install(app: Flask) -> None:
    arriving: Counter[str] = Counter()

    def receive() -> None:
        if not request.content_length:
            return
        address = by_address()
        if arriving[address] >= PER_ADDRESS:
            _hang_up()
            raise RateLimited(retry_after=RETRY_SECONDS)
        arriving[address] += 1
        try:
            _read()
        finally:
            arriving[address] -= 1
            if not arriving[address]:
                del arriving[address]

    app.before_request(receive)


def _read() -> None:
    of = house()
    try:
        with of.runtime.time_limit(of.config.body_seconds, BodyLate):
            request.get_data(cache=True)
    except BodyLate:
        _hang_up()
        raise


def _hang_up() -> None:
    """Answer and close. Else the server would wait for the rest of the body, to find the next
    request behind it."""
    with contextlib.suppress(OSError):
        house().runtime.socket_of(request.environ).shutdown(socket.SHUT_RD)

    @after_this_request
    def close(response: Response) -> Response:
        response.headers["Connection"] = "close"
        return response
