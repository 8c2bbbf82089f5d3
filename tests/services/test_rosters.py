"""The devices of a person: read once, and never kept beyond a change."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from crypto.connect import sign_proof
from services.proofs import Proof, Proofs
from services.refusals import ForeignDevice, NoSuchPerson, ProofRefused
from services.rosters import Rosters
from store.sqlite import SqliteStore
from tests.services.town import Machine, Person


class Counting:
    """A store that counts, and lets a test happen in the middle of a read."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.reads = 0
        self.meanwhile: Any = None

    def device_list(self, user_id: bytes) -> Any:
        self.reads += 1
        found = self._store.device_list(user_id)
        happening, self.meanwhile = self.meanwhile, None
        if happening:
            happening()
        return found


@pytest.fixture
def store(tmp_path: Path) -> Any:
    store = SqliteStore(tmp_path)
    yield store
    store.close()


def test_device_ids_are_read_once_until_they_change(store: Any) -> None:
    ann, counting = Person("ann").move_in(store), Counting(store)
    rosters = Rosters(counting)  # type: ignore[arg-type]
    for _ in range(3):
        assert rosters.device_ids(ann.user_id) == {ann.machine.device_id}
    assert counting.reads == 1
    ann.machines.append(Machine())
    store.put_device_list(ann.publish())
    rosters.forget(ann.user_id)
    assert rosters.device_ids(ann.user_id) == {m.device_id for m in ann.machines}


def test_a_list_that_changes_while_it_is_read_does_not_stay(store: Any) -> None:
    ann, counting = Person("ann").move_in(store), Counting(store)
    rosters = Rosters(counting)  # type: ignore[arg-type]

    def change() -> None:
        ann.machines.clear()
        store.put_device_list(ann.publish())
        rosters.forget(ann.user_id)

    counting.meanwhile = change
    rosters.device_ids(ann.user_id)
    assert rosters.device_ids(ann.user_id) == frozenset()


def test_what_is_kept_is_bounded(store: Any) -> None:
    people, counting = [Person(f"person{i}").move_in(store) for i in range(3)], Counting(store)
    rosters = Rosters(counting, size=2)  # type: ignore[arg-type]
    for person in (*people, people[0]):
        rosters.device_ids(person.user_id)
    assert counting.reads == 4


def test_nobody_has_no_devices(store: Any) -> None:
    with pytest.raises(NoSuchPerson):
        Rosters(store).device_ids(os.urandom(16))


# -- proofs -------------------------------------------------------------------

ORIGIN = "https://chat.example.org"


def proof(by: Person, machine: Machine, **changes: Any) -> Proof:
    said = {"nonce": bytes(32), "user_id": by.user_id, "device_id": machine.device_id}
    signature = sign_proof(machine.signing.private, **said, origin=ORIGIN)
    return Proof(**{**said, "origin": ORIGIN, "signature": signature, **changes})


def test_a_device_of_the_list_proves_itself(store: Any) -> None:
    ann = Person("ann", machines=2).move_in(store)
    for machine in ann.machines:
        Proofs(Rosters(store)).verify(proof(ann, machine))


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": b"\1" * 32},
        {"origin": "https://evil.example.org"},
        {"origin": "x" * 300},
        {"signature": bytes(3373)},
        {"signature": b""},
    ],
    ids=["another nonce", "another origin", "no origin", "no signature", "nothing"],
)
def test_a_proof_of_something_else_is_refused(store: Any, changes: dict[str, Any]) -> None:
    ann = Person("ann").move_in(store)
    with pytest.raises(ProofRefused):
        Proofs(Rosters(store)).verify(proof(ann, ann.machine, **changes))


def test_a_proof_by_another_device_of_the_same_person_is_refused(store: Any) -> None:
    ann = Person("ann", machines=2).move_in(store)
    claimed = proof(ann, ann.machines[1], device_id=ann.machine.device_id)
    with pytest.raises(ProofRefused):
        Proofs(Rosters(store)).verify(claimed)


def test_a_device_that_is_not_in_the_list_is_told_so(store: Any) -> None:
    ann, bob = Person("ann").move_in(store), Person("bob").move_in(store)
    for stranger in (Machine(), bob.machine):
        with pytest.raises(ForeignDevice):
            Proofs(Rosters(store)).verify(proof(ann, stranger))
