"""The product in a process of its own, as `python app.py` starts it, and people who use it.

People are put straight into the database with a session each, because signing up hashes on purpose
for a long time; everything they do afterwards goes over the network.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

import requests
from flask import Flask

from crypto import signatures
from crypto.connect import sign_proof
from crypto.identity import direct_conversation_id
from crypto.wire import b64_decode, b64_encode
from store.base import ConversationState
from store.sqlite import SqliteStore
from tests.services.town import Machine, Made, Person, header, make_commit, seal
from tests.transport.wire import Gone, Wire

ROOT = Path(__file__).resolve().parents[2]
SECRET = "tIms2y6nZ9-rq4VwLk8bX0cJdF5hGaPe-71QoUuTfWz3"
SEAL_SECRET = "Yw8cV1kfM-5zQpR0xH7nTtB3jLg4UdAeS_96ioJrXqK2"
HOUR = 3_600_000


def now() -> int:
    return time.time_ns() // 1_000_000


def cookie_of(token: bytes) -> str:
    """What the server would have set at login."""
    signer = Flask(__name__)
    signer.secret_key = SECRET
    serializer = signer.session_interface.get_signing_serializer(signer)  # type: ignore[attr-defined]
    return str(serializer.dumps({"token": b64_encode(token), "_permanent": True}))


class Site:
    """A server with its data in `folder`; starts and ends with the block, or by its methods."""

    def __init__(
        self, folder: Path, program: tuple[str, ...] = ("app.py",), **environ: str
    ) -> None:
        self.folder = folder
        self._program = program
        self.store = SqliteStore(folder)
        self.log = folder / "server.log"
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None
        self._people = 0
        self._open: list[Any] = []
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.origin = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        self.store.close()

    def closes_later(self, client: Any) -> None:
        self._open.append(client)

    def hang_up(self) -> None:
        """End every client that a test has left open."""
        while self._open:
            self._open.pop().close()

    def start(self) -> None:
        environ = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("CRYPTEXQ", "LIMIT"))},
            "FLASK_ENV": "development",
            "SECRET_KEY": SECRET,
            "CRYPTEXQ_HMAC_SECRET": SEAL_SECRET,
            "CRYPTEXQ_DATA_DIR": str(self.folder),
            "CRYPTEXQ_OPEN_BROWSER": "no",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "LIMIT_API": "100000 per minute",
            **self._environ,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self._program], cwd=ROOT, env=environ, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 30
        while not self._listens():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """kill -9: no handler runs, nothing is flushed."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)
        self._process = None

    def limit_files(self, size: int) -> None:
        """No file of the server may grow beyond this from now on, as on a full disk."""
        assert self._process is not None
        limits = (size, resource.RLIM_INFINITY)
        resource.prlimit(self._process.pid, resource.RLIMIT_FSIZE, limits)

    def largest_file(self) -> int:
        return max(path.stat().st_size for path in self.folder.iterdir())

    # -- people -------------------------------------------------------------

    def moves_in(self, machines: int = 1, expires_at: int | None = None) -> Member:
        """Somebody new, logged in."""
        self._people += 1
        person = Person(f"person{self._people}-{os.urandom(4).hex()}", machines)
        person.move_in(self.store)
        return Member(self, person, expires_at)

    def friends(self, machines: int = 1) -> tuple[Member, Member]:
        """Two people with a conversation in its first epoch."""
        ann, bob = self.moves_in(machines), self.moves_in(machines)
        ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)})
        assert ann.commits(bob).status_code == 201
        return ann, bob

    def state(self, conversation_id: bytes) -> ConversationState:
        state = self.store.conversation(conversation_id)
        assert state is not None
        return state


class Member:
    """A person with a browser: a cookie, HTTP, sockets."""

    def __init__(self, site: Site, person: Person, expires_at: int | None = None) -> None:
        self.site = site
        self.person = person
        self.session, self.cookie = self._log_in(expires_at)
        self.web = requests.Session()
        site.closes_later(self.web)
        self.web.cookies.set("cryptexq_session", self.cookie, domain="127.0.0.1", path="/")
        self.web.headers["Origin"] = site.origin
        self.web.headers["X-CSRF-Token"] = self.get("/csrf").json()["token"]

    def _log_in(self, expires_at: int | None) -> tuple[bytes, str]:
        token = os.urandom(32)
        session = self.person.session(hashlib.sha256(token).digest())
        values = {name: getattr(session, name) for name in session.__slots__}
        times = {"created_at": now(), "seen_at": now(), "expires_at": expires_at or now() + HOUR}
        self.site.store.create_session(type(session)(**{**values, **times}))
        return session.session_id, cookie_of(token)

    def get(self, path: str) -> requests.Response:
        return self.web.get(f"{self.site.origin}/api/v1{path}", timeout=10)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.web.post(f"{self.site.origin}/api/v1{path}", json=body, timeout=10)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.web.put(f"{self.site.origin}/api/v1{path}", json=body, timeout=10)

    def delete(self, path: str) -> requests.Response:
        return self.web.delete(f"{self.site.origin}/api/v1{path}", timeout=10)

    # -- conversations ------------------------------------------------------

    def with_(self, other: Member) -> bytes:
        return direct_conversation_id(self.person.user_id, other.person.user_id)

    def makes_commit(self, other: Member, **changes: Any) -> Made:
        """An honest commit on top of what stands, but for `changes`."""
        people = [self.person, other.person]
        return make_commit(
            people, self.site.state(self.with_(other)), **{"created_at": now(), **changes}
        )

    def publishes(self, conversation_id: bytes, made: Made) -> requests.Response:
        entries = {b64_encode(device): b64_encode(box) for device, box in made.sealed.items()}
        body = {"commit": b64_encode(made.raw), "entries": entries}
        return self.post(f"/conversations/{b64_encode(conversation_id)}/commits", body)

    def commits(self, other: Member, **changes: Any) -> requests.Response:
        return self.publishes(self.with_(other), self.makes_commit(other, **changes))

    def entries(self, other: Member, after: int = 0) -> list[dict[str, Any]]:
        conversation, device = b64_encode(self.with_(other)), b64_encode(self.device)
        answer = self.get(f"/conversations/{conversation}/entries?after={after}&device={device}")
        assert answer.status_code == 200, answer.text
        return list(answer.json()["entries"])

    def envelope(
        self, other: Member, seq: int, machine: Machine | None = None, **changes: Any
    ) -> bytes:
        state = self.site.state(self.with_(other))
        made = header(state, machine or self.person.machine, seq)
        return seal(made._replace(**{"sent_at": now(), **changes}))

    @property
    def device(self) -> bytes:
        return self.person.machine.device_id

    # -- sockets ------------------------------------------------------------

    def opens(self, **headers: str | None) -> Wire:
        """A handshake; `headers` replaces parts of it."""
        name = {"Origin": self.site.origin, "Cookie": f"cryptexq_session={self.cookie}"}
        wire = Wire(self.site.port, {**name, **headers})  # type: ignore[dict-item]
        self.site.closes_later(wire)
        return wire

    def connects(self) -> Line:
        """A socket that has joined and been challenged."""
        return Line(self, self.opens())

    def proves(self, machine: Machine | None = None) -> Line:
        """A socket whose device has proven itself."""
        line = self.connects()
        assert line.prove(machine or self.person.machine)["ok"] is True
        return line


class Line:
    """A socket as a client sees it: acknowledgements by number, events by name."""

    def __init__(self, member: Member, wire: Wire) -> None:
        self.member = member
        self.wire = wire
        self.events: list[tuple[str, Any]] = []
        self.sent = 0
        self._acks: dict[int, Any] = {}
        wire.receive()
        wire.send("40")
        assert wire.receive().startswith("40")
        self.challenge = self.next("device:challenge")

    def emit(self, *event: Any) -> int:
        self.sent += 1
        self.wire.send(f"42{self.sent}" + json.dumps(event))
        return self.sent

    def ack(self, number: int) -> Any:
        while number not in self._acks:
            self._read()
        return self._acks.pop(number)

    def call(self, *event: Any) -> Any:
        return self.ack(self.emit(*event))

    def refusal(self, *event: Any) -> str:
        """The code with which an event is refused."""
        answer = self.call(*event)
        assert answer["ok"] is False
        problem = answer["error"]
        assert problem["title"]
        assert problem["detail"]
        assert isinstance(problem["status"], int)
        return str(problem["code"])

    def next(self, name: str) -> Any:
        """The next event of that name; others wait."""
        while True:
            for i, (found, data) in enumerate(self.events):
                if found == name:
                    del self.events[i]
                    return data
            self._read()

    def seen(self) -> list[tuple[str, Any]]:
        """All events that the server pushed so far: what it sent before it answers is here."""
        self.call("ping, so to speak")
        seen, self.events = self.events, []
        return seen

    def end(self) -> Gone:
        """Read to the end of the connection."""
        try:
            while True:
                self._read()
        except Gone as gone:
            return gone

    def _read(self) -> None:
        text = self.wire.receive()
        if text == "2":
            self.wire.send("3")
        elif text.startswith("43"):
            number, data = text[2:].split("[", 1)
            self._acks[int(number)] = json.loads("[" + data)[0]
        elif text.startswith("42"):
            name, data = json.loads(text[2:])
            self.events.append((name, data))

    # -- what a client says -------------------------------------------------

    def prove(self, machine: Machine, **changes: Any) -> Any:
        return self.call("device:prove", self.proof(machine, **changes))

    def proof(self, machine: Machine, **changes: Any) -> dict[str, str]:
        said = {
            "nonce": b64_decode(self.challenge["nonce"]),
            "user_id": self.member.person.user_id,
            "device_id": machine.device_id,
            "origin": self.member.site.origin,
            **changes,
        }
        signature = sign_proof(machine.signing.private, **said)
        assert len(signature) == signatures.SIGNATURE
        return {"device": b64_encode(machine.device_id), "signature": b64_encode(signature)}

    def send(self, other: Member, raw: bytes) -> Any:
        return self.call("message:send", message(self.member.with_(other), raw))


def message(conversation_id: bytes, raw: bytes) -> dict[str, str]:
    return {"conversation": b64_encode(conversation_id), "envelope": b64_encode(raw)}
