"""Conversations: who is in them, where they stand, who shares one."""

from __future__ import annotations

import pytest

from errors import Conflict
from store.base import ConversationState, Store
from tests.contract.records import (
    ANN,
    BOB,
    CAROL,
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


def state(store: Store, conversation: bytes = TALK) -> ConversationState:
    found = store.conversation(conversation)
    assert found is not None
    return found


def test_an_empty_conversation_stands_at_its_genesis(talk: Store) -> None:
    assert talk.conversation(TALK) == ConversationState(
        conversation_id=TALK,
        members=tuple(sorted([ANN, BOB])),
        n=0,
        head=genesis(TALK),
        received_at=1000,
        current=None,
        previous=None,
        last_seq={},
    )
    assert talk.conversation(OTHER_TALK) is None


def test_creating_it_again_changes_nothing(talk: Store) -> None:
    talk.append_commit(commit(1, 1))
    before = state(talk)
    assert talk.create_conversation(TALK, [BOB, ANN], b"another head", 9000) is False
    assert state(talk) == before


def test_creating_it_with_others_is_a_conflict(talk: Store) -> None:
    with pytest.raises(Conflict):
        talk.create_conversation(TALK, [ANN, CAROL], genesis(TALK), 1000)
    assert state(talk).members == tuple(sorted([ANN, BOB]))
    assert talk.conversations_of(CAROL) == []


def test_the_state_follows_the_transcript(talk: Store) -> None:
    first, second = commit(1, 1), commit(4, 2, others=(PHONE, TABLET))
    talk.append_commit(first)
    assert state(talk).last_seq == {}
    assert talk.append([message(2, 1), message(3, 2, device=PHONE)]) == [True, True]
    talk.append_commit(second)
    last = message(5, 1, epoch=2)
    assert talk.append([last]) == [True]
    assert state(talk) == ConversationState(
        conversation_id=TALK,
        members=tuple(sorted([ANN, BOB])),
        n=5,
        head=last.head,
        received_at=last.received_at,
        current=second.epoch,
        previous=first.epoch,
        last_seq={(1, LAPTOP): 1, (1, PHONE): 2, (2, LAPTOP): 1},
    )


def test_only_two_epochs_are_part_of_the_state(talk: Store) -> None:
    for epoch in (1, 2, 3):
        n = 2 * epoch - 1
        talk.append_commit(commit(n, epoch))
        assert talk.append([message(n + 1, 10 + epoch, epoch=epoch)]) == [True]
    assert state(talk).current == commit(5, 3).epoch
    assert state(talk).previous == commit(3, 2).epoch
    assert state(talk).last_seq == {(2, LAPTOP): 12, (3, LAPTOP): 13}


def test_the_last_number_is_the_highest_not_the_latest(talk: Store) -> None:
    talk.append_commit(commit(1, 1))
    assert talk.append([message(2, 300), message(3, 7), message(4, 1000)]) == [True] * 3
    assert state(talk).last_seq == {(1, LAPTOP): 1000}


def test_the_most_recently_active_conversation_comes_first(talk: Store) -> None:
    assert talk.create_conversation(OTHER_TALK, [ANN, CAROL], genesis(OTHER_TALK), 1500)
    listed = [found.conversation_id for found in talk.conversations_of(ANN)]
    assert listed == [OTHER_TALK, TALK]
    talk.append_commit(commit(1, 1))
    found = talk.conversations_of(ANN)
    assert [one.conversation_id for one in found] == [TALK, OTHER_TALK]
    assert (found[0].n, found[0].head) == (1, commit(1, 1).entry.head)
    assert found[0].current == commit(1, 1).epoch
    assert found[0].members == tuple(sorted([ANN, BOB]))
    assert (found[1].n, found[1].head, found[1].received_at) == (0, genesis(OTHER_TALK), 1500)


def test_one_sees_only_ones_own_conversations(talk: Store) -> None:
    assert talk.create_conversation(OTHER_TALK, [ANN, CAROL], genesis(OTHER_TALK), 1500)
    assert [one.conversation_id for one in talk.conversations_of(BOB)] == [TALK]
    assert [one.conversation_id for one in talk.conversations_of(CAROL)] == [OTHER_TALK]
    assert talk.conversations_of(NOBODY) == []


def test_contacts_are_those_who_share_a_conversation(talk: Store) -> None:
    assert talk.create_conversation(OTHER_TALK, [ANN, CAROL], genesis(OTHER_TALK), 1500)
    assert talk.contacts_of(ANN) == {BOB, CAROL}
    assert talk.contacts_of(BOB) == {ANN}
    assert talk.contacts_of(NOBODY) == set()
