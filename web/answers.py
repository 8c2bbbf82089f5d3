"""Answers of the API: JSON with bytes as base64url, and problems (RFC 9457).

Owns the encoding of what goes out. Knows nothing of what it says.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import Response

from crypto.wire import b64_encode
from errors import CryptexqError


def dumps(value: Any) -> bytes:
    return orjson.dumps(value, default=_encode)


def json(value: Any, status: int = 200) -> Response:
    return Response(dumps(value), status, content_type="application/json")


def problem(error: CryptexqError, request_id: str) -> Response:
    body = dumps({**error.problem(), "request_id": request_id})
    response = Response(body, error.status, content_type="application/problem+json")
    if "retry_after" in error.extra:
        response.headers["Retry-After"] = str(error.extra["retry_after"])
    return response


def no_content() -> Response:
    return Response(status=204)


def _encode(value: Any) -> str:
    if isinstance(value, bytes):
        return b64_encode(value)
    raise TypeError
