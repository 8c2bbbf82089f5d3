"""The API of people and their devices. Each view parses, calls one service, answers.

What is handed out here is public among the people of this server and signed by its owners.
"""

from __future__ import annotations

from flask import Blueprint, Response

from services.events import DeviceListChanged
from services.refusals import Malformed
from web import answers, guards, parse, schemas
from web.house import house

blueprint = Blueprint("people", __name__, url_prefix="/api/v1")


@blueprint.get("/users")
def find() -> Response:
    guards.signed_in()
    query = parse.arguments("name")
    if "name" not in query:
        raise Malformed("The parameter name is missing.")
    name = schemas.user_name(query["name"])
    user_id = house().in_thread(house().services.accounts.person, name)
    return answers.json({"user_id": user_id, "name": name})


@blueprint.get("/users/<user_id>/device-lists")
def device_lists(user_id: str) -> Response:
    guards.signed_in()
    start = parse.integer_argument(parse.arguments("from"), "from", None, 1, schemas.VERSION_MAX)
    found = house().in_thread(house().services.devices.of, parse.id_in_path(user_id), start)
    return answers.json({"lists": found.lists, "refreshes": found.refreshes})


@blueprint.put("/device-list")
def publish_list() -> Response:
    user, raw = guards.signed_in(), schemas.new_device_list()
    version, fresh = house().in_thread(house().services.devices.publish, user.user_id, raw)
    if fresh:
        house().events.publish(DeviceListChanged(user.user_id, version))
    return answers.json({"version": version})


@blueprint.post("/refreshes")
def publish_refresh() -> Response:
    user, raw = guards.signed_in(), schemas.new_refresh()
    house().in_thread(house().services.devices.publish_refresh, user.user_id, raw)
    return answers.json({}, 201)
