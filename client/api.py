"""Requests to a CryptexQ server: the cookie, the CSRF token, JSON in and out, errors by their code.

Must not know what the bytes mean. Nothing of a body is logged or put into an error.
"""

from __future__ import annotations

from typing import Any

import requests

TIMEOUT_S = 30


class ApiError(Exception):
    """The server said no. `code` is stable; `fields` holds what the answer adds to it."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.status = int(problem.get("status", 0))
        self.code = str(problem.get("code", "unknown"))
        self.detail = str(problem.get("detail", "The server gave no reason."))
        self.fields = problem
        super().__init__(f"{self.code}: {self.detail}")


class Api:
    """One cookie jar with one server. `origin` is scheme, host and port, without a slash."""

    def __init__(self, origin: str) -> None:
        self.origin = origin.rstrip("/")
        self._http = requests.Session()
        self._token: str | None = None

    def get(self, path: str, **query: str | int) -> Any:
        return self._call("GET", path, params=query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._change("POST", path, body)

    def put(self, path: str, body: dict[str, Any]) -> Any:
        return self._change("PUT", path, body)

    def delete(self, path: str) -> None:
        self._change("DELETE", path, None)

    def cookies(self) -> str:
        """The Cookie header for a socket of the same session."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies)

    def close(self) -> None:
        self._http.close()

    def _change(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        if self._token is None:
            self._token = self._call("GET", "/csrf")["token"]
        headers = {"X-CSRF-Token": self._token, "Origin": self.origin}
        try:
            return self._call(method, path, json=body, headers=headers)
        finally:
            # A login begins a fresh session, and the token belongs to the session.
            if path.startswith(("/sessions", "/accounts")):
                self._token = None

    def _call(self, method: str, path: str, **options: Any) -> Any:
        url = f"{self.origin}/api/v1{path}"
        answer = self._http.request(method, url, timeout=TIMEOUT_S, **options)
        if answer.ok:
            return answer.json() if answer.content else None
        raise ApiError(_problem(answer))


def _problem(answer: requests.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        body = {}
    return {"status": answer.status_code, **(body if isinstance(body, dict) else {})}
