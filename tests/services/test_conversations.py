"""Starting, listing and reading conversations, and what a stranger learns of them: nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from crypto import transcript
from crypto.identity import direct_conversation_id
from services import conversations
from services.conversations import Conversations
from services.refusals import ForeignDevice, NoSuchConversation, NoSuchPerson, WithOneself
from store.sqlite import SqliteStore
from tests.services.town import NOW, Person, Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    store = SqliteStore(tmp_path)
    yield Town(store, Person("ann"), Person("bob"))
    store.close()


def service(town: Town) -> Conversations:
    return Conversations(town.store, town.rosters)


def test_two_people_have_one_conversation_whoever_starts_it(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    first = service(town).start(eve.user_id, town.ann.user_id, NOW)
    again = service(town).start(town.ann.user_id, eve.user_id, NOW)
    assert (first.new, again.new) == (True, False)
    assert first.conversation_id == again.conversation_id
    assert first.conversation_id == direct_conversation_id(eve.user_id, town.ann.user_id)
    assert first.names == {eve.user_id: "eve", town.ann.user_id: "ann"}
    state = town.store.conversation(first.conversation_id)
    assert state is not None
    assert (state.n, state.head) == (0, transcript.start(first.conversation_id))


def test_nobody_talks_to_somebody_who_does_not_exist(town: Town) -> None:
    with pytest.raises(NoSuchPerson):
        service(town).start(town.ann.user_id, os.urandom(16), NOW)


def test_nobody_talks_to_oneself(town: Town) -> None:
    with pytest.raises(WithOneself):
        service(town).start(town.ann.user_id, town.ann.user_id, NOW)


def test_a_person_sees_own_conversations_with_names(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    (summary,) = service(town).of(town.ann.user_id)
    assert summary.state.conversation_id == town.conversation_id
    assert summary.names == {town.ann.user_id: "ann", town.bob.user_id: "bob"}
    assert service(town).of(eve.user_id) == []


def test_contacts_are_those_who_share_a_conversation(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    assert service(town).contacts(town.ann.user_id) == {town.bob.user_id}
    assert service(town).contacts(eve.user_id) == set()


def page(
    town: Town, by: Person, after: int = 0, limit: int = 200, device_id: bytes | None = None
) -> conversations.Page:
    device_id = device_id or by.machine.device_id
    return service(town).page(by.user_id, town.conversation_id, after, device_id, limit)


def test_a_page_carries_the_sealed_entries_of_the_asking_device_alone(town: Town) -> None:
    town.commit()
    town.messages().accept_batch([town.incoming(1)])
    town.commit(by=town.bob)
    at_ann, at_bob = page(town, town.ann), page(town, town.bob)
    assert [e.n for e in at_ann.entries] == [1, 2, 3] == [e.n for e in at_bob.entries]
    # Who made a commit has no entry in it.
    assert (set(at_ann.sealed), set(at_bob.sealed)) == ({2}, {1})
    assert at_ann.n == 3


def test_pages_follow_each_other(town: Town) -> None:
    town.commit()
    town.messages().accept_batch([town.incoming(seq) for seq in range(1, 6)])
    first = page(town, town.ann, limit=4)
    rest = page(town, town.ann, after=first.entries[-1].n, limit=4)
    assert [e.n for e in (*first.entries, *rest.entries)] == [1, 2, 3, 4, 5, 6]
    assert (first.n, rest.n) == (6, 6)
    assert page(town, town.ann, after=6).entries == []


@pytest.mark.parametrize(("limit", "expected"), [(-5, 1), (0, 1), (10**9, 200)])
def test_a_page_is_bounded_in_number(town: Town, limit: int, expected: int) -> None:
    town.commit()
    town.messages().accept_batch([town.incoming(seq) for seq in range(1, 221)])
    assert len(page(town, town.ann, limit=limit).entries) == expected


def test_a_page_is_bounded_in_bytes_and_never_empty(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.commit()
    town.messages().accept_batch([town.incoming(seq, padded=1024) for seq in range(1, 6)])
    monkeypatch.setattr(conversations, "PAGE_BYTES", 2500)
    assert [e.n for e in page(town, town.ann, after=1).entries] == [2, 3]
    monkeypatch.setattr(conversations, "PAGE_BYTES", 10)
    assert [e.n for e in page(town, town.ann, after=1).entries] == [2]


def test_a_stranger_and_a_conversation_that_is_not_there_look_alike(town: Town) -> None:
    eve = Person("eve").move_in(town.store)
    answers = []
    for conversation_id in (town.conversation_id, os.urandom(16)):
        with pytest.raises(NoSuchConversation) as raised:
            service(town).page(eve.user_id, conversation_id, 0, eve.machine.device_id, 10)
        answers.append(raised.value.problem())
    assert answers[0] == answers[1]


def test_nobody_reads_as_the_device_of_another(town: Town) -> None:
    town.commit()
    with pytest.raises(ForeignDevice):
        page(town, town.ann, device_id=town.bob.machine.device_id)
