"""The product in a process of its own, as people start it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "VIRTUAL_ENV")
START_SECONDS = 60


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Server:
    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.port = int(env["PORT"])
        self.url = f"http://localhost:{self.port}"
        self.log = log
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**kept, **env},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def text(self) -> str:
        return self.log.read_text()

    def await_start(self) -> None:
        limit = time.monotonic() + START_SECONDS
        while time.monotonic() < limit and self.process.poll() is None:
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=5)
                return
            time.sleep(0.1)
        raise RuntimeError(f"the server did not start:\n{self.text()}")

    def terminate(self) -> float:
        """SIGTERM to the parent; the seconds that it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - began

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def running(command: list[str], env: dict[str, str], log: Path) -> Iterator[Server]:
    server = Server(command, env, log)
    try:
        server.await_start()
        yield server
    finally:
        server.kill()


def directly() -> list[str]:
    return [sys.executable, "app.py"]


def as_in_procfile() -> tuple[list[str], dict[str, str]]:
    """The Procfile's own words: gunicorn's arguments, and the environment in front of them."""
    line = (ROOT / "Procfile").read_text().split("web:", 1)[1].split()
    at = line.index("gunicorn")
    env = dict(word.split("=", 1) for word in line[:at] if "=" in word)
    return [sys.executable, "-m", "gunicorn", *line[at + 1 :]], env
