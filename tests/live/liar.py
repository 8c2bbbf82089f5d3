"""The product as a malicious operator would run it: it answers one person with lies.

Started like the product itself (`python -m tests.live.liar`). What it lies about stands in the file
that LIES names, a list of {"to": user id, "lie": name, ...}; a test rewrites it while this runs.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Response, request

import app as product
from crypto.wire import b64_encode
from web import guards

Body = dict[str, Any]
Lie = dict[str, Any]


def relabel(body: Body, lie: Lie) -> None:
    """The last message is somebody else's."""
    for entry in body.get("entries", [])[-1:]:
        entry["sender"] = lie["sender"]


def repeat(body: Body, lie: Lie) -> None:
    """The newest entry comes a second time, under the next number."""
    entries = body.get("entries", [])
    if entries and entries[-1]["n"] == lie["n"]:
        entries.append({**entries[-1], "n": lie["n"] + 1})


def withhold(body: Body, lie: Lie) -> None:
    """One entry never happened; what follows moves up."""
    shown = [entry for entry in body.get("entries", []) if entry["n"] != lie["n"]]
    for entry in shown:
        entry["n"] -= entry["n"] > lie["n"]
    body["entries"] = shown


def lists(body: Body, lie: Lie) -> None:
    """Other device lists than those that were published."""
    if request.view_args == {"user_id": lie["of"]}:
        body["lists"], body["refreshes"] = lie["lists"], []


LIES: dict[str, tuple[str, Callable[[Body, Lie], None]]] = {
    "relabel": ("conversations.page", relabel),
    "repeat": ("conversations.page", repeat),
    "withhold": ("conversations.page", withhold),
    "lists": ("people.device_lists", lists),
}


@product.app.after_request
def tell(response: Response) -> Response:
    path = Path(os.environ["LIES"])
    for lie in json.loads(path.read_text()) if path.exists() else []:
        endpoint, change = LIES[lie["lie"]]
        if endpoint == request.endpoint and lie["to"] == b64_encode(guards.signed_in().user_id):
            body = response.get_json()
            if body["entries" if "entries" in body else "lists"] is not None:
                change(body, lie)
                response.set_data(json.dumps(body))
    return response


if __name__ == "__main__":
    product.serve()
