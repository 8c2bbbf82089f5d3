"""The watch over sockets, with time and tasks in the hands of the test."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from crypto.wire import b64_encode
from errors import StoreError
from services.connections import Connections, Peer
from services.events import DeviceListChanged, Events
from services.refusals import DeviceRemoved
from web.admission import Visitor
from web.budgets import Budgets
from web.delivery import Delivery
from web.sockets import Sockets
from web.transport.budget import Rate
from web.warden import NONCE, PROOF_SECONDS, Warden

ANN, BOB = b"a" * 16, b"b" * 16
PHONE, TABLET = b"p" * 16, b"t" * 16
HOUR = 3_600_000


class Stage:
    """A warden whose tasks run when the test says so; `slept` are the times that it waits."""

    def __init__(self) -> None:
        self.tasks: list[tuple[Any, ...]] = []
        self.slept: list[float] = []
        self.told: list[tuple[str, str]] = []
        self.hung_up: list[str] = []
        self.forgotten: list[bytes] = []
        self.devices: frozenset[bytes] | None = frozenset([PHONE])
        self.connections = Connections()
        self.delivery = Delivery(
            self.connections,
            lambda event, _data, to: self.told.extend((event, sid) for sid in to),
            lambda sid, _why: self.hung_up.append(sid),
        )
        self.events = Events()
        self.warden = Warden(self._house(), self._messaging(), self.delivery, self.connections)

    def _house(self) -> Any:
        runtime = SimpleNamespace(
            spawn=lambda *task: self.tasks.append(task), sleep=self.slept.append
        )
        return SimpleNamespace(
            runtime=runtime,
            events=self.events,
            clock=lambda: 0,
            random=bytes,
            in_thread=lambda work, *args: work(*args),
        )

    def _messaging(self) -> Any:
        rosters = SimpleNamespace(forget=self.forgotten.append, device_ids=self.read_devices)
        conversations = SimpleNamespace(contacts=lambda _: {BOB})
        return SimpleNamespace(rosters=rosters, conversations=conversations)

    def read_devices(self, _user_id: bytes) -> frozenset[bytes]:
        if self.devices is None:
            raise StoreError
        return self.devices

    def opens(self, sid: str = "1", user: bytes = ANN) -> Peer:
        self.warden.opened(sid, Visitor(user, b"session", HOUR, "https://a.example"))
        peer = self.connections.get(sid)
        assert peer is not None
        return peer

    def run(self) -> None:
        while self.tasks:
            work, *args = self.tasks.pop(0)
            work(*args)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def only_proof_task(stage: Stage) -> None:
    """The sweep goes on for as long as somebody is there."""
    stage.tasks = stage.tasks[:1]


def test_who_does_not_prove_a_device_in_time_is_sent_away(stage: Stage) -> None:
    peer = stage.opens()
    assert len(peer.nonce or b"") == NONCE
    assert stage.told == [("device:challenge", "1")]
    only_proof_task(stage)
    stage.run()
    assert stage.slept == [PROOF_SECONDS]
    assert stage.told[-1] == ("session:ended", "1")
    assert stage.hung_up == ["1"]


def test_who_did_stays(stage: Stage) -> None:
    stage.opens().device_id = PHONE
    only_proof_task(stage)
    stage.run()
    assert stage.hung_up == []


def test_the_deadline_of_one_who_left_does_not_fall_on_somebody_else(stage: Stage) -> None:
    stage.opens()
    only_proof_task(stage)
    stage.warden.closed("1")
    stage.run()
    assert stage.hung_up == []


def test_expired_sessions_are_swept_out_and_the_sweep_ends_with_the_last(stage: Stage) -> None:
    stage.opens("1").device_id = PHONE
    stage.warden.end_expired(HOUR - 1)
    assert stage.hung_up == []
    stage.warden.end_expired(HOUR)
    assert stage.hung_up == ["1"]
    stage.warden.closed("1")
    stage.run()
    assert stage.tasks == []
    stage.opens("2")
    assert len(stage.tasks) == 2  # a deadline, and a new sweep


def test_a_list_without_the_device_ends_its_sockets_even_in_the_middle_of_a_proof(
    stage: Stage,
) -> None:
    proving, proven, staying = (stage.opens(sid) for sid in "123")
    proving.claimed = TABLET
    proven.claimed = proven.device_id = TABLET
    staying.claimed = staying.device_id = PHONE
    stage.tasks.clear()
    stage.events.publish(DeviceListChanged(ANN, 2))
    assert stage.forgotten == [ANN]  # at once: messages that arrive meanwhile are judged by it
    stage.run()
    assert stage.hung_up == ["1", "2"]
    assert ("list:changed", "3") in stage.told
    assert proving.closing
    assert proven.closing


def test_a_proof_that_outlasts_its_socket_opens_nothing(stage: Stage) -> None:
    """The device leaves the list while its signature is being checked against the old one."""
    peer, replies = stage.opens(), []
    house, messaging = stage._house(), stage._messaging()
    house.config = SimpleNamespace(messages_per_second=1, messages_burst=1)
    house.runtime.clock = lambda: 0.0
    messaging.proofs = SimpleNamespace(verify=lambda _: stage.delivery.end(peer, DeviceRemoved()))
    relay: Any = None
    sockets = Sockets(house, messaging, relay, stage.delivery, stage.connections)
    stage.tasks.clear()
    claim = {"device": b64_encode(PHONE), "signature": b64_encode(bytes(3373))}
    sockets.prove("1", claim, replies.append)
    stage.run()
    assert stage.hung_up == ["1"]
    assert peer.device_id is None
    assert replies == []


def test_when_the_new_list_cannot_be_read_nobody_stays_who_may_have_been_removed(
    stage: Stage,
) -> None:
    mine, theirs = stage.opens("1"), stage.opens("2", BOB)
    mine.claimed = mine.device_id = PHONE
    theirs.claimed = theirs.device_id = TABLET
    stage.tasks.clear()
    stage.devices = None
    stage.events.publish(DeviceListChanged(ANN, 2))
    stage.run()
    assert stage.hung_up == ["1"]


def test_the_last_word_is_said_once_and_nothing_follows_it(stage: Stage) -> None:
    peer = stage.opens()
    peer.claimed = peer.device_id = PHONE
    stage.warden.end_expired(HOUR)
    stage.warden.end_expired(HOUR)
    stage.delivery.conversation(b"c" * 16, [ANN])
    assert stage.told == [("device:challenge", "1"), ("session:ended", "1")]


# -- the registry and the budgets -------------------------------------------------


def test_only_proven_sockets_of_the_named_people_are_found(stage: Stage) -> None:
    proven, unproven, other = stage.opens("1"), stage.opens("2"), stage.opens("3", BOB)
    proven.device_id, other.device_id = PHONE, TABLET
    assert stage.connections.proven([ANN]) == [proven]
    assert stage.connections.of_user(ANN) == [proven, unproven]
    assert stage.connections.of_session(ANN, b"session") == [proven, unproven]
    assert stage.connections.of_session(ANN, b"another") == []
    stage.connections.remove("1")
    stage.connections.remove("1")
    assert stage.connections.proven([ANN, BOB]) == [other]


def test_nobody_who_left_is_remembered(stage: Stage) -> None:
    stage.opens("1")
    stage.warden.closed("1")
    assert len(stage.connections) == 0
    assert stage.connections.of_user(ANN) == []
    assert stage.connections._by_user == {}


def test_budgets_are_by_device_and_bounded() -> None:
    now = [0.0]
    budgets = Budgets(Rate(per_second=1, burst=1), lambda: now[0], size=2)
    assert [budgets.spend(PHONE), budgets.spend(PHONE), budgets.spend(TABLET)] == [
        True,
        False,
        True,
    ]
    now[0] = 1.0
    assert budgets.spend(PHONE)
    budgets.spend(b"x" * 16)  # the tablet's, untouched for longest, is forgotten
    assert budgets.spend(PHONE) is False
    assert len(budgets._buckets) == 2
