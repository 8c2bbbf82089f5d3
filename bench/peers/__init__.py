"""The servers that the benchmark drives, each with what a client must say to be let in."""

import itertools
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import KEY, Seat
from bench.servers import Server, free_port

HERE = Path(__file__).parent
SOCKETS = 20_000  # gunicorn's default of 1000 lets client 1001 hang
ENVELOPE = 1523  # base64url characters of a message that is padded to 1 KB


def gunicorn(target: str, port: int) -> list[str]:
    """As the Procfile starts it."""
    options = f"--worker-class eventlet -w 1 --worker-connections {SOCKETS} --log-level error"
    bind = ["-b", f"127.0.0.1:{port}", "--graceful-timeout", "1"]
    return [sys.executable, "-W", "ignore", "-m", "gunicorn", *options.split(), *bind, target]


@dataclass
class Peer:
    """How to start a server and take seats in it; `prepare` makes accounts for so many, once."""

    name: str
    command: Callable[[int], list[str]]
    seats: Callable[[int, int], list[Seat]]
    cwd: Path = HERE
    environment: Callable[[], dict[str, str]] = lambda: {"EVENTLET_NO_GREENDNS": "yes"}
    prepare: Callable[[int], None] = lambda _count: None

    def server(self) -> Server:
        port = free_port()
        return Server(self.command(port), self.cwd, self.environment(), port)


def plain_seats(_port: int, count: int) -> list[Seat]:
    """Two clients to a room, and bytes that nobody checks."""
    return [
        Seat(_messages(f"room{number // 2}", number), {"X-Room": f"room{number // 2}"})
        for number in range(count)
    ]


def _messages(room: str, sender: int) -> Iterator[tuple[str, str]]:
    for number in itertools.count():
        key = f"{sender:06d}{number:010d}"
        envelope = "A" * (ENVELOPE - KEY) + key
        yield key, json.dumps({"conversation": room, "envelope": envelope})


BARE = Peer("bare", lambda port: gunicorn("bare_relay:app", port), plain_seats)
