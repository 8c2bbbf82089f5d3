"""The API of conversations over HTTP: what it answers, and what it refuses."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest

from crypto import commit
from crypto.wire import b64_decode, b64_encode
from tests.services.town import Machine, Made
from tests.sockets.site import Member, Site, now
from tests.sockets.test_delivery import publishes_list

Pair = tuple[Member, Member]


@pytest.fixture
def pair(site: Site) -> Pair:
    return site.friends()


def code(answer: Any) -> str:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["title"]
    assert problem["detail"]
    return str(problem["code"])


def path(ann: Member, bob: Member) -> str:
    return f"/conversations/{b64_encode(ann.with_(bob))}"


# -- starting and listing -------------------------------------------------------


def test_a_conversation_is_started_once_and_found_again(site: Site) -> None:
    ann, bob = site.moves_in(), site.moves_in()
    first = ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)})
    again = bob.post("/conversations", {"user_id": b64_encode(ann.person.user_id)})
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert first.json()["id"] == b64_encode(ann.with_(bob))
    names = {member["user_id"]: member["name"] for member in first.json()["members"]}
    assert names == {b64_encode(m.person.user_id): m.person.name for m in (ann, bob)}


def test_conversations_are_listed_with_where_they_stand(pair: Pair) -> None:
    ann, bob = pair
    ann.proves().send(bob, ann.envelope(bob, 1))
    (listed,) = bob.get("/conversations").json()["conversations"]
    state = bob.site.state(bob.with_(ann))
    assert (listed["n"], listed["epoch"]) == (2, 1)
    assert b64_decode(listed["head"]) == state.head
    assert listed["updated_at"] == state.received_at
    assert {m["name"] for m in listed["members"]} == {ann.person.name, bob.person.name}


@pytest.mark.parametrize(
    "body",
    [{}, [], {"user_id": 5}, {"user_id": "short"}, {"user_id": b64_encode(bytes(16)), "more": 1}],
)
def test_a_start_of_the_wrong_form_is_malformed(site: Site, body: Any) -> None:
    assert code(site.moves_in().post("/conversations", body)) == "malformed"


def test_nobody_starts_with_a_stranger_or_oneself(site: Site) -> None:
    ann = site.moves_in()
    nobody = {"user_id": b64_encode(os.urandom(16))}
    assert code(ann.post("/conversations", nobody)) == "no_such_user"
    oneself = {"user_id": b64_encode(ann.person.user_id)}
    assert code(ann.post("/conversations", oneself)) == "with_oneself"


def test_without_a_session_nothing_is_answered(pair: Pair) -> None:
    ann, bob = pair
    ann.delete("/sessions/current")
    ann.web.headers["X-CSRF-Token"] = ann.get("/csrf").json()["token"]
    device = b64_encode(ann.device)
    answers = [
        ann.get("/conversations"),
        ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)}),
        ann.get(f"{path(ann, bob)}/entries?device={device}"),
        ann.commits(bob),
    ]
    assert [code(answer) for answer in answers] == ["not_signed_in"] * 4


# -- entries --------------------------------------------------------------------


def test_entries_come_with_the_own_sealed_entry(pair: Pair) -> None:
    ann, bob = pair
    made = bob.makes_commit(ann)
    bob.publishes(bob.with_(ann), made)
    ann.proves().send(bob, ann.envelope(bob, 1))
    first, second, third = ann.entries(bob)
    assert [entry["kind"] for entry in (first, second, third)] == [1, 1, 2]
    assert first["entry"] is None  # its own commit
    assert b64_decode(second["entry"]) == made.sealed[ann.device]
    assert b64_decode(second["bytes"]) == made.raw
    assert "entry" not in third


@pytest.mark.parametrize(
    "query",
    [
        "",
        "device=short",
        "device={device}&after=-1",
        "device={device}&after=x",
        "device={device}&limit=0",
        "device={device}&limit=1.5",
        "device={device}&device={device}",
        "device={device}&room=1",
    ],
)
def test_a_page_asked_for_in_the_wrong_form_is_malformed(pair: Pair, query: str) -> None:
    ann, bob = pair
    asked = query.format(device=b64_encode(ann.device))
    assert code(ann.get(f"{path(ann, bob)}/entries?{asked}")) == "malformed"


def test_a_stranger_reads_nothing_and_learns_nothing(site: Site, pair: Pair) -> None:
    ann, bob = pair
    eve, device = site.moves_in(), ""
    device = b64_encode(eve.device)
    problems = []
    for conversation in (b64_encode(ann.with_(bob)), b64_encode(os.urandom(16))):
        answer = eve.get(f"/conversations/{conversation}/entries?device={device}")
        problems.append({**answer.json(), "request_id": None})
    assert problems[0] == problems[1]
    assert problems[0]["code"] == "no_such_conversation"


def test_nobody_reads_with_the_device_of_another(pair: Pair) -> None:
    ann, bob = pair
    answer = ann.get(f"{path(ann, bob)}/entries?device={b64_encode(bob.device)}")
    assert code(answer) == "foreign_device"


# -- commits --------------------------------------------------------------------


def test_a_commit_is_acknowledged_with_its_place(site: Site) -> None:
    ann, bob = site.moves_in(), site.moves_in()
    ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)})
    answer = ann.commits(bob)
    assert answer.status_code == 201
    state = site.state(ann.with_(bob))
    assert answer.json()["n"] == state.n == 1
    assert b64_decode(answer.json()["head"]) == state.head
    assert answer.json()["received_at"] == state.received_at
    assert len(b64_decode(answer.json()["seal"])) == 32


def test_of_two_racing_commits_one_wins_and_the_other_is_told(pair: Pair) -> None:
    ann, bob = pair
    mine, theirs = ann.makes_commit(bob), bob.makes_commit(ann)
    assert bob.publishes(bob.with_(ann), theirs).status_code == 201
    lost = ann.publishes(ann.with_(bob), mine)
    assert (lost.status_code, code(lost)) == (409, "epoch_taken")
    assert (lost.json()["epoch"], lost.json()["n"]) == (2, 2)
    state = ann.site.state(ann.with_(bob))
    assert state.current is not None
    assert (state.n, state.current.commit_hash) == (2, theirs.hash)


def test_a_roster_that_has_become_stale_is_told_with_versions(pair: Pair) -> None:
    ann, bob = pair
    made = ann.makes_commit(bob)
    bob.person.machines.append(Machine())
    publishes_list(bob)
    answer = ann.publishes(ann.with_(bob), made)
    assert (answer.status_code, code(answer)) == (409, "roster_stale")
    users = [b64_encode(m.person.user_id) for m in pair]
    assert answer.json()["versions"] == dict(zip(users, (1, 2), strict=True))


BAD: dict[str, tuple[Callable[[Member, Member], Made], str]] = {
    "another parent": (
        lambda a, b: a.makes_commit(b, previous_hash=bytes([1]) * 32),
        "wrong_parent",
    ),
    "an epoch left out": (lambda a, b: a.makes_commit(b, epoch=3), "wrong_parent"),
    "another person's name": (lambda a, b: b.makes_commit(a), "foreign_device"),
    "a device of nobody": (lambda a, b: a.makes_commit(b, machine=Machine()), "foreign_device"),
    "no signature": (lambda a, b: a.makes_commit(b, sign=False), "commit_refused"),
    "a device left out": (lambda a, b: a.makes_commit(b, refs=lambda r: ()), "commit_refused"),
    "a member left out": (
        lambda a, b: a.makes_commit(b, members=(a.person.member(),)),
        "commit_refused",
    ),
    "a clock ten minutes behind": (
        lambda a, b: a.makes_commit(b, created_at=now() - 600_000),
        "clock_off",
    ),
    "a mode that is coming": (
        lambda a, b: a.makes_commit(b, mode=commit.QKD, qkd_key_ids=(bytes(16),)),
        "mode_unavailable",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_commit_that_breaks_a_rule_is_refused_and_not_stored(pair: Pair, name: str) -> None:
    ann, bob = pair
    make, expected = BAD[name]
    made = make(ann, bob)
    if expected == "commit_refused":
        # Named without its entries, a commit is refused for their sake; that is not what we test.
        named = {ref.device_id for ref in commit.parse_commit(made.raw).refs}
        made = Made(made.raw, {k: v for k, v in made.sealed.items() if k in named})
    assert code(ann.publishes(ann.with_(bob), made)) == expected
    assert ann.site.state(ann.with_(bob)).n == 1


def body(made: Made, **changes: Any) -> dict[str, Any]:
    entries = {b64_encode(device): b64_encode(box) for device, box in made.sealed.items()}
    return {"commit": b64_encode(made.raw), "entries": entries, **changes}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"commit": 1}, "malformed"),
        ({"commit": ""}, "malformed"),
        ({"commit": "AQ=="}, "malformed"),
        ({"commit": b64_encode(b"\2" * 5000)}, "unknown_version"),
        ({"commit": b64_encode(b"\1" * 5000)}, "malformed"),
        ({"commit": b64_encode(bytes(370 * 1024))}, "malformed"),
        ({"entries": []}, "malformed"),
        ({"entries": {"x": "y"}}, "malformed"),
        ({"entries": {b64_encode(bytes(16)): b64_encode(bytes(1167))}}, "malformed"),
        ({"entries": {}}, "commit_refused"),
        ({"more": 1}, "malformed"),
    ],
)
def test_a_commit_of_the_wrong_form_is_refused(
    pair: Pair, changes: dict[str, Any], expected: str
) -> None:
    ann, bob = pair
    answer = ann.post(f"{path(ann, bob)}/commits", body(ann.makes_commit(bob), **changes))
    assert code(answer) == expected


def test_a_body_beyond_half_a_megabyte_is_not_read(pair: Pair) -> None:
    ann, bob = pair
    answer = ann.post(f"{path(ann, bob)}/commits", {"commit": "A" * 600_000, "entries": {}})
    assert code(answer) == "body_too_large"


def test_a_stranger_cannot_commit_nor_learn_of_the_conversation(site: Site, pair: Pair) -> None:
    ann, bob = pair
    eve, made = site.moves_in(), ann.makes_commit(bob)
    there = eve.publishes(ann.with_(bob), made)
    assert (there.status_code, code(there)) == (404, "no_such_conversation")


def test_a_commit_without_the_csrf_token_is_refused(pair: Pair) -> None:
    ann, bob = pair
    del ann.web.headers["X-CSRF-Token"]
    assert code(ann.commits(bob)) == "csrf_failed"
