"""gunicorn keeps to itself what clients send, and still says that it starts, stops and crashes."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.web import serving
from tests.web.serving import Server
from web.gunicorn_log import BOOT, Reticent

MARK = "alice@example.org"

MALFORMED = {
    "no request": f"{MARK}\r\n\r\n",
    "no HTTP": f"GET /?{MARK} SMTP/1.0\r\n\r\n",
    "another version": f"GET /{MARK} HTTP/7.{MARK}\r\n\r\n",
    "a method with a space": f"{MARK} {MARK} / HTTP/1.1\r\n\r\n",
    "a header without a colon": f"GET / HTTP/1.1\r\n{MARK}\r\n\r\n",
    "a header with a bad name": f"GET / HTTP/1.1\r\n{MARK}: x\r\n\r\n",
    "a header with a bad value": f"GET / HTTP/1.1\r\nX: {MARK}\0\r\n\r\n",
    "a folded header": f"GET / HTTP/1.1\r\nX: a\r\n {MARK}\r\n\r\n",
    "a header without an end": f"GET / HTTP/1.1\r\nX: {MARK}{'x' * 20_000}\r\n\r\n",
    "a line without an end": f"GET /{MARK}{'x' * 20_000} HTTP/1.1\r\n\r\n",
    "an expectation": f"GET /{MARK} HTTP/1.1\r\nExpect: {MARK}\r\n\r\n",
    "a length that is none": f"POST /{MARK} HTTP/1.1\r\nContent-Length: {MARK}\r\n\r\n",
    "an unknown coding": f"POST /{MARK} HTTP/1.1\r\nTransfer-Encoding: {MARK}\r\n\r\n",
    "a chunk that is none": (
        f"POST /{MARK} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n\r\n"
    ),
    "a body that ends early": f"POST /{MARK} HTTP/1.1\r\nContent-Length: 900\r\n\r\n{MARK}",
    "two schemes": (
        f"GET /{MARK} HTTP/1.1\r\nX-Forwarded-Proto: {MARK}\r\nX-Forwarded-Ssl: on\r\n\r\n"
    ),
    "a proxy line": f"PROXY TCP4 {MARK} 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n",
}


def send(server: Server, text: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 5) as sock:
        sock.sendall(text.encode("latin-1"))
        # The server may have refused and gone before it had read to the end.
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass


def worker_of(server: Server) -> int:
    found = re.findall(r"Booting worker with pid: (\d+)", server.text())
    return int(found[-1])


def test_the_procfiles_server_repeats_nothing_that_is_malformed(tmp_path: Path) -> None:
    command, more = serving.as_in_procfile()
    env = {
        **more,
        "CRYPTEXQ_DATA_DIR": str(tmp_path / "data"),
        "PORT": str(serving.free_port()),
        "SECRET_KEY": secrets.token_urlsafe(48),
        "CRYPTEXQ_HMAC_SECRET": secrets.token_urlsafe(48),
    }
    command = [word.replace("${PORT:-5000}", env["PORT"]) for word in command]
    with serving.running(command, env, tmp_path / "log") as server:
        for text in MALFORMED.values():
            send(server, text)
        first = worker_of(server)
        os.kill(first, signal.SIGKILL)
        limit = time.monotonic() + 30
        while worker_of(server) == first and time.monotonic() < limit:
            time.sleep(0.05)
        server.await_start()
        server.terminate()
        text = server.text()
    assert MARK not in text
    assert "127.0.0.1" not in text
    for kept in (
        "Listening at",
        f"Worker (pid:{first}) was sent SIGKILL!",
        "Worker exiting",
        "Shutting down",
    ):
        assert kept in text


def test_python_app_py_repeats_nothing_that_is_malformed(tmp_path: Path) -> None:
    env = {"CRYPTEXQ_DATA_DIR": str(tmp_path / "data"), "PORT": str(serving.free_port())}
    with serving.running(serving.directly(), env, tmp_path / "log") as server:
        for text in MALFORMED.values():
            send(server, text)
        server.await_start()
        text = server.text()
    assert MARK not in text
    assert "127.0.0.1" not in text


# -- the logger by itself -------------------------------------------------------


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> Reticent:
    class Bare(Reticent):
        def __init__(self) -> None:
            self.error_log = logging.getLogger("reticent")

    caplog.set_level(logging.DEBUG)
    return Bare()


def test_an_error_is_told_by_class_and_place(
    logger: Reticent, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ValueError(MARK)
    except ValueError:
        logger.exception("Error handling request %s", f"/{MARK}")
    assert "ValueError at " in caplog.text
    assert "test_gunicorn_log.py:" in caplog.text
    assert MARK not in caplog.text


def test_why_a_worker_cannot_start_is_told_in_full(
    logger: Reticent, caplog: pytest.LogCaptureFixture
) -> None:
    try:
        raise ImportError("no module named x")
    except ImportError:
        logger.exception(BOOT)
    assert "no module named x" in caplog.text


def test_only_warnings_about_workers_pass(
    logger: Reticent, caplog: pytest.LogCaptureFixture
) -> None:
    logger.warning("Invalid request from ip=10.0.0.1: bad header")
    logger.debug(MARK)
    logger.access(SimpleNamespace(), SimpleNamespace(), {"RAW_URI": MARK}, None)
    assert caplog.text == ""
    logger.warning("Worker (pid:7) was sent SIGSEGV!")
    assert "SIGSEGV" in caplog.text


def test_it_brings_nothing_of_ours_along() -> None:
    """gunicorn imports it in the parent process, where nothing is prepared for the runtime yet."""
    program = "import sys, web.gunicorn_log; print(*[n for n in sys.modules if n in NAMES])"
    program = f"NAMES = ('flask', 'socketio', 'web.application', 'errors'); {program}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=serving.ROOT, capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == ""
