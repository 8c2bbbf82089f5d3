"""Entries: numbered without a gap, each device's number once, commits only on top of the last."""

from __future__ import annotations

from dataclasses import replace

import pytest

from errors import Conflict
from store.base import Entry, NewCommit, Store
from tests.contract.conftest import Opener
from tests.contract.records import (
    ANN,
    BOB,
    LAPTOP,
    NOBODY,
    OTHER_TALK,
    PHONE,
    TABLET,
    TALK,
    commit,
    genesis,
    message,
)


@pytest.fixture
def begun(talk: Store) -> Store:
    """Epoch 1 is open in both of Ann's and Bob's conversations: n is 1."""
    talk.append_commit(commit(1, 1))
    assert talk.create_conversation(OTHER_TALK, [ANN, BOB], genesis(OTHER_TALK), 1000)
    talk.append_commit(commit(1, 1, conversation=OTHER_TALK))
    return talk


def stored(store: Store, conversation: bytes = TALK) -> list[Entry]:
    return store.entries(conversation, 1, 1000)


# -- append -------------------------------------------------------------------


def test_entries_come_back_as_they_were(begun: Store, open_store: Opener) -> None:
    batch = [message(2, 1), replace(message(3, 1, device=PHONE, sender=BOB, size=20000), kind=3)]
    assert begun.append(batch) == [True, True]
    assert stored(begun) == batch
    assert stored(open_store()) == batch


def test_an_empty_batch_is_fine(begun: Store) -> None:
    assert begun.append([]) == []


def test_one_batch_serves_many_conversations(begun: Store) -> None:
    here = [message(2, 1), message(3, 2)]
    there = [message(2, 1, conversation=OTHER_TALK), message(3, 2, conversation=OTHER_TALK)]
    assert begun.append([here[0], there[0], there[1], here[1]]) == [True] * 4
    assert stored(begun) == here
    assert stored(begun, OTHER_TALK) == there


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_number_that_is_not_the_next_is_refused(begun: Store, n: int) -> None:
    assert begun.append([message(n, 1)]) == [False]
    assert stored(begun) == []


@pytest.mark.parametrize("size", [1, 2])
def test_a_used_device_number_is_refused(begun: Store, size: int) -> None:
    assert begun.append([message(2, 1)]) == [True]
    again = [message(3, 1), message(4, 2)][:size]
    assert begun.append(again) == [False] * size
    assert stored(begun) == [message(2, 1)]


def test_the_same_number_is_fine_elsewhere(begun: Store) -> None:
    assert begun.append([message(2, 1), message(3, 1, device=PHONE)]) == [True, True]
    begun.append_commit(commit(4, 2))
    assert begun.append([message(5, 1, epoch=2)]) == [True]
    assert begun.append([message(2, 1, conversation=OTHER_TALK)]) == [True]


def test_a_number_used_twice_within_one_batch(begun: Store) -> None:
    assert begun.append([message(2, 1), message(3, 1)]) == [True, False]
    assert begun.append([message(3, 2), message(3, 3)]) == [True, False]
    assert stored(begun) == [message(2, 1), message(3, 2)]


def test_after_a_refusal_the_conversation_gets_nothing_more(begun: Store) -> None:
    # The third would fit where the second did not: its head rests on an entry that is not there.
    batch = [message(2, 1), message(3, 1), message(3, 2), message(4, 3)]
    assert begun.append(batch) == [True, False, False, False]
    assert stored(begun) == [message(2, 1)]


def test_a_refusal_is_no_matter_of_other_conversations(begun: Store) -> None:
    there = [message(n, n, conversation=OTHER_TALK) for n in (2, 3, 4)]
    batch = [there[0], message(7, 1), there[1], message(2, 2), there[2]]
    assert begun.append(batch) == [True, False, True, False, True]
    assert stored(begun) == []
    assert stored(begun, OTHER_TALK) == there


def test_a_conversation_that_does_not_exist_takes_nothing(begun: Store) -> None:
    nowhere = message(1, 1, conversation=NOBODY)
    assert begun.append([nowhere]) == [False]
    assert begun.append([message(2, 1), nowhere, message(3, 2)]) == [True, False, True]
    assert begun.entries(NOBODY, 0, 10) == []
    assert begun.conversation(NOBODY) is None


def test_a_batch_of_a_thousand(begun: Store) -> None:
    batch = [message(n, n) for n in range(2, 1002)]
    assert begun.append(batch) == [True] * 1000
    assert stored(begun) == batch


def test_a_refusal_deep_in_a_large_batch(begun: Store) -> None:
    here = [message(n, n) for n in range(2, 502)]
    there = [message(n, n, conversation=OTHER_TALK) for n in range(2, 502)]
    here[200] = replace(here[200], seq=here[3].seq)
    batch = [one for pair in zip(here, there, strict=True) for one in pair]
    answers = begun.append(batch)
    assert answers[0::2] == [True] * 200 + [False] * 300
    assert answers[1::2] == [True] * 500
    assert stored(begun) == here[:200]
    assert stored(begun, OTHER_TALK) == there


def test_a_refusal_is_remembered_to_the_end_of_a_large_batch(begun: Store) -> None:
    refused, would_fit = message(2, 0), message(2, 2)
    between = [message(n, n, conversation=OTHER_TALK) for n in range(2, 802)]
    assert begun.append([refused, *between, would_fit]) == [False] + [True] * 800 + [False]
    assert stored(begun) == []
    assert stored(begun, OTHER_TALK) == between


# -- commits ------------------------------------------------------------------


def test_a_commit_is_an_entry_an_epoch_and_sealed_entries(talk: Store) -> None:
    first = commit(1, 1, others=(PHONE, TABLET))
    talk.append_commit(first)
    assert talk.entries(TALK, 0, 10) == [first.entry]
    assert talk.entry_by_seq(TALK, 1, LAPTOP, 0) == first.entry
    assert talk.sealed_entries(TALK, TABLET, [1]) == {1: first.sealed[TABLET]}


def assert_refused(store: Store, late: NewCommit) -> None:
    before = store.conversation(TALK), store.entries(TALK, 0, 100)
    with pytest.raises(Conflict):
        store.append_commit(late)
    assert (store.conversation(TALK), store.entries(TALK, 0, 100)) == before
    assert store.sealed_entries(TALK, TABLET, [1, 2, 3]) == {}


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_commit_on_another_number_is_a_conflict(begun: Store, n: int) -> None:
    assert_refused(begun, commit(n, 2, others=(TABLET,)))


@pytest.mark.parametrize("epoch", [0, 1, 3])
def test_a_commit_of_another_epoch_is_a_conflict(begun: Store, epoch: int) -> None:
    assert_refused(begun, commit(2, epoch, committer=PHONE, others=(TABLET,)))


@pytest.mark.parametrize("epoch", [0, 2])
def test_the_first_epoch_is_one(talk: Store, epoch: int) -> None:
    assert_refused(talk, commit(1, epoch, others=(TABLET,)))


def test_a_commit_to_no_conversation_is_a_conflict(talk: Store) -> None:
    with pytest.raises(Conflict):
        talk.append_commit(commit(1, 1, conversation=NOBODY))
    assert talk.sealed_entries(NOBODY, PHONE, [1]) == {}


def test_a_message_loses_to_a_commit_that_took_its_number(begun: Store) -> None:
    begun.append_commit(commit(2, 2))
    assert begun.append([message(2, 1)]) == [False]
    assert begun.append([message(3, 1)]) == [True]


def test_a_commit_for_a_thousand_devices(talk: Store) -> None:
    crowd = tuple(i.to_bytes(16, "big") for i in range(1024))
    first = commit(1, 1, others=crowd)
    talk.append_commit(first)
    found = talk.conversation(TALK)
    assert found is not None
    assert found.current == first.epoch
    assert talk.sealed_entries(TALK, crowd[-1], [1]) == {1: first.sealed[crowd[-1]]}


# -- reading ------------------------------------------------------------------


def test_entries_are_read_after_a_number_and_up_to_a_limit(begun: Store) -> None:
    batch = [message(n, n) for n in range(2, 13)]
    assert all(begun.append(batch))
    assert begun.entries(TALK, 1, 1000) == batch
    assert begun.entries(TALK, 0, 1) == [commit(1, 1).entry]
    assert begun.entries(TALK, 5, 3) == batch[4:7]
    assert begun.entries(TALK, 12, 10) == []
    assert begun.entries(NOBODY, 0, 10) == []


def test_an_entry_is_found_by_its_device_number(begun: Store) -> None:
    assert all(begun.append([message(2, 5), message(3, 5, device=PHONE)]))
    assert begun.entry_by_seq(TALK, 1, LAPTOP, 5) == message(2, 5)
    assert begun.entry_by_seq(TALK, 1, PHONE, 5) == message(3, 5, device=PHONE)
    for other in (
        (OTHER_TALK, 1, LAPTOP, 5),
        (TALK, 2, LAPTOP, 5),
        (TALK, 1, TABLET, 5),
        (TALK, 1, LAPTOP, 4),
    ):
        assert begun.entry_by_seq(*other) is None


def test_sealed_entries_are_a_devices_own_of_the_epochs_asked_for(talk: Store) -> None:
    epochs = {1: (PHONE,), 2: (PHONE, TABLET), 3: (PHONE,), 4: (TABLET,)}
    made = {epoch: commit(epoch, epoch, others=others) for epoch, others in epochs.items()}
    for one in made.values():
        talk.append_commit(one)
    wanted = {epoch: made[epoch].sealed[PHONE] for epoch in (1, 3)}
    assert talk.sealed_entries(TALK, PHONE, [1, 3, 4, 9]) == wanted
    assert talk.sealed_entries(TALK, PHONE, []) == {}
    assert talk.sealed_entries(TALK, LAPTOP, [1, 2]) == {}
    assert talk.sealed_entries(OTHER_TALK, PHONE, [1]) == {}
