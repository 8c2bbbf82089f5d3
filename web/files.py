"""The way to the files of `assets` over HTTP.

Owns the caching and the encoding of an answer. What the files are, and under which version, is the
snapshot's word.
"""

from __future__ import annotations

from flask import Blueprint, Response, request
from werkzeug.exceptions import NotFound

from web.house import house

blueprint = Blueprint("assets", __name__)


@blueprint.get("/static/<version>/<path:name>")
def serve(version: str, name: str) -> Response:
    """An address of another version is gone: its files may not fit the ones that are here."""
    snapshot = house().assets.snapshot
    file = snapshot.files.get(name)
    if file is None or version != snapshot.version:
        raise NotFound
    squeeze = file.compressed is not None and request.accept_encodings["gzip"] > 0
    response = Response(file.compressed if squeeze else file.content)
    response.headers["Content-Type"] = file.content_type
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Vary"] = "Accept-Encoding"
    if squeeze:
        response.headers["Content-Encoding"] = "gzip"
    return response
