"""People, devices and a relay without a network, for tests of the session machine.

The relay does what the server's transcript does and nothing more: it numbers, hashes and keeps. A
test that wants a malicious server changes what the relay hands out.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import shake_256

from client import committing, receiving, session, trust
from client.committing import Plan
from client.events import Delivered, Event, Held, Message, NeedLists, World
from client.session import Me, OwnKey, Session
from crypto import commit as commits
from crypto import device_list, kem, signatures
from crypto.device_list import Device, DeviceList, SignedDeviceList
from crypto.envelope import MESSAGE, Payload, Receipt, parse_envelope
from crypto.identity import direct_conversation_id

START = 1_700_000_000_000


def stream(name: str) -> Iterator[bytes]:
    """An endless supply of 64-byte strings that look random and are the same in every run."""
    return (shake_256(f"{name}/{i}".encode()).digest(64) for i in itertools.count())


@dataclass
class Person:
    """Somebody with an identity and device lists, as the server would publish them."""

    name: str
    random: Iterator[bytes]
    user_id: bytes = b""
    identity: signatures.SigningKey | None = None
    lists: list[SignedDeviceList] = field(default_factory=list)
    devices: dict[bytes, Device] = field(default_factory=dict)

    def publish(self, now: int) -> SignedDeviceList:
        previous = self.lists[-1].hash if self.lists else bytes(32)
        body = DeviceList(
            self.user_id, self.name, self.identity.public, len(self.lists) + 1, previous, now,
            tuple(self.devices[key] for key in sorted(self.devices)),
        )  # fmt: skip
        signed = device_list.parse_signed(device_list.sign(body, self.identity.private))
        self.lists.append(signed)
        return signed


def person(name: str) -> Person:
    random = stream(name)
    return Person(name, random, next(random)[:16], signatures.keypair(next(random)))


@dataclass
class Relay:
    """The transcript of one conversation, and what belongs to it."""

    conversation: bytes
    people: dict[bytes, Person]
    now: int = START
    entries: list[Delivered] = field(default_factory=list)
    sealed: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    epoch: int = 0
    newest: commits.Commit | None = None

    def add(self, kind: int, sender: bytes, raw: bytes) -> int:
        n = len(self.entries) + 1
        self.entries.append(Delivered(n, self.now, kind, sender, raw))
        return n

    def commit(self, sender: bytes, raw: bytes, entries: dict[bytes, bytes]) -> int | None:
        """Compare and swap on the epoch, like the server: None for the loser of a race."""
        parsed = commits.parse_commit(raw)
        if parsed.core.epoch != self.epoch + 1:
            return None
        self.epoch, self.newest = parsed.core.epoch, parsed
        n = self.add(1, sender, raw)
        self.sealed.update({(n, device): sealed for device, sealed in entries.items()})
        return n

    def after(self, n: int, device: bytes) -> list[Delivered]:
        return [
            replace(entry, sealed=self.sealed.get((entry.n, device))) for entry in self.entries[n:]
        ]


class Phone:
    """One device: its session, its trust and everything that its person has seen."""

    def __init__(self, owner: Person, relay: Relay, random: Iterator[bytes]) -> None:
        self.owner, self.relay, self.random = owner, relay, random
        device_id, seed = next(random)[:16], next(random)[:32]
        signing = signatures.keypair(next(random))
        key = kem.keypair(seed)
        self.me = Me(owner.user_id, device_id, signing.private, (OwnKey(key.key_id, key.seed, 0),))
        owner.devices[device_id] = Device(device_id, key.public_key, signing.public, relay.now)
        self.session = session.begin(relay.conversation, frozenset(relay.people))
        self.trust = trust.Trust()
        self.agreed: frozenset[bytes] = frozenset()
        self.events: list[Event] = []
        self.outbox: deque[str] = deque()

    @property
    def texts(self) -> list[str]:
        """What a person has read here, in order, each message once."""
        return [
            event.payload.body
            for event in self.events
            if isinstance(event, Message) and not event.again
            if isinstance(event.payload.body, str)
        ]

    def world(self) -> World:
        return World(self.trust, self.relay.now, self.agreed)

    def meet(self) -> None:
        """Fetch everybody's newer lists, as after `list:changed`."""
        for user_id, known in self.relay.people.items():
            fresh = known.lists[self.trust.known_version(user_id) :]
            if fresh:
                self.trust = trust.learn(self.trust, user_id, fresh)

    def sync(self, limit: int = 10_000) -> list[Event]:
        """Take what the relay has. Stops, as it must, where a person has to decide."""
        waiting = self.relay.after(self.session.n, self.me.device_id)[:limit]
        return [self.receive(entry) for entry in waiting]

    def receive(self, entry: Delivered) -> Event:
        try:
            moved, event = receiving.receive(self.session, entry, self.me, self.world())
        except NeedLists:
            self.meet()
            moved, event = receiving.receive(self.session, entry, self.me, self.world())
        self.session = moved
        self.events.append(event)
        return event

    def prepare(self, restart: bool = False, mode: int = commits.HYBRID) -> None:
        self.meet()
        plan = Plan(mode, restart)
        self.session = committing.prepare_commit(
            self.session, self.me, self.world(), {}, plan, next(self.random)
        )

    def publish(self) -> int | None:
        pending = self.session.pending
        return self.relay.commit(self.me.user_id, pending.raw, dict(pending.entries))

    def commit(self, restart: bool = False, mode: int = commits.HYBRID) -> None:
        """Commit and adopt; the loser of a race adopts the winner's instead."""
        self.sync()
        self.prepare(restart, mode)
        self.publish()
        self.sync()

    def due(self) -> str | None:
        current = {
            user: (known.lists[-1].list.version, known.lists[-1].hash)
            for user, known in self.relay.people.items()
        }
        return session.reason_to_commit(self.session, current, commits.HYBRID, self.relay.now)

    def payload(self, body: str | tuple[Receipt, ...]) -> Payload:
        return Payload(next(self.random)[:16], self.session.n, self.session.head, body)

    def sealed(self, text: str) -> bytes:
        self.session, raw = session.seal(self.session, self.me, self.payload(text), self.relay.now)
        return raw

    def say(self, text: str) -> int:
        """Sync, commit if one is due, seal, post, and take back what was posted."""
        self.sync()
        if self.due():
            self.commit()
        n = self.post(self.sealed(text))
        self.sync()
        return n

    def post(self, raw: bytes) -> int:
        kind = 2 if parse_envelope(raw).header.type == MESSAGE else 3
        return self.relay.add(kind, self.me.user_id, raw)


def couple(alices: int = 1, bobs: int = 1) -> tuple[Relay, list[Phone], list[Phone]]:
    """Alice and Bob with so many devices each, who have not talked yet."""
    alice, bob = person("alice"), person("bobby")
    conversation = direct_conversation_id(alice.user_id, bob.user_id)
    relay = Relay(conversation, {p.user_id: p for p in (alice, bob)})
    hers = [Phone(alice, relay, stream(f"alice phone {i}")) for i in range(alices)]
    his = [Phone(bob, relay, stream(f"bobby phone {i}")) for i in range(bobs)]
    for each in (alice, bob):
        each.publish(relay.now)
    return relay, hers, his


def add_phone(owner: Person, relay: Relay, name: str) -> Phone:
    phone = Phone(owner, relay, stream(name))
    owner.publish(relay.now)
    return phone


def revoke(phone: Phone) -> None:
    del phone.owner.devices[phone.me.device_id]
    phone.owner.publish(phone.relay.now)


__all__ = ["Held", "Person", "Phone", "Relay", "Session", "add_phone", "couple", "person", "revoke"]
