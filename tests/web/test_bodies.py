"""A body that is kept back, or comes in drops, ends with 408 and a closed connection."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask

from tests.web import serving
from tests.web.serving import Server
from tests.web.visitor import API, Visitor, code
from web import bodies
from web.house import house_of

SECONDS = 2


@pytest.fixture(scope="module", params=["directly", "as in the Procfile"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("bodies")
    command, env = serving.directly(), {}
    if request.param != "directly":
        command, env = serving.as_in_procfile()
        env["SECRET_KEY"], env["CRYPTEXQ_HMAC_SECRET"] = (secrets.token_urlsafe(48) for _ in "12")
    env |= {"CRYPTEXQ_DATA_DIR": str(folder), "PORT": str(serving.free_port())}
    env["BODY_SECONDS"] = str(SECONDS)
    command = [word.replace("${PORT:-5000}", env["PORT"]) for word in command]
    with serving.running(command, env, folder / "log") as server:
        yield server


def begin(server: Server, path: str = f"{API}/kdf", length: int = 900) -> socket.socket:
    """A request whose body is still to come."""
    sock = socket.create_connection(("127.0.0.1", server.port), 20)
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sock.sendall(f"{head}Content-Length: {length}\r\n\r\n".encode())
    return sock


def rest(sock: socket.socket) -> bytes:
    """All until the connection is closed."""
    found = b""
    with sock, contextlib.suppress(ConnectionResetError):  # of what we sent after the end
        while part := sock.recv(65536):
            found += part
    return found


def drip(sock: socket.socket) -> None:
    try:
        for _ in range(200):
            sock.sendall(b" ")
            time.sleep(0.1)
    except OSError:
        pass


def test_a_body_that_is_kept_back_is_not_waited_for(server: Server) -> None:
    began = time.monotonic()
    paths = (f"{API}/kdf", f"{API}/accounts", f"{API}/me", f"{API}/nowhere", "/", "/nowhere")
    waiting = [begin(server, path) for path in paths * 4]
    trickling = begin(server)
    threading.Thread(target=drip, args=(trickling,), daemon=True).start()
    answers = [rest(sock) for sock in (*waiting, trickling)]
    took = time.monotonic() - began
    assert [answer[:12] for answer in answers] == [b"HTTP/1.1 408"] * len(answers)
    assert SECONDS - 0.1 <= took < SECONDS + 3
    problem = json.loads(answers[0].split(b"\r\n\r\n", 1)[1])
    assert (problem["status"], problem["code"]) == (408, "body_late")


def test_a_body_that_takes_its_time_is_taken(server: Server) -> None:
    sock = begin(server, length=9)
    for _ in range(9):
        time.sleep(0.1)
        sock.sendall(b"x")
    with sock:  # read, and refused for want of a token
        assert sock.recv(65536).startswith(b"HTTP/1.1 403 ")


# -- how many at once -------------------------------------------------------------


class Held:
    """A body `{}` during whose arrival something else happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self.happens = happens
        self.left = b"{}"

    def read(self, _size: int) -> bytes:
        self.happens()
        left, self.left = self.left, b""
        return left


def test_one_address_has_only_so_many_bodies_on_their_way(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "PER_ADDRESS", 1)
    shut: list[int] = []
    runtime = house_of(app).runtime
    monkeypatch.setitem(vars(runtime), "socket_of", lambda _: SimpleNamespace(shutdown=shut.append))
    seen = []

    def others() -> None:
        for address in ("192.0.2.1", "192.0.2.2"):
            answer = Visitor(app, REMOTE_ADDR=address).client.post(
                f"{API}/kdf", json={}, environ_overrides={"REMOTE_ADDR": address}
            )
            seen.append((answer.status_code, code(answer), answer.headers.get("Connection")))

    def first() -> int:
        body = {"CONTENT_LENGTH": "2", "wsgi.input": Held(others)}
        environ = {"REMOTE_ADDR": "192.0.2.1", **body}
        return app.test_client().post(f"{API}/kdf", environ_overrides=environ).status_code

    assert first() == 403  # no token, and read to its end
    assert seen == [(429, "rate_limited", "close"), (403, "csrf_failed", None)]
    assert shut == [socket.SHUT_RD]
    seen.clear()
    assert first() == 403  # the first has gone, so it counts no more
