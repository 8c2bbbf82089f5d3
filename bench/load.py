"""Load on a relay: many Socket.IO clients in one process, cheap enough not to be what is measured.

Sockets are raw and non-blocking, frames are made beforehand, and a message is recognised by the
last characters of its bytes instead of being parsed. Knows the wire, not what the messages are:
a `Seat` brings those.
"""

import base64
import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

KEY = 16  # characters at the end of a message's bytes that tell it from all others


@dataclass
class Seat:
    """One client: how it connects, what it says to be let in, and what it will send.

    `messages` yields (key, JSON of the event's data); `join` speaks on the blocking wire before the
    load begins.
    """

    messages: Iterator[tuple[str, str]]
    headers: dict[str, str] = field(default_factory=dict)
    join: Callable[["Wire"], None] = lambda wire: wire.hello()


def mask(payload: bytes) -> bytes:
    key = os.urandom(4)
    size = len(payload)
    pad = int.from_bytes((key * (size // 4 + 1))[:size], "little")
    return key + (int.from_bytes(payload, "little") ^ pad).to_bytes(size, "little")


def frame(text: str) -> bytes:
    payload = text.encode()
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + mask(payload)
    if size < 1 << 16:
        return b"\x81\xfe" + size.to_bytes(2, "big") + mask(payload)
    return b"\x81\xff" + size.to_bytes(8, "big") + mask(payload)


class Wire:
    """One WebSocket. Blocking while it joins, then driven by `Load`."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in = bytearray()
        lines = {
            "Host": f"127.0.0.1:{port}",
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
            **headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        path = "/socket.io/?EIO=4&transport=websocket"
        self.sock.sendall(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())
        while b"\r\n\r\n" not in self._in:
            self._in += self.sock.recv(65536)
        response, self._in = bytes(self._in).split(b"\r\n\r\n", 1)
        self._in = bytearray(self._in)
        if b" 101 " not in response[:20]:
            raise RuntimeError(f"no WebSocket: {response[:200]!r}")

    def hello(self) -> None:
        self.next_text()
        self.say("40")
        while not self.next_text().startswith("40"):
            pass

    def event(self, name: str) -> Any:
        """The data of the next event of that name."""
        head = f'42["{name}",'
        while not (text := self.next_text()).startswith(head):
            pass
        return json.loads(text[len(head) : -1])

    def call(self, name: str, data: Any) -> Any:
        self.say(f"420{json.dumps([name, data])}")
        while not (text := self.next_text()).startswith("430["):
            pass
        return json.loads(text[3:])[0]

    def say(self, text: str) -> None:
        self.sock.sendall(frame(text))

    def next_text(self) -> str:
        while True:
            for text in self.texts():
                return text
            self._in += self._more()

    def _more(self) -> bytes:
        data = self.sock.recv(262144)
        if not data:
            raise ConnectionError("the server closed a connection")
        return data

    def read(self) -> None:
        self._in += self._more()

    def texts(self) -> Iterator[str]:
        """Whole text messages that are here now."""
        data = self._in
        while len(data) >= 2:
            size, start = data[1], 2
            if size == 126:
                size, start = int.from_bytes(data[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(data[2:10], "big"), 10
            if len(data) < start + size or (start > 2 and len(data) < start):
                return
            opcode, payload = data[0] & 15, bytes(data[start : start + size])
            del data[: start + size]
            if opcode == 8:
                raise ConnectionError(f"the server closed a connection: {payload!r}")
            if opcode == 1:
                yield payload.decode()


@dataclass
class Result:
    """Counts over the measured time, latencies in seconds."""

    seconds: float
    accepted: int = 0
    delivered: int = 0
    refused: int = 0
    ack: list[float] = field(default_factory=list)
    delivery: list[float] = field(default_factory=list)


class Client:
    def __init__(self, port: int, seat: Seat) -> None:
        self.wire = Wire(port, seat.headers)
        seat.join(self.wire)
        self.wire.sock.setblocking(False)
        self._messages = seat.messages
        self.number = 0
        self.sent: dict[str, float] = {}
        self.out = b""

    def send(self, now: float, ledger: dict[str, float]) -> None:
        key, data = next(self._messages)
        self.number += 1
        self.sent[str(self.number)] = now
        ledger[key] = now
        self._write(frame(f'42{self.number}["message:send",{data}]'))

    def _write(self, data: bytes) -> None:
        self.out += data
        self.flush()

    def flush(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self.out = self.out[self.wire.sock.send(self.out) :]

    def pong(self) -> None:
        self._write(frame("3"))


class Load:
    """All clients; `closed` keeps so many messages in flight, `open` sends so many a second."""

    def __init__(self, port: int, seats: list[Seat]) -> None:
        self.clients = [Client(port, seat) for seat in seats]
        self._epoll = select.epoll()
        self._of = {client.wire.sock.fileno(): client for client in self.clients}
        for number in self._of:
            self._epoll.register(number, select.EPOLLIN)
        self._ledger: dict[str, float] = {}  # key of a message -> when it was sent
        self._result = Result(0)
        self._again = False

    def closed(self, in_flight: int, seconds: float, warm_up: float = 1.0) -> Result:
        self._again = True
        for number in range(max(in_flight, len(self.clients))):
            self.clients[number % len(self.clients)].send(time.perf_counter(), self._ledger)
        self._turn(time.perf_counter() + warm_up)
        return self._measure(seconds, self._turn)

    def open(self, rate: float, seconds: float, warm_up: float = 1.0) -> Result:
        self._settle()
        self._rate, self._next = rate, time.perf_counter()
        self._turn_paced(self._next + warm_up)
        return self._measure(seconds, self._turn_paced)

    def _measure(self, seconds: float, turn: Callable[[float], None]) -> Result:
        start = time.perf_counter()
        self._result = Result(seconds)
        turn(start + seconds)
        result, self._result = self._result, Result(0)
        result.seconds = time.perf_counter() - start
        return result

    def _settle(self) -> None:
        """Let what is in flight arrive."""
        self._again = False
        deadline = time.perf_counter() + 10
        while self._ledger and time.perf_counter() < deadline:
            self._poll(0.05)
        self._ledger.clear()

    def _turn(self, until: float) -> None:
        while time.perf_counter() < until:
            self._poll(0.05)

    def _turn_paced(self, until: float) -> None:
        """Latency counts from when a message was due, also when we are late in sending it."""
        sent = 0
        while (now := time.perf_counter()) < until:
            while self._next <= now:
                self.clients[sent % len(self.clients)].send(self._next, self._ledger)
                self._next += 1 / self._rate
                sent += 1
            self._poll(max(0.0, self._next - time.perf_counter()))

    def _poll(self, timeout: float) -> None:
        for number, _ in self._epoll.poll(timeout):
            client = self._of[number]
            client.wire.read()
            for text in client.wire.texts():
                self._take(client, text, time.perf_counter())
            if client.out:
                client.flush()

    def _take(self, client: Client, text: str, now: float) -> None:
        if text.startswith("43"):
            self._acknowledged(client, text, now)
        elif text.startswith('42["entry:new"'):
            end = text.index('"', text.index('"bytes":"') + 9)
            sent = self._ledger.pop(text[end - KEY : end], None)
            if sent is not None:
                self._result.delivered += 1
                self._result.delivery.append(now - sent)
        elif text == "2":
            client.pong()

    def _acknowledged(self, client: Client, text: str, now: float) -> None:
        sent = client.sent.pop(text[2 : text.index("[")])
        if '"ok":true' in text:
            self._result.accepted += 1
            self._result.ack.append(now - sent)
        else:
            self._result.refused += 1
        if self._again:
            client.send(now, self._ledger)
