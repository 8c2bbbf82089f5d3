"""A person's device in Python: sign up, log in, talk, receive.

    alice = Client("http://localhost:5000")
    alice.sign_up("alice", "alice@example.org", "a long password")
    chat = alice.start("bobby")
    alice.send(chat, "hello")
    for message in alice.receive(timeout=5):
        print(message.text)

Keys and sessions live in memory, so each process is a new device of the account.
"""

from __future__ import annotations

import os
import queue
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from client import account
from client.api import Api, ApiError
from client.chats import Chats, Device
from client.events import Event, Message
from client.link import Link
from client.people import People
from client.session import Me
from crypto import device_list
from crypto.signatures import SigningKey
from crypto.vault import KdfParams
from crypto.wire import b64_decode, b64_encode

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Received:
    """A text that arrived here, verified. `sent_at` is the sender's clock, in milliseconds."""

    conversation: bytes
    n: int
    sender: bytes
    device: bytes
    message_id: bytes
    text: str
    sent_at: int


class Client:
    """One device of one person on one server."""

    def __init__(
        self,
        origin: str,
        random: Callable[[int], bytes] = os.urandom,
        clock: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self.api = Api(origin)
        self.people = People(self.api)
        self._random, self._clock, self._offset = random, clock, 0
        self._link: Link | None = None
        self._chats: Chats | None = None
        self._told = 0

    # -- accounts -------------------------------------------------------------------------------

    def sign_up(self, name: str, email: str, password: str) -> str:
        """The recovery key, to be kept by the person: it exists nowhere else."""

        def attempt() -> account.NewAccount:
            made = account.sign_up(name, email, password, self._random, self.now())
            self.api.post("/accounts", made.body)
            return made

        made = self._in_time(attempt)
        self.people.trusts(made.own_list)
        self._become(made.me)
        return made.recovery_key_text

    def log_in(self, login: str, password: str) -> None:
        """Log in by name or e-mail address, and become a new device of the account."""
        self._enter(login, self._secret(login, password))

    def log_in_with_recovery_key(self, login: str, text: str) -> None:
        self._enter(login, account.from_recovery_key(text))

    def log_out(self) -> None:
        self.disconnect()
        self.api.delete("/sessions/current")

    def revoke(self, device_id: bytes, password: str) -> None:
        """Take a device off the account; the next message of every conversation leaves it out."""
        self.people.learn(self.me.user_id)
        devices = self.people.newest(self.me.user_id).list.devices
        rest = [device for device in devices if device.device_id != device_id]
        self.publish(self.unlock(password), rest)

    def unlock(self, password: str) -> SigningKey:
        """The identity's key. Let go of it as soon as it has signed."""
        who = self.api.get("/me")
        secret = self._secret(who["name"], password)
        proof = {secret.field: b64_encode(secret.login_key)}
        sealed = self.api.post("/vault/unlock", proof)
        return account.open_identity({**who, "vault": sealed}, secret)

    def publish(self, identity: SigningKey, devices: Iterable[device_list.Device]) -> None:
        """The next device list of this account, with these devices."""
        listed = list(devices)
        self._in_time(lambda: self._publish(identity, listed))

    def _publish(self, identity: SigningKey, devices: Iterable[device_list.Device]) -> None:
        user_id = b64_decode(self.api.get("/me")["user_id"])
        mine = account.reissue(self.people.newest(user_id), identity, devices, self.now())
        self.api.put("/device-list", {"device_list": b64_encode(mine.raw)})
        self.people.trusts(mine)

    def _secret(self, login: str, password: str) -> account.Secret:
        kdf = self.api.post("/kdf", {"login": login})
        params = KdfParams(kdf["memory_kib"], kdf["passes"], kdf["lanes"])
        return account.from_password(password, b64_decode(kdf["salt"]), params)

    def _enter(self, login: str, secret: account.Secret) -> None:
        proof = {secret.field: b64_encode(secret.login_key)}
        answer = self.api.post("/sessions", {"login": login, **proof})
        identity = account.open_identity(answer, secret)
        user_id = b64_decode(answer["user_id"])
        self.people.learn(user_id)
        others = self.people.newest(user_id).list.devices

        def attempt() -> Me:
            me, device = account.new_device(user_id, self._random, self.now())
            self._publish(identity, [*others, device])
            return me

        self._become(self._in_time(attempt))

    def _become(self, me: Me) -> None:
        device = Device(me, self.api, self.people, self._send, self._random, self.now)
        self._chats = Chats(device)
        self.connect()

    # -- the socket -----------------------------------------------------------------------------

    def connect(self) -> Link:
        self.disconnect()
        self._link = Link(self.api, self.me, self._clock())
        return self._link

    def disconnect(self) -> None:
        if self._link:
            self._link.close()
            self._link = None

    def now(self) -> int:
        """The server's clock, as measured at connect, or before that as a refusal told it."""
        return self._clock() + (self._link.offset if self._link else self._offset)

    def _in_time(self, attempt: Callable[[], Result]) -> Result:
        """Whatever is dated, made once more if the server says that this clock is off."""
        try:
            return attempt()
        except ApiError as refusal:
            if refusal.code != "clock_off":
                raise
            self._offset = int(refusal.fields["server_time"]) - self._clock()
        return attempt()

    def _send(self, event: str, body: dict[str, Any]) -> Any:
        return (self._link or self.connect()).send(event, body)

    # -- talking --------------------------------------------------------------------------------

    @property
    def chats(self) -> Chats:
        if self._chats is None:
            raise RuntimeError("sign up or log in first")
        return self._chats

    @property
    def me(self) -> Me:
        return self.chats.me

    def start(self, name: str) -> bytes:
        """The id of the conversation with this person; it is made if there was none."""
        peer = self.people.find(name)
        self.api.post("/conversations", {"user_id": b64_encode(peer)})
        return self.chats.open(peer)

    def send(self, conversation: bytes, text: str) -> bytes:
        """The message id, once the server has the message on disk."""
        message_id = self._random(16)
        self.chats.deliver(conversation, message_id, text)
        return message_id

    def receive(self, timeout: float = 0) -> Iterator[Received]:
        """Texts as they arrive; ends when `timeout` seconds brought nothing new."""
        while True:
            self.chats.sync()
            fresh = self.chats.log[self._told :]
            self._told += len(fresh)
            yield from (item for key, event in fresh if (item := _text(key, event)))
            if not self.wait(timeout):
                return

    def wait(self, timeout: float) -> bool:
        """Whether the server pushed anything within `timeout` seconds."""
        link = self._link or self.connect()
        try:
            name, body = link.pushes.get(block=timeout > 0, timeout=timeout or None)
        except queue.Empty:
            return False
        if name == "list:changed":
            self.people.learn(b64_decode(body["user_id"]))
        return True

    def safety_number(self, user_id: bytes) -> str:
        """60 digits to compare with the other person over another channel."""
        return self.people.safety_number(self.me.user_id, user_id)


def _text(conversation: bytes, event: Event) -> Received | None:
    if not isinstance(event, Message) or event.again or not isinstance(event.payload.body, str):
        return None
    return Received(
        conversation, event.n, event.sender, event.device, event.payload.message_id,
        event.payload.body, event.header.sent_at,
    )  # fmt: skip
