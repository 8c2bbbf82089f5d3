"""The API of accounts and sessions. Each view parses, calls one service, answers.

Knows no rule: those are in `services.accounts` and `services.sessions`.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask_wtf.csrf import generate_csrf

from services.events import SessionsEnded
from services.sessions import Draft, Session, SignedIn
from services.vaults import VaultView
from web import answers, guards, parse, schemas
from web.house import house

blueprint = Blueprint("accounts", __name__, url_prefix="/api/v1")


@blueprint.get("/csrf")
def csrf() -> Response:
    return answers.json({"token": generate_csrf()})


@blueprint.post("/kdf")
def kdf() -> Response:
    found = house().in_thread(house().services.accounts.kdf, schemas.kdf_query())
    return answers.json(
        {
            "salt": found.salt,
            "memory_kib": found.memory_kib,
            "passes": found.passes,
            "lanes": found.lanes,
        }
    )


@blueprint.post("/accounts")
def sign_up() -> Response:
    new = schemas.sign_up()
    draft = house().hash_in_thread(house().services.accounts.sign_up, new, _agent())
    _enter(draft)
    return answers.json({"user_id": new.user_id, "name": new.name}, 201)


@blueprint.post("/sessions")
def log_in() -> Response:
    asked = schemas.log_in()
    done = house().hash_in_thread(
        house().services.accounts.log_in, asked.login, asked.proof, _agent()
    )
    _enter(done.draft)
    _announce(done.user_id, done.ended)
    return answers.json(
        {"user_id": done.user_id, "name": done.name, "vault": vault_answer(done.vault)}
    )


@blueprint.get("/sessions")
def sessions() -> Response:
    user = guards.signed_in()
    found = house().in_thread(house().services.sessions.of, user.user_id)
    return answers.json({"sessions": [_session_answer(each, user) for each in found]})


@blueprint.delete("/sessions/current")
def log_out() -> Response:
    user = guards.signed_in()
    _end(user, user.session_id)
    guards.leave()
    return answers.no_content()


@blueprint.delete("/sessions/<session_id>")
def end_session(session_id: str) -> Response:
    user, wanted = guards.signed_in(), parse.id_in_path(session_id)
    _end(user, wanted)
    if wanted == user.session_id:
        guards.leave()
    return answers.no_content()


@blueprint.delete("/sessions")
def end_others() -> Response:
    user = guards.signed_in()
    _announce(user.user_id, house().in_thread(house().services.sessions.end_others, user))
    return answers.no_content()


@blueprint.get("/me")
def me() -> Response:
    user = guards.signed_in()
    name = house().in_thread(house().services.accounts.name_of, user.user_id)
    return answers.json({"user_id": user.user_id, "name": name, "server_time": house().clock()})


def vault_answer(view: VaultView) -> dict[str, object]:
    return {
        "wrap": view.wrap.box,
        "wrap_version": view.wrap.version,
        "identity": {"version": view.identity.version, "box": view.identity.box},
        "book": {"version": view.book.version, "box": view.book.box},
    }


def _session_answer(session: Session, user: SignedIn) -> dict[str, object]:
    return {
        "id": session.session_id,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "current": session.session_id == user.session_id,
        "agent": session.agent,
    }


def _enter(draft: Draft) -> None:
    """A fresh session in the cookie; the one that was there ends, whoever's it was."""
    token = guards.current_token()
    old = house().in_thread(house().services.sessions.end_token, token) if token else None
    guards.enter(draft)
    if old is not None:
        _announce(old.user_id, [old.session_id])


def _end(user: SignedIn, session_id: bytes) -> None:
    house().in_thread(house().services.sessions.end, user.user_id, session_id)
    _announce(user.user_id, [session_id])


def _announce(user_id: bytes, ended: list[bytes]) -> None:
    if ended:
        house().events.publish(SessionsEnded(user_id, tuple(ended)))


def _agent() -> str:
    return request.headers.get("User-Agent", "")
