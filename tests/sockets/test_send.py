"""What is refused of what a proven device sends: a clear error each, and the connection stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from crypto import envelope
from crypto.wire import b64_encode
from services.messages import MAX_ENVELOPE
from tests.services.town import Machine
from tests.sockets.site import Line, Member, Site, message, now
from tests.sockets.test_delivery import publishes_list

TEN_MINUTES = 600_000


@pytest.fixture
def pair(site: Site) -> tuple[Member, Member]:
    return site.friends()


def test_a_receipt_is_an_entry_of_its_own_kind(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    at_bob = bob.proves()
    assert ann.proves().send(bob, ann.envelope(bob, 1, type=envelope.RECEIPT))["n"] == 2
    assert at_bob.next("entry:new")["kind"] == 3


# -- form -----------------------------------------------------------------------

GOOD = {"conversation": b64_encode(bytes(16)), "envelope": b64_encode(bytes(300))}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        True,
        7,
        "text",
        [],
        {},
        {"envelope": GOOD["envelope"]},
        {"conversation": GOOD["conversation"]},
        {**GOOD, "room": "everybody"},
        {**GOOD, "conversation": None},
        {**GOOD, "conversation": ["a"]},
        {**GOOD, "conversation": b64_encode(bytes(15))},
        {**GOOD, "conversation": GOOD["conversation"] + "=="},
        {**GOOD, "conversation": GOOD["conversation"][:-1] + "B"},
        {**GOOD, "envelope": 12},
        {**GOOD, "envelope": ""},
        {**GOOD, "envelope": "not base64url!"},
        {**GOOD, "envelope": "+/+/"},
        {**GOOD, "envelope": "AQ\n"},
        {**GOOD, "envelope": "\u00e9\u00e9"},
    ],
)
def test_a_message_of_the_wrong_form_is_malformed(site: Site, payload: Any) -> None:
    assert site.moves_in().proves().refusal("message:send", payload) == "malformed"


@pytest.mark.parametrize("cut", [1, 65, 66, 69, 70, 200, -1])
def test_a_truncated_envelope_is_malformed(pair: tuple[Member, Member], cut: int) -> None:
    ann, bob = pair
    raw = ann.envelope(bob, 1)[:cut]
    assert refused(ann.proves(), bob, raw) == "malformed"


def test_an_overlong_envelope_is_too_large(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    line = ann.proves()
    for size in (MAX_ENVELOPE + 1, MAX_ENVELOPE + 20_000):
        assert refused(line, bob, b"\1" + os.urandom(size - 1)) == "too_large"


def test_an_unknown_version_is_named_as_such(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    raw = b"\x02" + ann.envelope(bob, 1)[1:]
    assert refused(ann.proves(), bob, raw) == "unknown_version"


def test_a_number_above_what_all_languages_hold_is_malformed(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    raw = bytearray(ann.envelope(bob, 1))
    raw[42:50] = b"\xff" * 8
    assert refused(ann.proves(), bob, bytes(raw)) == "malformed"


def refused(line: Line, other: Member, raw: bytes) -> str:
    return line.refusal("message:send", message(line.member.with_(other), raw))


# -- who, where, when -----------------------------------------------------------

Forge = Callable[[Member, Member], bytes]

REFUSED: dict[str, tuple[Forge, str]] = {
    "a device that nobody has": (
        lambda ann, bob: ann.envelope(bob, 1, Machine()),
        "foreign_device",
    ),
    "another person's device": (
        lambda ann, bob: ann.envelope(bob, 1, bob.person.machine),
        "foreign_device",
    ),
    "an epoch to come": (lambda ann, bob: ann.envelope(bob, 1, epoch=2), "stale_epoch"),
    "another commit": (
        lambda ann, bob: ann.envelope(bob, 1, commit_hash=bytes(16)),
        "wrong_commit",
    ),
    "a clock ten minutes behind": (
        lambda ann, bob: ann.envelope(bob, 1, sent_at=now() - TEN_MINUTES),
        "clock_off",
    ),
    "a clock ten minutes ahead": (
        lambda ann, bob: ann.envelope(bob, 1, sent_at=now() + TEN_MINUTES),
        "clock_off",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_breaks_a_rule_is_refused_and_not_stored(
    pair: tuple[Member, Member], name: str
) -> None:
    ann, bob = pair
    forge, code = REFUSED[name]
    at_ann, at_bob = ann.proves(), bob.proves()
    assert refused(at_ann, bob, forge(ann, bob)) == code
    assert at_bob.seen() == []
    assert ann.site.state(ann.with_(bob)).n == 1
    assert at_ann.send(bob, ann.envelope(bob, 1))["ok"] is True


def test_another_device_of_oneself_must_send_by_itself(site: Site) -> None:
    """It has proven nothing on this connection."""
    ann, bob = site.friends(machines=2)
    other = ann.person.machines[1]
    assert refused(ann.proves(), bob, ann.envelope(bob, 1, other)) == "foreign_device"
    assert ann.proves(other).send(bob, ann.envelope(bob, 1, other))["ok"] is True


def test_a_stranger_cannot_send_to_a_conversation_nor_learn_of_it(
    site: Site, pair: tuple[Member, Member]
) -> None:
    ann, bob = pair
    eve = site.moves_in()
    line, errors = eve.proves(), []
    for conversation in (ann.with_(bob), os.urandom(16)):
        raw = ann.envelope(bob, 1, eve.person.machine, conversation=conversation)
        errors.append(line.call("message:send", message(conversation, raw)))
    assert errors[0] == errors[1]
    assert errors[0]["error"]["code"] == "not_a_member"
    assert site.state(ann.with_(bob)).n == 1


def test_an_envelope_goes_to_the_conversation_that_it_names(
    site: Site, pair: tuple[Member, Member]
) -> None:
    ann, bob = pair
    eve = site.moves_in()
    ann.post("/conversations", {"user_id": b64_encode(eve.person.user_id)})
    raw = ann.envelope(bob, 1)
    sent = message(ann.with_(eve), raw)
    assert ann.proves().refusal("message:send", sent) == "malformed"


def test_before_the_first_commit_the_epoch_is_stale(site: Site) -> None:
    ann, bob = site.moves_in(), site.moves_in()
    ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)})
    made = envelope.Header(
        envelope.MESSAGE, ann.with_(bob), 1, ann.device, 1, now(), os.urandom(16)
    )
    raw = envelope.serialise(envelope.Envelope(made, os.urandom(272), bytes(32), b""))
    error = ann.proves().send(bob, raw)["error"]
    assert (error["code"], error["epoch"]) == ("stale_epoch", 0)


def test_the_previous_epoch_still_counts_for_a_moment(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    early = ann.envelope(bob, 1)
    assert bob.commits(ann).status_code == 201
    assert ann.proves().send(bob, early)["ok"] is True


def test_an_epoch_before_the_previous_is_stale(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    early = ann.envelope(bob, 1)
    assert (bob.commits(ann).status_code, ann.commits(bob).status_code) == (201, 201)
    error = ann.proves().send(bob, early)["error"]
    assert (error["code"], error["epoch"]) == ("stale_epoch", 3)


# -- the same again -------------------------------------------------------------


def test_an_exact_resend_gets_the_first_acknowledgement_and_is_delivered_once(
    pair: tuple[Member, Member],
) -> None:
    ann, bob = pair
    at_bob, raw = bob.proves(), ann.envelope(bob, 1)
    first = ann.proves().send(bob, raw)
    again = ann.proves().send(bob, raw)
    assert first == again
    assert [data["n"] for _, data in at_bob.seen()] == [2]


def test_a_changed_resend_is_refused_with_the_number_to_go_on_from(
    pair: tuple[Member, Member],
) -> None:
    ann, bob = pair
    line = ann.proves()
    line.send(bob, ann.envelope(bob, 1))
    line.send(bob, ann.envelope(bob, 5))
    for seq in (1, 2, 5):
        error = line.send(bob, ann.envelope(bob, seq))["error"]
        assert (error["code"], error["last_seq"]) == ("number_taken", 5)
    assert line.send(bob, ann.envelope(bob, 6))["ok"] is True


def test_a_message_replayed_by_its_reader_is_refused(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    at_ann, at_bob = ann.proves(), bob.proves()
    raw = ann.envelope(bob, 1)
    at_ann.send(bob, raw)
    assert refused(at_bob, ann, raw) == "foreign_device"


# -- how much -------------------------------------------------------------------


def test_an_event_that_does_not_exist_is_refused(site: Site) -> None:
    line = site.moves_in().proves()
    for event in ("join", "room:join", "entry:new", "connect", "disconnect", "*", ""):
        assert line.refusal(event, {"room": "everybody"}) == "unknown_event"


def test_nonsense_is_borne_for_a_while_and_then_ends(site: Site) -> None:
    line = site.moves_in().proves()
    for _ in range(19):
        assert line.refusal("message:send", None) == "malformed"
    line.emit("message:send", None)
    assert line.next("session:ended")["code"] == "too_many_faults"
    assert line.end().code == 1008


def test_what_happens_to_honest_clients_is_never_counted_as_nonsense(
    pair: tuple[Member, Member],
) -> None:
    ann, bob = pair
    line = ann.proves()
    for _ in range(30):
        assert refused(line, bob, ann.envelope(bob, 1, epoch=9)) == "stale_epoch"


def test_a_device_that_sends_too_fast_is_told_to_wait(tmp_path: Path) -> None:
    with Site(tmp_path, MESSAGES_PER_SECOND="1", MESSAGES_BURST="5") as site:
        ann, bob = site.friends()
        line = ann.proves()
        sent = message(ann.with_(bob), ann.envelope(bob, 1, epoch=9))
        numbers = [line.emit("message:send", sent) for _ in range(15)]
        errors = [line.ack(number)["error"] for number in numbers]
        assert [error["code"] for error in errors[:5]] == ["stale_epoch"] * 5
        assert (errors[-1]["code"], errors[-1]["retry_after"]) == ("rate_limited", 1)
        # Another connection of the same device has no budget of its own; another device has.
        assert ann.proves().refusal("message:send", sent) == "rate_limited"
        assert bob.proves().send(ann, bob.envelope(ann, 1))["ok"] is True


def test_after_a_list_has_changed_a_commit_comes_first(pair: tuple[Member, Member]) -> None:
    ann, bob = pair
    line = ann.proves()
    early = ann.envelope(bob, 1)
    first = line.send(bob, early)
    bob.person.machines.append(Machine())
    publishes_list(bob)
    for kind in (envelope.MESSAGE, envelope.RECEIPT):
        assert refused(line, bob, ann.envelope(bob, 2, type=kind)) == "roster_stale"
    assert line.send(bob, early) == first
    assert ann.commits(bob).status_code == 201
    assert line.send(bob, ann.envelope(bob, 1))["ok"] is True
