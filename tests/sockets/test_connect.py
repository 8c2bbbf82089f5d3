"""Who may open a socket, and what is asked of a device before anything else."""

from __future__ import annotations

import os
from typing import Any

import pytest

from crypto.wire import b64_decode, b64_encode
from tests.services.town import Machine
from tests.sockets.site import Member, Site, cookie_of, message, now
from tests.transport.wire import Wire

FOREIGN = "https://evil.example.org"


@pytest.fixture
def ann(site: Site) -> Member:
    return site.moves_in()


# -- the handshake --------------------------------------------------------------


def test_a_session_on_our_own_page_is_let_in(ann: Member) -> None:
    assert ann.opens().status == 101


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": None}, 401),
        ({"Cookie": "cryptexq_session=nonsense"}, 401),
        ({"Cookie": f"cryptexq_session={cookie_of(os.urandom(32))}"}, 401),
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": FOREIGN}, 403),
        ({"Origin": "https://127.0.0.1"}, 403),
    ],
    ids=["no cookie", "nonsense", "unknown token", "no origin", "null", "foreign", "other scheme"],
)
def test_others_are_refused_while_it_is_still_http(
    ann: Member, headers: dict[str, Any], status: int
) -> None:
    assert ann.opens(**headers).status == status


def test_a_cookie_with_a_changed_signature_is_refused(ann: Member) -> None:
    changed = ann.cookie[:-2] + ("AA" if ann.cookie[-2:] != "AA" else "BB")
    assert ann.opens(Cookie=f"cryptexq_session={changed}").status == 401


def test_an_expired_session_is_refused(site: Site) -> None:
    expired = site.moves_in(expires_at=now() - 1)
    assert expired.opens().status == 401


def test_a_trusted_origin_is_let_in(tmp_path: Any) -> None:
    with Site(tmp_path, CORS_ORIGIN="https://chat.example.org") as site:
        ann = site.moves_in()
        assert ann.opens(Origin="https://chat.example.org").status == 101
        assert ann.opens(Origin=FOREIGN).status == 403


def test_sockets_of_one_account_are_capped(ann: Member) -> None:
    statuses = [ann.opens().status for _ in range(40)]
    assert statuses.count(101) == 32
    assert set(statuses) == {101, 429}


def test_a_loop_of_handshakes_is_stopped(ann: Member) -> None:
    statuses = []
    for _ in range(150):
        wire = ann.opens()
        statuses.append(wire.status)
        wire.close()
    assert set(statuses) == {101, 429}
    assert statuses.index(429) >= 100


# -- the proof ------------------------------------------------------------------


def test_a_challenge_is_new_each_time(ann: Member) -> None:
    assert ann.connects().challenge["nonce"] != ann.connects().challenge["nonce"]


@pytest.mark.parametrize(
    "changes",
    [{"nonce": bytes(32)}, {"origin": FOREIGN}, {"user_id": bytes(16)}],
    ids=["nonce", "origin", "user"],
)
def test_a_proof_of_something_else_is_refused(ann: Member, changes: dict[str, Any]) -> None:
    line = ann.connects()
    proof = line.proof(ann.person.machine, **changes)
    assert line.refusal("device:prove", proof) == "proof_refused"


def test_a_proof_that_was_overheard_is_worth_nothing(ann: Member) -> None:
    first = ann.connects()
    overheard = first.proof(ann.person.machine)
    assert first.call("device:prove", overheard)["ok"] is True
    assert ann.connects().refusal("device:prove", overheard) == "proof_refused"


def test_a_challenge_is_answered_once(ann: Member) -> None:
    """Else a thief of a session could guess on and on."""
    line = ann.connects()
    wrong = line.proof(ann.person.machine, nonce=bytes(32))
    assert line.refusal("device:prove", wrong) == "proof_refused"
    right = line.proof(ann.person.machine)
    assert line.refusal("device:prove", right) == "proof_refused"


def test_a_malformed_proof_does_not_spend_the_challenge(ann: Member) -> None:
    line = ann.connects()
    assert line.refusal("device:prove", {"device": 1}) == "malformed"
    assert line.prove(ann.person.machine)["ok"] is True


def test_a_device_that_is_not_in_the_list_is_told_so(site: Site, ann: Member) -> None:
    bob = site.moves_in()
    for machine in (Machine(), bob.person.machine):
        line = ann.connects()
        assert line.refusal("device:prove", line.proof(machine)) == "foreign_device"


def test_before_the_proof_nothing_can_be_sent_and_nothing_is_heard(site: Site) -> None:
    ann, bob = site.friends()
    deaf, proven = ann.connects(), ann.proves()
    raw = ann.envelope(bob, 1)
    refused = deaf.refusal("message:send", message(ann.with_(bob), raw))
    assert refused == "not_proven"
    bob.proves().send(ann, bob.envelope(ann, 1))
    assert proven.next("entry:new")["n"] == 2
    assert deaf.seen() == []


def test_a_refused_proof_opens_nothing(site: Site) -> None:
    ann, bob = site.friends()
    line = ann.connects()
    line.refusal("device:prove", line.proof(ann.person.machine, nonce=bytes(32)))
    refused = line.refusal("message:send", message(ann.with_(bob), ann.envelope(bob, 1)))
    assert refused == "not_proven"


PROOF = {"device": b64_encode(bytes(16)), "signature": b64_encode(bytes(3373))}


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "text",
        {},
        {"device": PROOF["device"]},
        {**PROOF, "more": 1},
        {**PROOF, "device": 5},
        {**PROOF, "device": None},
        {**PROOF, "device": PROOF["device"] + "=="},
        {**PROOF, "device": PROOF["device"][:-1]},
        {**PROOF, "signature": b64_encode(bytes(3372))},
        {**PROOF, "signature": "A" * 60_000},
    ],
)
def test_a_proof_of_the_wrong_form_is_malformed(ann: Member, payload: Any) -> None:
    assert ann.connects().refusal("device:prove", payload) == "malformed"


def test_a_proof_without_or_with_too_many_arguments_is_malformed(ann: Member) -> None:
    line = ann.connects()
    assert line.refusal("device:prove") == "malformed"
    assert line.refusal("device:prove", PROOF, PROOF) == "malformed"


def test_raw_frames_before_the_welcome_are_not_events(site: Site, ann: Member) -> None:
    wire: Wire = ann.opens()
    wire.receive()
    wire.send('421["message:send",{}]')
    assert wire.end().code == 1002
    assert b64_decode(ann.connects().challenge["nonce"])


def test_joining_twice_changes_nothing(ann: Member) -> None:
    line = ann.proves()
    line.wire.send("40")
    assert line.refusal("ping, so to speak") == "unknown_event"
    assert line.events == []


def test_a_client_that_leaves_and_joins_again_must_prove_itself_again(site: Site) -> None:
    ann, bob = site.friends()
    line = ann.proves()
    line.wire.send("41")
    line.wire.send("40")
    assert line.next("device:challenge")["nonce"] != line.challenge["nonce"]
    sent = message(ann.with_(bob), ann.envelope(bob, 1))
    assert line.refusal("message:send", sent) == "not_proven"
