"""People, devices, commits and envelopes for tests of the server.

Nothing here decrypts and no chain exists: what the server judges is public, so entries and
ciphertexts are random bytes, and signatures and hashes are real.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from crypto import commit, device_list, envelope, signatures, transcript
from crypto.identity import direct_conversation_id, identity_hash
from services.commits import Commits, Offer
from services.commits import parse as parse_commit
from services.messages import Accepted, Incoming, Messages
from services.messages import parse as parse_incoming
from services.rosters import Rosters
from services.transcript import Tails
from store.base import Account, ConversationState, Session, Store, StoredList

NOW = 1_700_000_000_000
SEAL_KEY = transcript.seal_key(bytes(range(32)))


class Clock:
    """A clock that tests set."""

    def __init__(self, now: int = NOW) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


class Machine:
    """A device of somebody, with its signing key."""

    def __init__(self) -> None:
        self.device_id = os.urandom(16)
        self.signing = signatures.keypair(os.urandom(64))
        self.kem_public = os.urandom(1216)

    def listed(self, added_at: int = NOW) -> device_list.Device:
        return device_list.Device(self.device_id, self.kem_public, self.signing.public, added_at)


class Person:
    """Somebody with an identity, machines and the chain of their device lists."""

    def __init__(self, name: str, machines: int = 1) -> None:
        self.name = name
        self.user_id = os.urandom(16)
        self.identity = signatures.keypair(os.urandom(64))
        self.machines = [Machine() for _ in range(machines)]
        self.lists: list[device_list.SignedDeviceList] = []
        self.publish()

    @property
    def machine(self) -> Machine:
        return self.machines[0]

    @property
    def list(self) -> device_list.SignedDeviceList:
        return self.lists[-1]

    def publish(self, issued_at: int = NOW) -> StoredList:
        """The next list, with the machines of now."""
        devices = sorted((m.listed() for m in self.machines), key=lambda d: d.device_id)
        before = self.lists[-1].hash if self.lists else device_list.NO_HASH
        value = device_list.DeviceList(
            self.user_id,
            self.name,
            self.identity.public,
            len(self.lists) + 1,
            before,
            issued_at,
            tuple(devices),
        )
        raw = device_list.sign(value, self.identity.private)
        self.lists.append(device_list.parse_signed(raw))
        return self.stored()

    def stored(self) -> StoredList:
        return StoredList(self.user_id, self.list.list.version, self.list.hash, self.list.raw)

    def account(self) -> Account:
        return Account(
            user_id=self.user_id,
            name=self.name,
            email_box=b"box",
            email_index=os.urandom(32),
            kdf_salt=bytes(16),
            kdf_memory_kib=19456,
            kdf_passes=2,
            kdf_lanes=1,
            login_verifier=b"v",
            recovery_verifier=b"v",
            created_at=NOW,
        )

    def session(self, token_hash: bytes | None = None) -> Session:
        return Session(
            os.urandom(16), token_hash or os.urandom(32), self.user_id, NOW, NOW, 2**52, "test"
        )

    def move_in(self, store: Store) -> Person:
        """Sign up; returns this person."""
        parts = ("wrap_password", "wrap_recovery", "identity", "book")
        vault = dict.fromkeys(parts, b"box")
        store.create_account(self.account(), vault, self.stored(), self.session())
        return self

    def member(self) -> commit.Member:
        hash_ = identity_hash(self.user_id, self.identity.public)
        return commit.Member(self.user_id, hash_, self.list.list.version, self.list.hash)


@dataclasses.dataclass
class Made:
    """A commit and its sealed entries."""

    raw: bytes
    sealed: dict[bytes, bytes]

    @property
    def hash(self) -> bytes:
        return commit.commit_hash(commit.parse_commit(self.raw))


def make_commit(
    people: Sequence[Person],
    state: ConversationState | None = None,
    *,
    by: Person | None = None,
    machine: Machine | None = None,
    refs: Any = None,
    sign: bool = True,
    **changes: Any,
) -> Made:
    """What an honest device would publish on top of `state`, but for `changes` to its core.

    `refs` maps the honest refs to others; `sign=False` leaves a signature of zeros.
    """
    by = by or people[0]
    machine = machine or by.machine
    parent = state.current if state else None
    core = commit.Core(
        conversation=direct_conversation_id(people[0].user_id, people[1].user_id),
        epoch=parent.epoch + 1 if parent else 1,
        previous_hash=parent.commit_hash if parent else commit.NO_HASH,
        mode=commit.HYBRID,
        kind=commit.NORMAL if parent else commit.RESTART,
        committer_user=by.user_id,
        committer_device=machine.device_id,
        refresh=0,
        created_at=NOW,
        members=tuple(sorted((p.member() for p in people), key=lambda m: m.user_id)),
        fresh_key=os.urandom(1216),
        qkd_key_ids=(),
        seen_n=0,
        seen_head=bytes(32),
    )
    core = dataclasses.replace(core, **changes)
    sealed, made = _refs(people, machine, parent.devices if parent else frozenset(), core.kind)
    if refs is not None:
        made = refs(made)
    unsigned = commit.serialise_core(core) + commit.serialise_refs(made, core) + os.urandom(32)
    signature = signatures.sign(machine.signing.private, commit.PURPOSE, unsigned)
    return Made(unsigned + (signature if sign else bytes(len(signature))), sealed)


def _refs(
    people: Sequence[Person], committer: Machine, before: frozenset[bytes], kind: int
) -> tuple[dict[bytes, bytes], tuple[commit.Ref, ...]]:
    sealed, refs = {}, []
    for machine in (m for p in people for m in p.machines if m is not committer):
        entry = sealed[machine.device_id] = os.urandom(1168)
        known = kind == commit.RESTART or machine.device_id in before
        ref_kind = commit.SEED if known else commit.JOINER
        refs.append(
            commit.Ref(machine.device_id, os.urandom(16), ref_kind, commit.entry_hash(entry))
        )
    return sealed, tuple(sorted(refs, key=lambda ref: ref.device_id))


def header(state: ConversationState, machine: Machine, seq: int, **changes: Any) -> envelope.Header:
    """The header of an honest message under the current epoch."""
    assert state.current is not None
    made = envelope.Header(
        type=envelope.MESSAGE,
        conversation=state.conversation_id,
        epoch=state.current.epoch,
        device_id=machine.device_id,
        seq=seq,
        sent_at=NOW,
        commit_hash=state.current.commit_hash[:16],
    )
    return made._replace(**changes)


def seal(made: envelope.Header, padded: int = 256) -> bytes:
    """An envelope of that header around random bytes."""
    ciphertext = os.urandom(padded + 16)
    return envelope.serialise(envelope.Envelope(made, ciphertext, os.urandom(32), b""))


class Town:
    """Two people with a conversation in a store, and the parts of the message path."""

    def __init__(self, store: Store, ann: Person, bob: Person) -> None:
        self.store = store
        self.clock = Clock()
        self.rosters = Rosters(store)
        self.tails = Tails(store.conversation)
        self.ann, self.bob = (person.move_in(store) for person in (ann, bob))
        self.people = [ann, bob]
        self.conversation_id = direct_conversation_id(ann.user_id, bob.user_id)
        members = sorted(person.user_id for person in self.people)
        head = transcript.start(self.conversation_id)
        store.create_conversation(self.conversation_id, members, head, NOW)

    @property
    def state(self) -> ConversationState:
        state = self.store.conversation(self.conversation_id)
        assert state is not None
        return state

    def messages(self, store: Store | None = None) -> Messages:
        """Another one over the same store is another process."""
        store = store or self.store
        return Messages(store, self.rosters, self.tails, SEAL_KEY, self.clock)

    def commits(self, store: Store | None = None) -> Commits:
        store = store or self.store
        return Commits(store, self.rosters, self.tails, SEAL_KEY, self.clock)

    def offer(self, made: Made, by: Person | None = None) -> Offer:
        user_id = (by or self.ann).user_id
        return parse_commit(user_id, self.conversation_id, made.raw, made.sealed)

    def commit(self, **changes: Any) -> Accepted:
        """Have an honest commit accepted, on top of what stands."""
        made = make_commit(self.people, self.state, **changes)
        by = changes.get("by") or self.ann
        commits, offer = self.commits(), self.offer(made, by)
        commits.prepare(offer)
        accepted = commits.accept(offer)
        assert isinstance(accepted, Accepted), accepted
        return accepted

    def incoming(
        self, seq: int, by: Person | None = None, padded: int = 256, **changes: Any
    ) -> Incoming:
        """A parsed honest envelope under the current epoch, but for `changes` to its header."""
        by = by or self.ann
        raw = seal(header(self.state, by.machine, seq, **changes), padded)
        return parse_incoming(by.user_id, by.machine.device_id, self.conversation_id, raw)
