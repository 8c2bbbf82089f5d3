"""The API of the vault. Each view parses, calls one service, answers.

A fresh proof of a login key stands before the wrap and before a new identity: the session's cookie
alone must not be enough for either.
"""

from __future__ import annotations

from flask import Blueprint, Response

from services.accounts import Proof
from services.sessions import SignedIn
from web import answers, guards, schemas
from web.accounts import vault_answer
from web.house import house

blueprint = Blueprint("vault", __name__, url_prefix="/api/v1/vault")


@blueprint.post("/unlock")
def unlock() -> Response:
    user, proof = guards.signed_in(), schemas.unlock()
    _prove(user, proof)
    return answers.json(
        vault_answer(house().in_thread(house().services.vaults.view, user.user_id, proof.kind))
    )


@blueprint.get("/book")
def book() -> Response:
    found = house().in_thread(house().services.vaults.book, guards.signed_in().user_id)
    return answers.json({"version": found.version, "box": found.box})


@blueprint.put("/book")
def put_book() -> Response:
    user, new = guards.signed_in(), schemas.new_book()
    house().in_thread(house().services.vaults.put, user.user_id, "book", new.version, new.box)
    return answers.json({"version": new.version})


@blueprint.put("/identity")
def put_identity() -> Response:
    user, new = guards.signed_in(), schemas.new_identity()
    _prove(user, new.proof)
    house().in_thread(
        house().services.vaults.put, user.user_id, "identity", new.part.version, new.part.box
    )
    return answers.json({"version": new.part.version})


def _prove(user: SignedIn, proof: Proof) -> None:
    house().hash_in_thread(house().services.accounts.prove, user.user_id, proof)
