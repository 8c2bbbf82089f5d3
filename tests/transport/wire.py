"""A WebSocket client that can misbehave: raw bytes over a plain socket."""

import base64
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

SERVE = Path(__file__).with_name("serve.py")
PATH = "/socket.io/?EIO=4&transport=websocket"
UPGRADE = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": base64.b64encode(bytes(16)).decode(),
}


def masked(opcode: int, payload: bytes, final: bool = True, size: int | None = None) -> bytes:
    """A frame as a client sends it; `size` may lie about the length."""
    size = len(payload) if size is None else size
    if size < 126:
        head = bytes((final << 7 | opcode, 0x80 | size))
    elif size < 1 << 16:
        head = bytes((final << 7 | opcode, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((final << 7 | opcode, 0xFF)) + size.to_bytes(8, "big")
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


class Gone(Exception):
    """The server ended the connection; `code` is its close code or None."""

    def __init__(self, code: int | None, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Wire:
    """One connection. `receive` gives text messages and raises Gone at the end."""

    def __init__(self, port: int, headers: dict | None = None, path: str = PATH) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        lines = {"Host": f"127.0.0.1:{port}", **UPGRADE, **(headers or {})}
        text = "".join(f"{key}: {value}\r\n" for key, value in lines.items() if value is not None)
        self.sock.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
        self.response = self._until(b"\r\n\r\n").decode()
        self.status = int(self.response.split()[1])

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._more()
        head, self._buffer = self._buffer.split(end, 1)
        return head

    def _more(self) -> None:
        try:
            data = self.sock.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            raise Gone(None)
        self._buffer += data

    def _take(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken

    def frame(self) -> tuple[int, bytes]:
        first, size = self._take(2)
        if size == 126:
            size = int.from_bytes(self._take(2), "big")
        elif size == 127:
            size = int.from_bytes(self._take(8), "big")
        return first & 15, self._take(size)

    def receive(self) -> str:
        while True:
            opcode, payload = self.frame()
            if opcode == 8:
                raise Gone(int.from_bytes(payload[:2], "big") or None, payload[2:].decode())
            if opcode == 1:
                return payload.decode()

    def send(self, text: str) -> None:
        self.sock.sendall(masked(1, text.encode()))

    def join(self) -> "Wire":
        self.receive()  # the Engine.IO greeting
        self.send("40")
        assert self.receive().startswith("40")
        return self

    def call(self, event: str, data: object, number: int = 1) -> object:
        self.send(f"42{number}" + json.dumps([event, data]))
        while True:
            text = self.receive()
            if text.startswith(f"43{number}["):
                return next(iter(json.loads(text[len(f"43{number}") :])), None)

    def sees_open(self, count: int) -> None:
        """Wait until the server counts so many open sockets."""
        deadline = time.monotonic() + 5
        while (now := self.call("count", None)) != count:
            assert time.monotonic() < deadline, f"{now} sockets are open, not {count}"
            time.sleep(0.01)

    def end(self) -> Gone:
        """Read until the server ends the connection; how it did."""
        try:
            while True:
                self.receive()
        except Gone as gone:
            return gone

    def close(self) -> None:
        self.sock.close()


class Server:
    """The server of serve.py with these settings, until the block ends."""

    def __init__(self, **settings: object) -> None:
        self._wires: list[Wire] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._process = subprocess.Popen([sys.executable, "-W", "ignore", *self._command(settings)])

    def _command(self, settings: dict) -> list[str]:
        return [str(SERVE), str(self.port), json.dumps(settings)]

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 20
        while not self._listens():
            assert time.monotonic() < deadline, "the test server did not start"
            time.sleep(0.05)
        return self

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        self.terminate()
        self.wait()

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self) -> None:
        self._process.wait(timeout=10)

    def hang_up(self) -> None:
        """Close every wire and wait until the server has noticed."""
        while self._wires:
            self._wires.pop().close()
        last = Wire(self.port).join()
        last.sees_open(1)
        last.close()

    def wire(self, **kwargs: object) -> Wire:
        self._wires.append(Wire(self.port, **kwargs))
        return self._wires[-1]

    def joined(self, **headers: str) -> Wire:
        return self.wire(headers=headers).join()

    def memory(self) -> int:
        """Its peak memory so far, in bytes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sock:
            sock.sendall(b"GET /memory HTTP/1.0\r\n\r\n")
            answer = b""
            while data := sock.recv(4096):
                answer += data
        return int(answer.rsplit(b"\r\n", 1)[1]) * 1024


class Gunicorn(Server):
    """The same under gunicorn, as in production, with half a minute of patience when it stops."""

    def _command(self, settings: dict) -> list[str]:
        options = "--worker-class eventlet -w 1 --log-level error --graceful-timeout 30"
        bind = ["--bind", f"127.0.0.1:{self.port}"]
        return ["-m", "gunicorn", *options.split(), *bind, "tests.transport.serve:under_gunicorn()"]

    def __exit__(self, *_: object) -> None:
        self.terminate()
        self.wait()
