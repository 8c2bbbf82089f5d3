"""The API of conversations. Each view parses, calls one service, answers.

A conversation that the person is not in answers like one that does not exist. Messages do not come
this way (see `sockets`); commits do, because they are large and somebody waits for the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response

from crypto.commit import MAX_REFS, MAX_SIZE
from crypto.labels import SEALED_ENTRY
from crypto.transcript import COMMIT
from services import commits
from services.commits import Offer
from services.conversations import PAGE, Page, Summary
from services.refusals import Malformed
from web import answers, entries, guards, parse
from web.house import house
from web.parse import Fields
from web.realtime import realtime

blueprint = Blueprint("conversations", __name__, url_prefix="/api/v1/conversations")


@blueprint.get("")
def index() -> Response:
    user = guards.signed_in()
    found = house().in_thread(realtime().messaging.conversations.of, user.user_id)
    return answers.json({"conversations": [_summary(each) for each in found]})


@blueprint.post("")
def start() -> Response:
    user, other_id = guards.signed_in(), parse.body("user_id").id("user_id")
    service, now = realtime().messaging.conversations, house().clock()
    started = house().in_thread(service.start, user.user_id, other_id, now)
    if started.new:
        realtime().delivery.conversation(started.conversation_id, started.names)
    members = _people(started.names, started.names)
    status = 201 if started.new else 200
    return answers.json({"id": started.conversation_id, "members": members}, status)


@blueprint.get("/<conversation_id>/entries")
def page(conversation_id: str) -> Response:
    user, query = guards.signed_in(), parse.arguments("after", "device", "limit")
    after = parse.integer_argument(query, "after", 0, 0)
    limit = parse.integer_argument(query, "limit", PAGE, 1)
    found = house().in_thread(
        realtime().messaging.conversations.page,
        user.user_id,
        parse.id_in_path(conversation_id),
        after,
        _device(query),
        limit,
    )
    return answers.json(_page(found))


@blueprint.post("/<conversation_id>/commits")
def publish_commit(conversation_id: str) -> Response:
    user = guards.signed_in()
    offer = _offer(user.user_id, parse.id_in_path(conversation_id))
    house().in_thread(realtime().messaging.commits.prepare, offer)
    accepted = realtime().relay.publish(offer)
    return answers.json(entries.acknowledgement(accepted), 201)


# -- in -----------------------------------------------------------------------


def _device(query: dict[str, str]) -> bytes:
    if "device" not in query:
        raise Malformed("The parameter device is missing.")
    return parse.id_in_path(query["device"])


def _offer(user_id: bytes, conversation_id: bytes) -> Offer:
    form = parse.body("commit", "entries")
    named = form.mapping("entries", MAX_REFS)
    boxes = Fields(named, tuple(named), "entries")
    sealed = {
        parse.id_in_path(name): boxes.bytes(name, SEALED_ENTRY, SEALED_ENTRY) for name in named
    }
    return commits.parse(user_id, conversation_id, form.bytes("commit", 1, MAX_SIZE), sealed)


# -- out ----------------------------------------------------------------------


def _people(user_ids: Iterable[bytes], names: dict[bytes, str]) -> list[dict[str, Any]]:
    return [{"user_id": user_id, "name": names[user_id]} for user_id in user_ids]


def _summary(each: Summary) -> dict[str, Any]:
    state = each.state
    return {
        "id": state.conversation_id,
        "members": _people(state.members, each.names),
        "n": state.n,
        "head": state.head,
        "epoch": state.current.epoch if state.current else 0,
        "updated_at": state.received_at,
    }


def _page(found: Page) -> dict[str, Any]:
    shown = []
    for stored in found.entries:
        one = entries.entry(stored)
        if stored.kind == COMMIT:
            one["entry"] = found.sealed.get(stored.epoch)
        shown.append(one)
    return {"entries": shown, "n": found.n}
