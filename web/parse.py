"""Untrusted input, field by field: JSON or a query becomes values of the right type and size.

Owns strictness: every field named, none unknown, no wrong type, canonical base64url, sizes bounded.
Knows no route. Each refusal says which field and what it must be, and never repeats the value.
"""

from __future__ import annotations

from typing import Any

import orjson
from flask import request

from crypto.errors import FormatError
from crypto.labels import ID
from crypto.wire import b64_decode
from services.refusals import Malformed

MAX_INTEGER = 2**53 - 1
Bytes = bytes  # within Fields the plain name is a method


class Fields:
    """The fields of one JSON object; `where` names it in refusals."""

    def __init__(self, value: Any, names: tuple[str, ...], where: str = "") -> None:
        if not isinstance(value, dict):
            raise Malformed(f"{where or 'The body'} must be a JSON object.")
        self._where = f"{where}." if where else ""
        if missing := [name for name in names if name not in value]:
            raise Malformed(f"The field {self._where}{missing[0]} is missing.")
        if len(value) != len(names):
            raise Malformed(f"The fields must be exactly: {', '.join(names)}.")
        self._value = value

    def has(self, name: str) -> bool:
        return name in self._value

    def text(self, name: str, low: int, high: int) -> str:
        value = self._value[name]
        if not isinstance(value, str) or not low <= len(value) <= high:
            raise self._refuse(name, f"must be text of {low} to {high} characters")
        return value

    def bytes(self, name: str, low: int, high: int) -> Bytes:
        value = self._value[name]
        if not isinstance(value, str) or len(value) > (high * 4 + 2) // 3:
            raise self._refuse(name, f"must be base64url of at most {high} bytes")
        try:
            data = b64_decode(value)
        except FormatError:
            raise self._refuse(name, "must be canonical base64url without padding") from None
        if not low <= len(data) <= high:
            raise self._refuse(name, f"must stand for {_span(low, high)} bytes")
        return data

    def id(self, name: str) -> Bytes:
        return self.bytes(name, ID, ID)

    def integer(self, name: str, low: int, high: int = MAX_INTEGER) -> int:
        value = self._value[name]
        if type(value) is not int or not low <= value <= high:
            raise self._refuse(name, f"must be a whole number from {low} to {high}")
        return value

    def object(self, name: str, *names: str) -> Fields:
        return Fields(self._value[name], names, f"{self._where}{name}")

    def mapping(self, name: str, most: int) -> dict[str, Any]:
        """An object whose names are data; the caller judges names and values."""
        value = self._value[name]
        if not isinstance(value, dict) or len(value) > most:
            raise self._refuse(name, f"must be an object of at most {most} fields")
        return value

    def _refuse(self, name: str, what: str) -> Malformed:
        return Malformed(f"The field {self._where}{name} {what}.")


def body(*names: str) -> Fields:
    """The JSON object of this request with exactly these fields."""
    return Fields(json_object(), names)


def body_of(*choices: tuple[str, ...]) -> Fields:
    """The same where the fields are one of several sets: the first that shares a name decides."""
    value = json_object()
    fitting = (names for names in choices if set(names) == set(value))
    return Fields(value, next(fitting, choices[0]))


def json_object() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise Malformed("The body must be sent as application/json.")
    try:
        value = orjson.loads(request.get_data(cache=True))
    except orjson.JSONDecodeError:
        raise Malformed("The body is not JSON in UTF-8.") from None
    if not isinstance(value, dict):
        raise Malformed("The body must be a JSON object.")
    return value


def id_in_path(text: str) -> bytes:
    """An id in the address; another text is an id that nobody has."""
    try:
        return b64_decode(text, ID)
    except FormatError:
        raise Malformed("An id in the address is 22 characters of base64url.") from None


def arguments(*allowed: str) -> dict[str, str]:
    """The query of this request: only these names, each at most once."""
    if unknown := [name for name in request.args if name not in allowed]:
        raise Malformed(f"The address has an unknown parameter ({len(unknown)} in all).")
    if any(len(values) > 1 for _, values in request.args.lists()):
        raise Malformed("A parameter of the address is given twice.")
    return request.args.to_dict()


def integer_argument(
    found: dict[str, str], name: str, default: int | None, low: int, high: int = MAX_INTEGER
) -> int | None:
    text = found.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and low <= int(text) <= high):
        raise Malformed(f"The parameter {name} must be a whole number from {low} to {high}.")
    return int(text)


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
