"""Every kind of body that is not what it must be, against every field of the account API."""

from __future__ import annotations

import copy
import json
import os
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from crypto.wire import b64_encode
from store.sqlite import SqliteStore
from tests.web.visitor import API, Person, Visitor, code

B32 = b64_encode(bytes(range(32)))
PROOF = {"login_key": B32}
BOX = b64_encode(b"\1" + bytes(144))

# method, path, a body of the right form
FORMS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "sign up": ("POST", "/accounts", Person("bob").sign_up_body()),
    "kdf": ("POST", "/kdf", {"login": "bob"}),
    "log in": ("POST", "/sessions", {"login": "bob", **PROOF}),
    "unlock": ("POST", "/vault/unlock", PROOF),
    "book": ("PUT", "/vault/book", {"version": 2, "box": BOX}),
    "identity": ("PUT", "/vault/identity", {**PROOF, "version": 2, "box": BOX}),
    "device list": (
        "PUT",
        "/device-list",
        {"device_list": b64_encode(Person("bob").signed_list())},
    ),
    "refresh": ("POST", "/refreshes", {"refresh": b64_encode(Person("bob").refresh())}),
}


def leaves(value: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """The paths of all fields, objects included."""
    if not isinstance(value, dict):
        return []
    below = [leaf for key in value for leaf in leaves(value[key], (*path, key))]
    return [(*path, key) for key in value] + below


FIELDS = [(form, path) for form, (_, _, body) in FORMS.items() for path in leaves(body)]
IDS = [f"{form}: {'.'.join(path)}" for form, path in FIELDS]
# Python takes True for 1, JSON does not.
WRONG_TYPES = (None, True, 1.5, [], "", {"a": 1})


def changed(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    body = copy.deepcopy(body)
    parent = body
    for key in path[:-1]:
        parent = parent[key]
    if value is KeyError:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
    return body


def at(body: dict[str, Any], path: tuple[str, ...]) -> Any:
    for key in path:
        body = body[key]
    return body


def malformed(visitor: Visitor, form: str, body: Any) -> bool:
    method, path, _ = FORMS[form]
    answer = visitor.send(method, path, body)
    return answer.status_code == 400 and code(answer) == "malformed"


@pytest.mark.parametrize(("form", "path"), FIELDS, ids=IDS)
def test_a_wrong_type_is_refused(alice: Visitor, form: str, path: tuple[str, ...]) -> None:
    for value in WRONG_TYPES:
        assert malformed(alice, form, changed(FORMS[form][2], path, value)), value


@pytest.mark.parametrize(("form", "path"), FIELDS, ids=IDS)
def test_a_missing_field_is_refused(alice: Visitor, form: str, path: tuple[str, ...]) -> None:
    assert malformed(alice, form, changed(FORMS[form][2], path, KeyError))


@pytest.mark.parametrize("form", FORMS)
def test_an_unknown_field_is_refused(alice: Visitor, form: str) -> None:
    assert malformed(alice, form, {**FORMS[form][2], "more": 1})


@pytest.mark.parametrize("inner", ["kdf", "vault"])
def test_an_unknown_field_inside_is_refused(alice: Visitor, inner: str) -> None:
    body = FORMS["sign up"][2]
    assert malformed(alice, "sign up", changed(body, (inner, "more"), 1))


BINARY = [
    (form, path)
    for form, path in FIELDS
    if path[-1] not in ("login", "name", "email") and isinstance(at(FORMS[form][2], path), str)
]


@pytest.mark.parametrize(("form", "path"), BINARY, ids=str)
def test_base64_that_is_not_canonical_is_refused(
    alice: Visitor, form: str, path: tuple[str, ...]
) -> None:
    _, _, body = FORMS[form]
    good = at(body, path)
    for bad in (
        good + "=",
        good + "\n",
        "+" + good[1:],
        "/" + good[1:],
        " " + good,
        "é" + good[1:],
    ):
        assert malformed(alice, form, changed(body, path, bad)), bad[:8]


def test_spare_bits_in_base64_are_refused(alice: Visitor) -> None:
    spare = B32[:-1] + chr(ord(B32[-1]) + 1)  # decodes to the same 32 bytes where nobody looks
    assert malformed(alice, "log in", {"login": "bob", "login_key": spare})


@pytest.mark.parametrize(("form", "path"), BINARY, ids=str)
def test_bytes_of_the_wrong_length_are_refused(
    alice: Visitor, form: str, path: tuple[str, ...]
) -> None:
    _, _, body = FORMS[form]
    longest = {"device_list": 64 * 1024, "book": 47 * 1024, "box": 47 * 1024}
    lengths = (0, 1, longest[path[-1]] + 1) if path[-1] in longest else (0, 15, 31, 33)
    for length in lengths:
        assert malformed(alice, form, changed(body, path, b64_encode(b"\1" * length))), length


@pytest.mark.parametrize("value", [0, -1, 2**32, 2**53, 10**30])
def test_a_number_out_of_range_is_refused(alice: Visitor, value: int) -> None:
    assert malformed(alice, "book", {**FORMS["book"][2], "version": value})


NAMES = [
    "ab",
    "a" * 33,
    "Alice",
    "-bob",
    ".bob",
    "bob!",
    "bób",
    "bob\n",
    " bob",
    "bob ",
    "a b",
    "\u043011",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_not_one_is_refused(visitor: Visitor, name: str) -> None:
    assert malformed(visitor, "sign up", {**FORMS["sign up"][2], "name": name})


ADDRESSES = [
    "", "a", "@", "a@", "@b.org", "a b@c.org", "a@b@c.org", "a@b..", "a@-b.org", "a@b.org-",
    "a@b.org\n@", "a,b@c.org", "<a@b.org>", "a\x00@b.org", "a@b_c.org", "a" * 250 + "@b.org",
]  # fmt: skip


@pytest.mark.parametrize("email", ADDRESSES)
def test_an_address_that_is_not_one_is_refused(visitor: Visitor, email: str) -> None:
    assert malformed(visitor, "sign up", {**FORMS["sign up"][2], "email": email})


@pytest.mark.parametrize(
    "email", ["o'brien+x@mail.example.co.uk", "x@localhost", "ü.ö@exämple.org"]
)
def test_what_may_be_an_address(visitor: Visitor, email: str) -> None:
    body = {**FORMS["sign up"][2], "email": email}
    # A server name in other letters is written in its ASCII form.
    assert malformed(visitor, "sign up", body) is ("exä" in email)


BODIES = {
    "empty": b"",
    "no JSON": b"{",
    "list": b"[]",
    "text": b'"x"',
    "nothing": b"null",
    "not UTF-8": b'{"login":"\xff"}',
    "half a character": b'{"login":"\\ud800"}',
    "no number": b'{"login":NaN}',
    "two values": b'{"login":"bob"}{}',
    "deep": b'{"login":' + b"[" * 20000 + b"]" * 20000 + b"}",
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_that_is_no_json_object_is_refused(visitor: Visitor, case: str) -> None:
    answer = visitor.post("/kdf", data=BODIES[case], content_type="application/json")
    assert (answer.status_code, code(answer)) == (400, "malformed")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_another_content_type_is_refused(visitor: Visitor, content_type: str) -> None:
    """Which a form on a foreign page could send without asking first."""
    body = json.dumps({"login": "bob"}).encode()
    answer = visitor.post("/kdf", data=body, content_type=content_type)
    assert (answer.status_code, code(answer)) == (400, "malformed")


def sized(length: int) -> bytes:
    return b'{"login":"' + b"a" * (length - 12) + b'"}'


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/kdf", 64), ("/sessions", 64), ("/accounts", 256), ("/device-list", 256)],
)
def test_a_body_over_its_size_is_refused(alice: Visitor, path: str, limit: int) -> None:
    method = "PUT" if path == "/device-list" else "POST"
    for length, status in ((limit * 1024, 400), (limit * 1024 + 1, 413)):
        answer = alice.send(method, path, data=sized(length), content_type="application/json")
        assert answer.status_code == status
    assert code(answer) == "body_too_large"


def test_a_body_without_its_length_is_refused(visitor: Visitor) -> None:
    headers = {"X-CSRF-Token": visitor.token(), "Transfer-Encoding": "chunked"}
    answer = visitor.client.post(
        f"{API}/kdf",
        input_stream=BytesIO(sized(100)),
        headers=headers,
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, code(answer)) == (411, "length_required")


def test_refusals_never_repeat_what_was_sent(visitor: Visitor) -> None:
    secret = b64_encode(os.urandom(33))
    answer = visitor.post("/sessions", {"login": "bob", "login_key": secret})
    assert code(answer) == "malformed"
    assert secret[:20] not in answer.get_data(as_text=True)


def test_nothing_of_all_this_makes_an_account(app: Flask, store: SqliteStore) -> None:
    assert (
        Visitor(app).post("/accounts", FORMS["sign up"][2]).status_code == 201
    )  # the form is right
    assert store.account_by_name("bob") is not None
