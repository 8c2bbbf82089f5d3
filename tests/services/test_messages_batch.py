"""Accepting batches: numbers, heads, seals, resends, and what happens when others write too."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crypto import envelope, transcript
from errors import CryptexqError, StorageFull
from services.messages import OLD_EPOCH_MS, Accepted, Incoming, Result, parse
from services.refusals import (
    ForeignDevice,
    NotAMember,
    NotStored,
    NumberTaken,
    Overloaded,
    StaleEpoch,
)
from services.transcript import Tails
from store.base import Entry
from store.sqlite import SqliteStore
from tests.services.town import NOW, SEAL_KEY, Person, Town, header, seal


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = SqliteStore(tmp_path)
    town = Town(store, Person("ann"), Person("bob"))
    town.commit()
    yield town
    store.close()


def one(results: list[Result]) -> Result:
    assert len(results) == 1
    return results[0]


def entry(result: Result) -> Entry:
    assert isinstance(result, Accepted), result
    return result.entry


def test_entries_are_numbered_chained_and_sealed(town: Town) -> None:
    sent = [town.incoming(1), town.incoming(1, town.bob), town.incoming(2, type=envelope.RECEIPT)]
    results = town.messages().accept_batch(sent)
    assert [entry(r).n for r in results] == [2, 3, 4]
    assert [entry(r).kind for r in results] == [2, 2, 3]
    head = transcript.start(town.conversation_id)
    for stored in town.store.entries(town.conversation_id, 0, 10):
        content = transcript.content_hash(stored.raw)
        head = transcript.next_head(
            head, stored.n, stored.received_at, stored.kind, stored.sender, content
        )
        assert stored.head == head
        if stored.kind != transcript.COMMIT:
            tag = envelope.parse_envelope(stored.raw).tag
            transcript.verify_seal([SEAL_KEY], head, tag, stored.seal)


def test_what_was_accepted_is_in_the_store(town: Town) -> None:
    result = one(town.messages().accept_batch([town.incoming(1)]))
    assert town.store.entries(town.conversation_id, 1, 10) == [entry(result)]
    assert isinstance(result, Accepted)
    assert set(result.members) == {town.ann.user_id, town.bob.user_id}


def test_an_exact_resend_gets_the_first_acknowledgement(town: Town) -> None:
    sent, messages = town.incoming(1), town.messages()
    first = one(messages.accept_batch([sent]))
    messages.accept_batch([town.incoming(2), town.incoming(1, town.bob)])
    town.tails.drop(town.conversation_id)
    again = one(town.messages().accept_batch([sent]))
    assert entry(again) == entry(first)
    assert again == Accepted(entry(first), again.members, again=True)  # type: ignore[union-attr]
    assert town.state.n == 4


def test_a_resend_in_the_same_batch_is_stored_once(town: Town) -> None:
    sent = town.incoming(1)
    first, again = town.messages().accept_batch([sent, sent])
    assert entry(first) == entry(again)
    assert (first.again, again.again) == (False, True)  # type: ignore[union-attr]
    assert town.state.n == 2


def test_a_resend_from_an_epoch_long_gone_is_still_acknowledged(town: Town) -> None:
    sent = town.incoming(1)
    first = one(town.messages().accept_batch([sent]))
    for _ in range(3):
        town.commit()
    again = one(town.messages().accept_batch([sent]))
    assert entry(again) == entry(first)


def test_a_resend_with_a_wrong_clock_by_now_is_still_acknowledged(town: Town) -> None:
    sent = town.incoming(1)
    first = one(town.messages().accept_batch([sent]))
    town.clock.now += 3_600_000
    assert entry(one(town.messages().accept_batch([sent]))) == entry(first)


def test_other_bytes_under_a_used_number_are_refused(town: Town) -> None:
    messages = town.messages()
    messages.accept_batch([town.incoming(1), town.incoming(2)])
    result = one(messages.accept_batch([town.incoming(1)]))
    assert isinstance(result, NumberTaken)
    assert result.extra == {"last_seq": 2}
    assert town.state.n == 3


def test_other_bytes_under_a_number_of_the_same_batch_are_refused(town: Town) -> None:
    first, second = town.messages().accept_batch([town.incoming(1), town.incoming(1)])
    assert entry(first).n == 2
    assert isinstance(second, NumberTaken)


def test_nobody_gets_an_acknowledgement_for_what_another_sent(town: Town) -> None:
    """Even with the very bytes, and a device of the same id in the list."""
    sent = town.incoming(1)
    town.messages().accept_batch([sent])
    town.bob.machines.append(town.ann.machine)
    town.store.put_device_list(town.bob.publish())
    town.rosters.forget(town.bob.user_id)
    replayed = Incoming(town.bob.user_id, sent.header, sent.content)
    assert isinstance(one(town.messages().accept_batch([replayed])), NumberTaken)


def test_a_stranger_and_a_conversation_that_is_not_there_look_alike(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    to_them = header(town.state, eve.machine, 1)
    to_nobody = to_them._replace(conversation=os.urandom(16))
    sent = [
        parse(eve.user_id, eve.machine.device_id, head.conversation, seal(head))
        for head in (to_them, to_nobody)
    ]
    first, second = town.messages().accept_batch(sent)
    assert isinstance(first, NotAMember)
    assert isinstance(second, NotAMember)
    assert first.problem() == second.problem()
    assert town.state.n == 1


def test_a_refusal_does_not_stop_the_others(town: Town) -> None:
    sent = [town.incoming(1), town.incoming(2, sent_at=1), town.incoming(2)]
    first, second, third = town.messages().accept_batch(sent)
    assert isinstance(second, CryptexqError)
    assert [entry(first).n, entry(third).n] == [2, 3]


def test_a_clock_that_steps_back_does_not_turn_time_around(town: Town) -> None:
    messages = town.messages()
    first = one(messages.accept_batch([town.incoming(1)]))
    town.clock.now -= 100_000
    second = one(messages.accept_batch([town.incoming(2)]))
    assert entry(second).received_at == entry(first).received_at == NOW


def test_a_device_that_was_removed_is_refused_once_its_list_is_forgotten(town: Town) -> None:
    messages = town.messages()
    assert entry(one(messages.accept_batch([town.incoming(1)])))
    sent = town.incoming(2)
    town.ann.machines.clear()
    town.store.put_device_list(town.ann.publish())
    town.rosters.forget(town.ann.user_id)
    assert isinstance(one(messages.accept_batch([sent])), ForeignDevice)


def test_the_previous_epoch_ends_after_two_minutes(town: Town) -> None:
    early, late = town.incoming(1), town.incoming(2)
    town.commit()
    messages = town.messages()
    assert entry(one(messages.accept_batch([early])))
    town.clock.now += OLD_EPOCH_MS + 1
    result = one(messages.accept_batch([late]))
    assert isinstance(result, StaleEpoch)
    assert result.extra == {"epoch": 2}


# -- others write too -----------------------------------------------------------


class Interfered:
    """A store before whose first appends something else happens."""

    def __init__(self, town: Town, *happenings: Any) -> None:
        self._town = town
        self._happenings = list(happenings)
        self.reads = 0
        self.appends = 0

    def append(self, entries: Sequence[Entry]) -> list[bool]:
        self.appends += 1
        if self._happenings:
            self._happenings.pop(0)()
        return self._town.store.append(entries)

    def conversation(self, conversation_id: bytes) -> Any:
        self.reads += 1
        return self._town.store.conversation(conversation_id)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._town.store, name)


def over(town: Town, *happenings: Any) -> tuple[Any, Interfered]:
    store = Interfered(town, *happenings)
    town.tails = Tails(store.conversation)
    return town.messages(store), store  # type: ignore[arg-type]


def elsewhere(town: Town, sent: Incoming) -> None:
    """Another process accepts this."""
    tails, town.tails = town.tails, Tails(town.store.conversation)
    entry(one(town.messages().accept_batch([sent])))
    town.tails = tails


def test_a_lost_race_is_run_again_on_top_of_the_winner(town: Town) -> None:
    theirs = town.incoming(1, town.bob)
    messages, _ = over(town, lambda: elsewhere(town, theirs))
    results = messages.accept_batch([town.incoming(1), town.incoming(2)])
    assert [entry(r).n for r in results] == [3, 4]
    stored = town.store.entries(town.conversation_id, 0, 10)
    assert [e.n for e in stored] == [1, 2, 3, 4]


def test_races_lost_for_ever_end_as_overloaded_and_store_nothing(town: Town) -> None:
    theirs = iter([town.incoming(seq, town.bob) for seq in range(1, 10)])
    happenings = [lambda: elsewhere(town, next(theirs))] * 9
    messages, store = over(town, *happenings)
    assert isinstance(one(messages.accept_batch([town.incoming(1)])), Overloaded)
    assert store.appends < 9
    assert {e.sender for e in town.store.entries(town.conversation_id, 1, 20)} == {town.bob.user_id}


def test_a_message_under_a_commit_that_another_process_stored_is_accepted(town: Town) -> None:
    """The tail in memory knows nothing of the epoch; a refusal on it would be wrong."""
    messages, _ = over(town)
    messages.accept_batch([town.incoming(1)])
    tails, town.tails = town.tails, Tails(town.store.conversation)
    town.commit()
    town.tails = tails
    sent = [town.incoming(1), town.incoming(2), town.incoming(1, town.bob)]
    assert [entry(r).n for r in messages.accept_batch(sent)] == [4, 5, 6]


def test_busy_conversations_are_not_read_again(town: Town) -> None:
    messages, store = over(town)
    for seq in range(1, 20):
        messages.accept_batch([town.incoming(seq)])
    assert store.reads == 1


def test_kept_tails_are_bounded(town: Town) -> None:
    store = Interfered(town)
    tails = Tails(store.conversation, size=2)
    tails.load(town.conversation_id)
    for other in range(2):
        person = Person(f"person{other}").move_in(town.store)
        conversation_id = os.urandom(16)
        town.store.create_conversation(
            conversation_id, [town.ann.user_id, person.user_id], bytes(32), NOW
        )
        tails.load(conversation_id)
    assert tails.kept(town.conversation_id) is None
    assert tails.load(os.urandom(16)) is None


# -- the disk -------------------------------------------------------------------


def fail(error: Exception) -> None:
    raise error


def test_a_full_disk_acknowledges_nothing_and_is_survived(town: Town) -> None:
    messages, _ = over(town, lambda: fail(StorageFull()))
    sent = [town.incoming(1), town.incoming(2), town.incoming(1, town.bob)]
    results = messages.accept_batch(sent)
    assert [type(r) for r in results] == [StorageFull] * 3
    assert town.state.n == 1
    assert [entry(r).n for r in messages.accept_batch(sent)] == [2, 3, 4]


def test_after_a_full_disk_the_next_batch_is_right_at_once(town: Town) -> None:
    """It would recover anyway, by a refusal of the store and another round."""
    messages, store = over(town, lambda: fail(StorageFull()))
    messages.accept_batch([town.incoming(1)])
    assert entry(one(messages.accept_batch([town.incoming(2)]))).n == 2
    assert store.appends == 2


def test_after_a_commit_the_next_batch_is_right_at_once(town: Town) -> None:
    messages, store = over(town)
    messages.accept_batch([town.incoming(1)])
    early = town.incoming(2)
    town.commit()
    assert entry(one(messages.accept_batch([early]))).n == 4
    assert store.appends == 2


def test_a_full_disk_does_not_hide_why_others_were_refused(town: Town) -> None:
    messages, _ = over(town, lambda: fail(StorageFull()))
    first, second = messages.accept_batch([town.incoming(1), town.incoming(2, epoch=9)])
    assert isinstance(first, StorageFull)
    assert isinstance(second, StaleEpoch)


def test_after_an_unforeseen_failure_nothing_that_is_not_stored_is_remembered(town: Town) -> None:
    messages, _ = over(town, lambda: fail(RuntimeError("a defect")))
    sent = town.incoming(1)
    assert isinstance(one(messages.accept_batch([sent])), NotStored)
    assert town.state.n == 1
    assert entry(one(messages.accept_batch([sent]))).n == 2
