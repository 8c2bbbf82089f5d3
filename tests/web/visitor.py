"""A browser as the server sees it: cookies, the CSRF token, a person with real keys behind it."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from crypto import device_list, refresh, signatures, vault
from crypto.device_list import Device, DeviceList
from crypto.wire import b64_decode, b64_encode

NOW = 1_800_000_000_000
API = "/api/v1"
KEYS = vault.Wrapped(bytes(32), bytes(32))


class Person:
    """Keys of somebody who may sign up: made in the browser, never the server's business."""

    def __init__(self, name: str, now: int = NOW) -> None:
        self.name = name
        self.email = f"{name}@example.org"
        self.user_id = os.urandom(16)
        self.identity = signatures.keypair(os.urandom(64))
        self.login_key = os.urandom(32)
        self.recovery_login_key = os.urandom(32)
        self.salt = os.urandom(16)
        self.device_key = signatures.keypair(os.urandom(64))
        device = Device(os.urandom(16), os.urandom(1216), self.device_key.public, now)
        self.list = DeviceList(
            self.user_id, name, self.identity.public, 1, bytes(32), now, (device,)
        )

    def signed_list(self, **changes: Any) -> bytes:
        changed = dataclasses.replace(self.list, **changes)
        return device_list.sign(changed, self.identity.private)

    def next_list(self, before: bytes, **changes: Any) -> bytes:
        old = device_list.parse_signed(before)
        fields = {"version": old.list.version + 1, "previous_hash": old.hash, **changes}
        return self.signed_list(**fields)

    def refresh(self, number: int = 1, issued_at: int = NOW, user_id: bytes | None = None) -> bytes:
        device = self.list.devices[0]
        private = self.device_key.private
        return refresh.sign(
            user_id or self.user_id,
            device.device_id,
            number,
            issued_at,
            device.kem_public,
            private,
        )

    def sign_up_body(self) -> dict[str, Any]:
        return {
            "user_id": b64_encode(self.user_id),
            "name": self.name,
            "email": self.email,
            "kdf": {
                "salt": b64_encode(self.salt),
                "memory_kib": 19456,
                "passes": 2,
                "lanes": 1,
            },
            "login_key": b64_encode(self.login_key),
            "recovery_login_key": b64_encode(self.recovery_login_key),
            "vault": {
                "wrap_password": b64_encode(self._wrap(vault.WRAP_PASSWORD)),
                "wrap_recovery": b64_encode(self._wrap(vault.WRAP_RECOVERY)),
                "identity": b64_encode(self.identity_box(1)),
                "book": b64_encode(self.book_box(1)),
            },
            "device_list": b64_encode(self.signed_list()),
        }

    def _wrap(self, name: str) -> bytes:
        return vault.wrap(bytes(32), name, self.user_id, 1, KEYS, os.urandom(32))

    def identity_box(self, version: int) -> bytes:
        private = self.identity.private
        return vault.seal_identity(bytes(32), self.user_id, version, private, os.urandom(32))

    def book_box(self, version: int, text: str = "{}") -> bytes:
        return vault.seal_book(bytes(32), self.user_id, version, text, os.urandom(32))


class Visitor:
    def __init__(self, app: Flask, **environ: str) -> None:
        self.app = app
        self.client = app.test_client()
        self.environ = environ
        self.person = Person("nobody")

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, environ_overrides=self.environ, **options)

    def token(self) -> str:
        return str(self.get(f"{API}/csrf").get_json()["token"])

    def send(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """With a fresh CSRF token, as a page of ours would."""
        headers = {"X-CSRF-Token": self.token(), **options.pop("headers", {})}
        if body is not None:
            options["json"] = body
        return self.client.open(
            API + path, method=method, headers=headers, environ_overrides=self.environ, **options
        )

    def send_raw(self, method: str, path: str) -> TestResponse:
        """To any address, with a token and an empty object."""
        headers = {"X-CSRF-Token": self.token()}
        return self.client.open(
            path, method=method, headers=headers, json={}, environ_overrides=self.environ
        )

    def post(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        return self.send("POST", path, body, **options)

    def put(self, path: str, body: Any, **options: Any) -> TestResponse:
        return self.send("PUT", path, body, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.send("DELETE", path, **options)

    def sign_up(self, name: str) -> TestResponse:
        self.person = Person(name)
        return self.post("/accounts", self.person.sign_up_body())

    def log_in(self, person: Person, login: str | None = None) -> TestResponse:
        self.person = person
        key = b64_encode(person.login_key)
        return self.post("/sessions", {"login": login or person.name, "login_key": key})

    def cookie(self) -> str:
        found = self.client.get_cookie("cryptexq_session")
        return found.value if found else ""

    def set_cookie(self, value: str) -> None:
        self.client.set_cookie("cryptexq_session", value)

    def signed_in(self) -> bool:
        return self.get(f"{API}/me").status_code == 200


def code(response: TestResponse) -> str:
    """Of a problem, after checking that it is one."""
    assert response.content_type == "application/problem+json"
    problem = response.get_json()
    assert problem["status"] == response.status_code
    assert problem["title"]
    assert problem["detail"]
    assert len(problem["request_id"]) == 16
    return str(problem["code"])


def decoded(text: str) -> bytes:
    return b64_decode(text)
