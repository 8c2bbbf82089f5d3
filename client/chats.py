"""The conversations of one device: fetches entries, opens epochs, sends and repeats.

Every judgement is made by the pure modules (`receiving`, `committing`, `session`); this one does
what they ask for. A session is kept before its bytes leave, so a lost answer loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from client import committing, receiving, session
from client.api import Api, ApiError
from client.events import Delivered, Event, Held, Message, NeedLists, World
from client.people import People
from client.session import Me, Session
from crypto import commit as commits
from crypto.envelope import DELIVERED, MAX_RECEIPTS, Payload, Receipt
from crypto.errors import RangeExceeded
from crypto.identity import direct_conversation_id
from crypto.wire import b64_decode, b64_encode

PAGE = 200
TRIES = 8
RETRY = frozenset({"stale_epoch", "wrong_commit", "number_taken", "roster_stale"})
RACE = frozenset({"epoch_taken", "roster_stale"})
READY = frozenset({None, "epoch_full", "epoch_old"})

Body = str | tuple[Receipt, ...]
Send = Callable[[str, dict[str, Any]], Any]


@dataclass
class Chat:
    """A session and what came of it. `receipts`: the best state heard of, by message id."""

    session: Session
    events: list[Event] = field(default_factory=list)
    receipts: dict[bytes, int] = field(default_factory=dict)
    acknowledged: set[bytes] = field(default_factory=set)


@dataclass
class Device:
    """What the chats need of the device they run on. `send` calls a socket event."""

    me: Me
    api: Api
    people: People
    send: Send
    random: Callable[[int], bytes]
    now: Callable[[], int]


class Chats:
    def __init__(self, device: Device) -> None:
        self.all: dict[bytes, Chat] = {}
        self.log: list[tuple[bytes, Event]] = []
        self.me, self._device = device.me, device
        self._agreed: frozenset[bytes] = frozenset()

    def open(self, peer: bytes) -> bytes:
        """The conversation with this person; its id follows from the two of you."""
        conversation = direct_conversation_id(self.me.user_id, peer)
        if conversation not in self.all:
            self._device.people.learn(peer)
            members = frozenset({self.me.user_id, peer})
            self.all[conversation] = Chat(session.begin(conversation, members))
        return conversation

    def sync(self) -> None:
        """Take everything that is new anywhere, and tell the senders that it arrived."""
        for known in self._device.api.get("/conversations")["conversations"]:
            members = [b64_decode(member["user_id"]) for member in known["members"]]
            peer = next(user for user in members if user != self.me.user_id)
            conversation = self.open(peer)
            self.take_all(conversation)
            self._acknowledge(conversation)

    def take_all(self, conversation: bytes) -> None:
        chat = self.all[conversation]
        before, last = -1, chat.session.n + 1
        # A session that stopped takes nothing more, whatever the server still has.
        while before < chat.session.n < last:
            before = chat.session.n
            page, last = self._page(conversation, before)
            for entry in page:
                self._take(chat, entry)

    def deliver(self, conversation: bytes, message_id: bytes, body: Body) -> None:
        """Seal and send; what is refused as stale is sealed again under the next number."""
        for _ in range(TRIES):
            self.take_all(conversation)
            if self.due(conversation):
                self.commit(conversation)
                continue
            try:
                return self._attempt(conversation, message_id, body)
            except ApiError as error:
                self._recover(conversation, error)
        raise TimeoutError("every attempt to send lost a race: try again")

    def commit(self, conversation: bytes, restart: bool = False) -> None:
        """Open a new epoch, or adopt the one that somebody else opened first."""
        chat, device = self.all[conversation], self._device
        for user in chat.session.members:
            device.people.learn(user)
        refreshes = {key: list(known.values()) for key, known in device.people.refreshes.items()}
        plan = committing.Plan(commits.HYBRID, restart)
        chat.session = committing.prepare_commit(
            chat.session, self.me, self._world(), refreshes, plan, device.random(64)
        )
        self._publish(conversation, chat.session)
        self.take_all(conversation)

    def due(self, conversation: bytes) -> str | None:
        """Why the next message needs a new epoch, or None."""
        chat = self.all[conversation]
        newest = {user: self._device.people.newest(user) for user in chat.session.members}
        current = {user: (item.list.version, item.hash) for user, item in newest.items()}
        return session.reason_to_commit(chat.session, current, commits.HYBRID, self._device.now())

    def agree(self, held: Held) -> None:
        """The person agreed to a restart."""
        self._agreed |= {held.subject}

    def _publish(self, conversation: bytes, state: Session) -> None:
        if state.pending is None:
            return
        entries = {b64_encode(key): b64_encode(box) for key, box in state.pending.entries.items()}
        body = {"commit": b64_encode(state.pending.raw), "entries": entries}
        try:
            self._device.api.post(f"/conversations/{b64_encode(conversation)}/commits", body)
        except ApiError as error:
            if error.code not in RACE:
                raise

    def _attempt(self, conversation: bytes, message_id: bytes, body: Body) -> None:
        chat = self.all[conversation]
        payload = Payload(message_id, chat.session.n, chat.session.head, body)
        chat.session, raw = session.seal(chat.session, self.me, payload, self._device.now())
        request = {"conversation": b64_encode(conversation), "envelope": b64_encode(raw)}
        self._device.send("message:send", request)
        self.take_all(conversation)

    def _recover(self, conversation: bytes, error: ApiError) -> None:
        """What has to happen before the next attempt."""
        if error.code not in RETRY:
            raise error
        chat = self.all[conversation]
        if error.code == "roster_stale":
            for user in chat.session.members:
                self._device.people.learn(user)
        if error.code == "number_taken":
            try:
                chat.session = session.skip_to(chat.session, int(error.fields["last_seq"]))
            except RangeExceeded:
                self.commit(conversation)

    def _acknowledge(self, conversation: bytes) -> None:
        """Receipts never start an epoch for count or age: they wait for the next commit."""
        chat = self.all[conversation]
        fresh = _arrived(chat, self.me.user_id)[:MAX_RECEIPTS]
        if not fresh or self.due(conversation) not in READY:
            return
        receipts = tuple(Receipt(message_id, DELIVERED) for message_id in fresh)
        self._attempt(conversation, self._device.random(16), receipts)
        chat.acknowledged.update(fresh)

    def _page(self, conversation: bytes, after: int) -> tuple[list[Delivered], int]:
        """Some entries, as many as the server puts into one answer, and the number of the last."""
        device = b64_encode(self.me.device_id)
        path = f"/conversations/{b64_encode(conversation)}/entries"
        answer = self._device.api.get(path, after=after, limit=PAGE, device=device)
        return [_delivered(item) for item in answer["entries"]], answer["n"]

    def _take(self, chat: Chat, entry: Delivered) -> None:
        try:
            chat.session, event = receiving.receive(chat.session, entry, self.me, self._world())
        except NeedLists as need:
            for user_id, version in need.wanted:
                self._device.people.provide(user_id, version)
            chat.session, event = receiving.receive(chat.session, entry, self.me, self._world())
        chat.events.append(event)
        self.log.append((chat.session.conversation, event))
        if isinstance(event, Message) and isinstance(event.payload.body, tuple):
            for receipt in event.payload.body:
                best = max(receipt.state, chat.receipts.get(receipt.message_id, 0))
                chat.receipts[receipt.message_id] = best

    def _world(self) -> World:
        return World(self._device.people.trust, self._device.now(), self._agreed)


def _arrived(chat: Chat, own_user: bytes) -> list[bytes]:
    """Ids of texts from others that no receipt of ours has named yet."""
    return [
        event.payload.message_id
        for event in chat.events
        if isinstance(event, Message) and isinstance(event.payload.body, str) and not event.again
        if event.sender != own_user and event.payload.message_id not in chat.acknowledged
    ]


def _delivered(item: dict[str, Any]) -> Delivered:
    sealed = item.get("entry")
    return Delivered(
        item["n"], item["received_at"], item["kind"], b64_decode(item["sender"]),
        b64_decode(item["bytes"]), b64_decode(sealed) if sealed else None,
    )  # fmt: skip
