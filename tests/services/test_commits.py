"""What the server asks of a commit, who wins a race, and what is stored with it."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crypto import commit, transcript
from crypto.wire import b64_encode
from errors import Conflict, CryptexqError
from services.commits import CLOCK_MS, RULES, Case, Offer, check, parse
from services.messages import Accepted
from services.refusals import (
    ClockOff,
    CommitRefused,
    EpochTaken,
    ForeignDevice,
    Malformed,
    ModeUnavailable,
    NoSuchConversation,
    Overloaded,
    RosterStale,
    UnknownVersion,
    WrongParent,
)
from services.transcript import Tail
from store.sqlite import SqliteStore
from tests.services.town import NOW, SEAL_KEY, Machine, Made, Person, Town, make_commit


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = SqliteStore(tmp_path)
    yield Town(store, Person("ann", machines=2), Person("bob", machines=2))
    store.close()


def case(town: Town, made: Made, by: Person | None = None) -> Case:
    """As `Commits` would judge it now."""
    user_id = (by or town.ann).user_id
    lists = {user_id: town.rosters.current(user_id) for user_id in town.state.members}
    parsed = commit.parse_commit(made.raw)
    return Case(Tail.of(town.state), lists, user_id, parsed, town.clock())


# -- the rules: a town in epoch 1, and a second commit that breaks one of them ----


def second(town: Town, **changes: Any) -> Made:
    return make_commit(town.people, town.state, **changes)


def with_a_stranger(town: Town) -> Made:
    members = [p.member() for p in (*town.people, Person("eve"))]
    return second(town, members=tuple(sorted(members, key=lambda m: m.user_id)))


def without_bob(town: Town) -> Made:
    return second(town, members=(town.ann.member(),))


def about_bob(town: Town, **changes: Any) -> Made:
    """The members with something else about one of them."""
    members = (dataclasses.replace(town.bob.member(), **changes), town.ann.member())
    return second(town, members=tuple(sorted(members, key=lambda m: m.user_id)))


def with_an_intruder(town: Town) -> Made:
    intruder = commit.Ref(b"\xff" * 16, os.urandom(16), commit.JOINER, os.urandom(32))
    return second(town, refs=lambda refs: (*refs, intruder))


def with_a_needless_joiner(town: Town) -> Made:
    def change(refs: tuple[commit.Ref, ...]) -> tuple[commit.Ref, ...]:
        return (dataclasses.replace(refs[0], kind=commit.JOINER), *refs[1:])

    return second(town, refs=change)


BROKEN: dict[str, tuple[Callable[[Town], Made], type[CryptexqError]]] = {
    "another's name as committer": (lambda town: second(town, by=town.bob), ForeignDevice),
    "a device that is in no list": (lambda town: second(town, machine=Machine()), ForeignDevice),
    "a mode that is not there yet": (
        lambda town: second(town, mode=commit.QKD, qkd_key_ids=(bytes(16),)),
        ModeUnavailable,
    ),
    "clock behind": (lambda town: second(town, created_at=NOW - CLOCK_MS - 1), ClockOff),
    "clock ahead": (lambda town: second(town, created_at=NOW + CLOCK_MS + 1), ClockOff),
    "an epoch that is taken": (
        lambda town: second(town, epoch=1, previous_hash=commit.NO_HASH, kind=commit.RESTART),
        EpochTaken,
    ),
    "an epoch is left out": (lambda town: second(town, epoch=3), WrongParent),
    "another parent": (lambda town: second(town, previous_hash=b"x" * 32), WrongParent),
    "a restart on another parent": (
        lambda town: second(town, previous_hash=b"x" * 32, kind=commit.RESTART),
        WrongParent,
    ),
    "a member is left out": (without_bob, CommitRefused),
    "a stranger is let in": (with_a_stranger, CommitRefused),
    "another identity": (lambda town: about_bob(town, identity_hash=b"x" * 32), CommitRefused),
    "another list under the right version": (
        lambda town: about_bob(town, list_hash=b"x" * 32),
        CommitRefused,
    ),
    "a version to come": (lambda town: about_bob(town, list_version=2), RosterStale),
    "a device is left out": (lambda town: second(town, refs=lambda r: r[1:]), CommitRefused),
    "a device is let in": (with_an_intruder, CommitRefused),
    "a joiner for a device of the last epoch": (with_a_needless_joiner, CommitRefused),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_refused(town: Town, name: str) -> None:
    town.commit()
    make, refusal = BROKEN[name]
    with pytest.raises(refusal):
        check(case(town, make(town)))


def test_every_rule_is_broken_by_some_test(town: Town) -> None:
    """The two that the table above cannot show have a test of their own below."""
    town.commit()
    elsewhere = {"user_is_a_member", "committer_can_continue"}
    broken = [(case(town, make(town)), refusal) for make, refusal in BROKEN.values()]
    for rule in RULES:
        others = [each for each in RULES if each is not rule]
        needed = any(_refusal(others, made) is not why for made, why in broken)
        assert needed or rule.__name__ in elsewhere, rule.__name__


def _refusal(rules: list[Callable[[Case], None]], made: Case) -> type[CryptexqError] | None:
    try:
        for rule in rules:
            rule(made)
    except (CryptexqError, KeyError) as refusal:  # KeyError: a list that no rule looked for
        return type(refusal)  # type: ignore[return-value]
    return None


def test_a_seed_for_a_device_that_was_not_there_is_refused(town: Town) -> None:
    town.commit()
    town.bob.machines.append(Machine())
    town.store.put_device_list(town.bob.publish())
    new = town.bob.machines[-1].device_id

    def all_seeds(refs: tuple[commit.Ref, ...]) -> tuple[commit.Ref, ...]:
        assert [ref.device_id for ref in refs if ref.kind == commit.JOINER] == [new]
        return tuple(dataclasses.replace(ref, kind=commit.SEED) for ref in refs)

    check(case(town, make_commit(town.people, town.state)))
    with pytest.raises(CommitRefused):
        check(case(town, make_commit(town.people, town.state, refs=all_seeds)))


def test_a_new_device_may_restart_but_not_continue(town: Town) -> None:
    town.commit()
    town.ann.machines.append(Machine())
    town.store.put_device_list(town.ann.publish())
    new = town.ann.machines[-1]
    state, people = town.state, town.people
    with pytest.raises(CommitRefused):
        check(case(town, make_commit(people, state, machine=new)))
    check(case(town, make_commit(people, state, machine=new, kind=commit.RESTART)))


def test_one_device_id_in_two_lists_is_refused(town: Town) -> None:
    town.bob.machines.append(town.ann.machines[1])
    town.store.put_device_list(town.bob.publish())

    def once(refs: tuple[commit.Ref, ...]) -> tuple[commit.Ref, ...]:
        return tuple({ref.device_id: ref for ref in refs}.values())

    with pytest.raises(CommitRefused):
        check(case(town, make_commit(town.people, refs=once)))


def test_a_stale_roster_is_refused_with_the_current_versions(town: Town) -> None:
    town.commit()
    made = make_commit(town.people, town.state)
    town.bob.machines.pop()
    town.store.put_device_list(town.bob.publish())
    with pytest.raises(RosterStale) as raised:
        check(case(town, made))
    ids = [b64_encode(person.user_id) for person in town.people]
    assert raised.value.extra == {"versions": dict(zip(ids, (1, 2), strict=True))}


# -- bytes --------------------------------------------------------------------


def offer(town: Town, raw: bytes, sealed: dict[bytes, bytes]) -> Offer:
    return parse(town.ann.user_id, town.conversation_id, raw, sealed)


def test_a_truncated_or_longer_commit_is_malformed(town: Town) -> None:
    made = make_commit(town.people)
    for raw in (b"", made.raw[:1], made.raw[:-1], made.raw + b"\0"):
        with pytest.raises(Malformed):
            offer(town, raw, made.sealed)


def test_an_unknown_version_is_named_as_such(town: Town) -> None:
    made = make_commit(town.people)
    with pytest.raises(UnknownVersion):
        offer(town, b"\x02" + made.raw[1:], made.sealed)


def test_a_commit_for_another_conversation_is_malformed(town: Town) -> None:
    made = make_commit(town.people, conversation=os.urandom(16))
    with pytest.raises(Malformed):
        offer(town, made.raw, made.sealed)


def test_an_entry_of_another_length_is_malformed(town: Town) -> None:
    made = make_commit(town.people)
    device_id, entry = made.sealed.popitem()
    for wrong in (entry[:-1], entry + b"\0"):
        with pytest.raises(Malformed):
            offer(town, made.raw, made.sealed | {device_id: wrong})


def test_the_entries_are_exactly_those_that_the_commit_names(town: Town) -> None:
    made = make_commit(town.people)
    device_id = next(iter(made.sealed))
    missing = {k: v for k, v in made.sealed.items() if k != device_id}
    swapped = made.sealed | {device_id: os.urandom(1168)}
    surplus = made.sealed | {os.urandom(16): os.urandom(1168)}
    for sealed in (missing, swapped, surplus):
        with pytest.raises(CommitRefused):
            offer(town, made.raw, sealed)


# -- accepting ----------------------------------------------------------------


def test_a_commit_opens_an_epoch_with_its_entries(town: Town) -> None:
    made = make_commit(town.people)
    commits, given = town.commits(), town.offer(made)
    commits.prepare(given)
    accepted = commits.accept(given)
    assert isinstance(accepted, Accepted)
    state = town.state
    assert state.current is not None
    assert (state.n, state.current.epoch, state.current.commit_hash) == (1, 1, made.hash)
    assert state.current.devices == {m.device_id for p in town.people for m in p.machines}
    for device_id, entry in made.sealed.items():
        assert town.store.sealed_entries(town.conversation_id, device_id, [1]) == {1: entry}
    tag = commit.parse_commit(made.raw).tag
    transcript.verify_seal([SEAL_KEY], accepted.entry.head, tag, accepted.entry.seal)


def test_a_commit_that_its_device_did_not_sign_is_refused(town: Town) -> None:
    commits = town.commits()
    with pytest.raises(CommitRefused):
        commits.prepare(town.offer(make_commit(town.people, sign=False)))
    other = town.ann.machines[1]
    made = make_commit(town.people)
    forged = make_commit(town.people, machine=other, refs=lambda refs: refs)
    signature = forged.raw[-3373:]
    with pytest.raises(CommitRefused):
        commits.prepare(town.offer(Made(made.raw[:-3373] + signature, made.sealed)))


def test_a_stranger_cannot_tell_that_a_conversation_exists(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    made = make_commit(town.people)
    with pytest.raises(NoSuchConversation):
        town.commits().prepare(town.offer(made, by=eve))
    assert isinstance(town.commits().accept(town.offer(made, by=eve)), NoSuchConversation)


def test_of_two_racing_commits_the_first_wins(town: Town) -> None:
    """Both passed every check before either was stored."""
    commits = town.commits()
    mine = town.offer(make_commit(town.people))
    theirs = town.offer(make_commit(town.people, by=town.bob), town.bob)
    commits.prepare(mine)
    commits.prepare(theirs)
    assert isinstance(commits.accept(theirs), Accepted)
    lost = commits.accept(mine)
    assert isinstance(lost, EpochTaken)
    assert lost.extra == {"epoch": 1, "n": 1}
    assert town.state.n == 1


def test_lists_that_change_after_the_first_look_count(town: Town) -> None:
    commits, given = town.commits(), town.offer(make_commit(town.people))
    commits.prepare(given)
    town.bob.machines.pop()
    town.store.put_device_list(town.bob.publish())
    assert isinstance(commits.accept(given), RosterStale)


def test_a_resent_commit_that_stands_gets_the_first_answer(town: Town) -> None:
    commits, given = town.commits(), town.offer(make_commit(town.people))
    first = commits.accept(given)
    assert isinstance(first, Accepted)
    town.messages().accept_batch([town.incoming(1)])
    town.clock.now += 3_600_000
    commits.prepare(given)
    again = commits.accept(given)
    assert again == Accepted(first.entry, first.members, again=True)
    assert town.state.n == 2


class Losing:
    """A store that loses the first races against another process."""

    def __init__(self, town: Town, times: int) -> None:
        self._town = town
        self._times = times

    def append_commit(self, new: Any) -> None:
        self._times -= 1
        if self._times >= 0:
            raise Conflict
        self._town.store.append_commit(new)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._town.store, name)


def test_a_conflict_is_judged_again_on_what_stands(town: Town) -> None:
    given = town.offer(make_commit(town.people))
    assert isinstance(town.commits(Losing(town, 2)).accept(given), Accepted)  # type: ignore[arg-type]


def test_conflicts_for_ever_end_as_overloaded(town: Town) -> None:
    given = town.offer(make_commit(town.people))
    refused = town.commits(Losing(town, 99)).accept(given)  # type: ignore[arg-type]
    assert isinstance(refused, Overloaded)
    assert town.state.n == 0


def test_messages_know_of_the_commit_at_once(town: Town) -> None:
    town.commit()
    messages = town.messages()
    messages.accept_batch([town.incoming(1)])
    town.commit()
    (result,) = messages.accept_batch([town.incoming(1)])
    assert isinstance(result, Accepted)
    assert (result.entry.n, result.entry.epoch) == (4, 2)
