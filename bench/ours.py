"""The product as a peer: real accounts in real conversations, and envelopes made beforehand.

Signing up costs each account seconds of hashing by design, so it is done once: the data directory
is kept as a template, and each run starts on a fresh copy of it.
"""

import atexit
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.load import KEY, Seat, Wire
from bench.peers import ENVELOPE, Peer, gunicorn
from bench.servers import Server, free_port
from client import account
from client.api import Api
from client.client import Client
from client.session import Epoch, Me
from crypto import chain, connect, envelope
from crypto.chain import SendingChain
from crypto.envelope import Header, Payload
from crypto.vault import KdfParams
from crypto.wire import b64_decode, b64_encode

ROOT = Path(__file__).parents[1]
PASSWORD = "a password of the benchmark"  # noqa: S105 - of accounts that live for one run
TEXT = "x" * 900  # with its frame it fills the padded length of 1 KB
HANDS = 400  # envelopes sealed for each client before a run; what is sent later is sealed then
FOR_LOGINS = 2  # accounts that hold no seat: many logins end an account's oldest sessions
NO_LIMIT = "1000000 per second"


@dataclass(frozen=True)
class Person:
    """One account with one device, ready to send in one conversation."""

    me: Me
    cookies: str
    conversation: bytes
    epoch: Epoch
    sending: SendingChain


class Town:
    """The accounts of this process, and the data directory that knows them."""

    def __init__(self) -> None:
        self.people: list[Person] = []
        self._home = Path()
        self._runs = 0

    def prepare(self, count: int) -> None:
        count += FOR_LOGINS
        if len(self.people) >= count:
            return
        self._home = Path(tempfile.mkdtemp(prefix="cryptexq-bench-"))
        atexit.register(shutil.rmtree, self._home, ignore_errors=True)
        port = free_port()
        with Server(command(port), ROOT, environment(self._home / "template"), port) as server:
            for number in range(0, count, 2):
                self.people += pair(server.port, number)
                sys.stdout.write(f"\rsigned up {len(self.people)} of {count}")
                sys.stdout.flush()
        sys.stdout.write("\n")

    def environment(self) -> dict[str, str]:
        self._runs += 1
        shutil.rmtree(self._home / f"run{self._runs - 1}", ignore_errors=True)
        copy = self._home / f"run{self._runs}"
        shutil.copytree(self._home / "template", copy)
        return environment(copy)


TOWN = Town()


def command(port: int) -> list[str]:
    return gunicorn("app:app", port)


def environment(data_dir: Path) -> dict[str, str]:
    """All limits on one address are lifted: every client of a benchmark has the same one."""
    limits = ("SIGNUP", "LOGIN", "LOGIN_NAME", "KDF", "PUBLISH", "API")
    return {
        "EVENTLET_NO_GREENDNS": "yes",
        "FLASK_ENV": "development",
        "CRYPTEXQ_OPEN_BROWSER": "no",
        "CRYPTEXQ_DATA_DIR": str(data_dir),
        "MESSAGES_PER_SECOND": "100000",
        "MESSAGES_BURST": "100000",
        **{f"LIMIT_{name}": NO_LIMIT for name in limits},
    }


def name_of(number: int) -> str:
    return f"bench{number:04d}"


def pair(port: int, number: int) -> list[Person]:
    """Two people and the first epoch of their conversation."""
    ann, bob = (Client(f"http://127.0.0.1:{port}") for _ in range(2))
    for client, name in ((ann, name_of(number)), (bob, name_of(number + 1))):
        client.sign_up(name, f"{name}@example.org", PASSWORD)
    conversation = ann.start(name_of(number + 1))
    ann.chats.commit(conversation)
    bob.start(name_of(number))
    bob.chats.take_all(conversation)
    return [person(client, conversation) for client in (ann, bob)]


def person(client: Client, conversation: bytes) -> Person:
    state = client.chats.all[conversation].session
    if state.epoch is None or state.sending is None:
        raise RuntimeError("the epoch did not start")
    client.disconnect()
    return Person(client.me, client.api.cookies(), conversation, state.epoch, state.sending)


# -- seats ------------------------------------------------------------------


def seats(port: int, count: int) -> list[Seat]:
    origin = f"http://127.0.0.1:{port}"
    return [seat(one, origin) for one in TOWN.people[FOR_LOGINS:][:count]]


def seat(one: Person, origin: str) -> Seat:
    ready = envelopes(one)
    first = [next(ready) for _ in range(HANDS)]

    def messages() -> Iterator[tuple[str, str]]:
        yield from first
        yield from ready

    headers = {"Cookie": one.cookies, "Origin": origin}
    return Seat(messages(), headers, lambda wire: prove(wire, one, origin))


def envelopes(one: Person) -> Iterator[tuple[str, str]]:
    sending, conversation = one.sending, b64_encode(one.conversation)
    payload = Payload(bytes(16), 0, bytes(32), TEXT)
    while True:
        seq, key, sending = chain.advance(sending)
        header = Header(
            payload.kind, one.conversation, one.epoch.number, one.me.device_id, seq, now(),
            one.epoch.commit_hash[:16],
        )  # fmt: skip
        text = b64_encode(envelope.seal_envelope(key, header, payload, None))
        if len(text) != ENVELOPE:
            raise RuntimeError(f"the bare relay gets {ENVELOPE} characters, we send {len(text)}")
        yield text[-KEY:], f'{{"conversation":"{conversation}","envelope":"{text}"}}'


def prove(wire: Wire, one: Person, origin: str) -> None:
    """Join, and sign the challenge as the device."""
    wire.hello()
    challenge = wire.event("device:challenge")
    nonce = b64_decode(challenge["nonce"])
    me = one.me
    signature = connect.sign_proof(me.signing_private, nonce, me.user_id, me.device_id, origin)
    body = {"device": b64_encode(me.device_id), "signature": b64_encode(signature)}
    if not wire.call("device:prove", body)["ok"]:
        raise RuntimeError("the device was not let in")


def now() -> int:
    return time.time_ns() // 1_000_000


def login(port: int) -> None:
    """One login by password; the key is derived the first time only."""
    api = Api(f"http://127.0.0.1:{port}")
    api.post("/sessions", {"login": name_of(0), "login_key": login_key(api)})
    api.close()


def login_key(api: Api) -> str:
    if not _LOGIN_KEY:
        kdf = api.post("/kdf", {"login": name_of(0)})
        params = KdfParams(kdf["memory_kib"], kdf["passes"], kdf["lanes"])
        secret = account.from_password(PASSWORD, b64_decode(kdf["salt"]), params)
        _LOGIN_KEY.append(b64_encode(secret.login_key))
    return _LOGIN_KEY[0]


_LOGIN_KEY: list[str] = []

OURS = Peer("ours", command, seats, ROOT, TOWN.environment, TOWN.prepare)
