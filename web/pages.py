"""The pages. Each is a template and what it shows; everything else happens in the browser.

Owns which page needs a session, where a login leads afterwards, and which page is compressed.
Knows no crypto and no API.
"""

from __future__ import annotations

import gzip
import re

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from errors import NotSignedIn
from services.sessions import SignedIn
from web import guards
from web.house import House, house
from web.problems import NotFound

CONVERSATION = re.compile(r"[A-Za-z0-9_-]{22}")
TALK = "/talk"
HTML = "text/html"

blueprint = Blueprint("pages", __name__)


def install(app: Flask, of: House) -> None:
    """What every template can use."""

    def context() -> dict[str, object]:
        return {"user": None, "asset": of.assets.url, "imports": of.assets.imports}

    app.context_processor(context)


@blueprint.after_request
def squeeze(response: Response) -> Response:
    """Every page carries the session's CSRF token. Compressed beside words that a stranger chose,
    its length would tell how much of the token they guessed (BREACH). `next` is the only thing of a
    request that a page repeats, so an answer to a request with a query stays as it is. Paths and
    headers are not repeated, and the name of a person cannot be changed.
    """
    if response.mimetype != HTML or response.status_code != 200:
        return response
    response.vary.add("Accept-Encoding")
    if not request.query_string and request.accept_encodings["gzip"] > 0:
        response.set_data(gzip.compress(response.get_data(), 6, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


@blueprint.get("/")
def landing() -> str:
    return render_template("landing.html", user=_visitor())


@blueprint.get("/signup")
def signup() -> str:
    return render_template("signup.html", user=_visitor(), next_path=_next_path())


@blueprint.get("/login")
def login() -> str:
    return render_template("login.html", user=_visitor(), next_path=_next_path())


@blueprint.get(TALK)
@blueprint.get(f"{TALK}/<conversation_id>")
def talk(conversation_id: str | None = None) -> str | AnyResponse:
    if conversation_id is not None and not CONVERSATION.fullmatch(conversation_id):
        raise NotFound
    visitor = _visitor()
    if visitor is None:
        return redirect(url_for("pages.login", next=request.path))
    return render_template("talk.html", user=visitor, conversation_id=conversation_id)


@blueprint.get("/healthz")
def health() -> Response:
    """For the host's health check: the process answers and the store does too."""
    house().in_thread(house().store.ping)
    return Response("ok", content_type="text/plain; charset=utf-8")


def _visitor() -> dict[str, str] | None:
    from crypto.wire import b64_encode

    try:
        user: SignedIn = guards.signed_in()
    except NotSignedIn:
        return None
    name = house().in_thread(house().services.accounts.name_of, user.user_id)
    return {"user_id": b64_encode(user.user_id), "name": name}


def _next_path() -> str:
    """Only a place in the talk room, so that no link can lead from our login to another site."""
    wanted = request.args.get("next", "")
    prefix, _, conversation_id = wanted.rpartition("/")
    if prefix == TALK and CONVERSATION.fullmatch(conversation_id):
        return wanted
    return TALK
