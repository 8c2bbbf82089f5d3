"""Conversations between devices over an honest relay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from client import session
from client.events import EpochOpened, Held, Message, OutOfOrder, Own, Refused
from crypto.envelope import DELIVERED, Receipt
from tests.client.town import add_phone, couple, revoke


def test_two_people_read_each_other() -> None:
    _, [alice], [bob] = couple()
    alice.say("hello")
    bob.sync()
    bob.say("hello yourself")
    alice.sync()
    assert bob.texts == ["hello"]
    assert alice.texts == ["hello yourself"]
    assert alice.session.head == bob.session.head


def test_every_device_reads_everything_once() -> None:
    _, hers, his = couple(2, 2)
    hers[0].say("one")
    his[1].say("two")
    hers[1].say("three")
    for phone in hers + his:
        phone.sync()
    assert hers[0].texts == ["two", "three"]
    assert hers[1].texts == ["one", "two"]
    assert his[0].texts == ["one", "two", "three"]
    assert his[1].texts == ["one", "three"]


def test_messages_wait_for_somebody_who_is_away() -> None:
    _, [alice], [bob] = couple()
    texts = [f"message {i}" for i in range(120)]
    for text in texts:
        alice.say(text)
    bob.sync()
    assert bob.texts == texts
    assert bob.session.epoch.number == 3, "an epoch carries 50 messages"


def test_an_epoch_ends_after_a_day() -> None:
    relay, [alice], [bob] = couple()
    alice.say("today")
    relay.now += session.EPOCH_AGE_MS
    bob.say("tomorrow")
    assert bob.session.epoch.number == 2


def test_receipts_travel_and_do_not_fill_an_epoch() -> None:
    _, [alice], [bob] = couple()
    alice.say("hello")
    bob.sync()
    message = bob.events[-1]
    receipt = (Receipt(message.payload.message_id, DELIVERED),)
    bob.session, raw = session.seal(bob.session, bob.me, bob.payload(receipt), bob.relay.now)
    bob.post(raw)
    event = alice.sync()[-1]
    assert event.payload.body == receipt
    assert alice.session.epoch.messages == 1


def test_the_loser_of_a_race_adopts_the_winner() -> None:
    _, [alice], [bob] = couple()
    alice.prepare()
    bob.prepare()
    assert alice.publish() == 1
    assert bob.publish() is None
    bob.sync()
    alice.sync()
    assert bob.session.pending is None
    bob.say("I lost")
    alice.sync()
    assert alice.texts == ["I lost"]


def test_a_lost_acknowledgement_of_a_commit_is_adopted_from_the_transcript() -> None:
    _, [alice], [bob] = couple()
    alice.prepare()
    stored = alice.session
    alice.publish()
    alice.session = stored
    alice.sync()
    alice.say("still here")
    bob.sync()
    assert bob.texts == ["still here"]


def test_a_device_that_joins_late_reads_from_there_on() -> None:
    relay, [alice], [bob] = couple()
    alice.say("before")
    tablet = add_phone(bob.owner, relay, "tablet")
    tablet.sync()
    assert tablet.texts == []
    alice.say("after")
    tablet.sync()
    bob.sync()
    assert tablet.texts == ["after"]
    assert bob.texts == ["before", "after"]
    tablet.say("from the tablet")
    alice.sync()
    assert alice.texts == ["from the tablet"]


def test_a_revoked_device_is_out_of_the_next_epoch() -> None:
    _, [alice], [bob, lost] = couple(1, 2)
    alice.say("all here")
    lost.sync()
    revoke(lost)
    bob.meet()
    alice.say("without it")
    lost.meet()
    lost.sync()
    assert lost.texts == ["all here"]
    bob.sync()
    assert bob.texts == ["all here", "without it"]


def test_what_a_revoked_device_goes_on_saying_is_refused() -> None:
    _, [alice], [bob, lost] = couple(1, 2)
    alice.say("all here")
    lost.sync()
    ghost = lost.sealed("it is still me")
    revoke(lost)
    alice.say("without it")
    lost.post(ghost)
    for phone in (alice, bob):
        phone.sync()
        assert phone.events[-1] == Refused(phone.session.n, 2, "late", False)
        assert "it is still me" not in phone.texts


def test_a_device_that_lost_everything_comes_back_as_a_new_one() -> None:
    relay, [alice], [bob] = couple()
    alice.say("before")
    bob.sync()
    revoke(bob)
    again = add_phone(bob.owner, relay, "again")
    alice.say("welcome back")
    again.sync()
    assert again.texts == ["welcome back"]


def test_a_restart_leads_on_when_nobody_holds_the_chain() -> None:
    relay, [alice], [bob] = couple()
    alice.say("before")
    for phone in (alice, bob):
        revoke(phone)
    new_alice = add_phone(alice.owner, relay, "new alice")
    new_bob = add_phone(bob.owner, relay, "new bob")
    new_bob.sync()
    new_bob.commit(restart=True)
    new_bob.say("afresh")
    new_alice.sync()
    assert new_alice.texts == ["afresh"]


def test_a_restart_waits_for_the_person_of_a_device_that_holds_the_chain() -> None:
    relay, [alice], [bob] = couple()
    alice.say("before")
    bob.sync()
    revoke(bob)
    again = add_phone(bob.owner, relay, "again")
    again.sync()
    again.commit(restart=True)
    before = alice.session
    with pytest.raises(Held, match="restart") as held:
        alice.sync()
    assert alice.session == before
    alice.agreed = frozenset({held.value.subject})
    alice.sync()
    alice.say("I agreed")
    again.sync()
    assert again.texts == ["I agreed"]


def test_a_refused_number_is_skipped_and_the_message_is_shown_once() -> None:
    _, [alice], [bob] = couple()
    alice.say("one")
    bob.sync()
    lost = alice.sealed("two")
    assert lost
    alice.say("three")
    bob.sync()
    assert bob.texts == ["one", "three"]


def test_a_message_sealed_twice_is_shown_once() -> None:
    _, [alice], [bob] = couple()
    alice.say("one")
    payload = alice.payload("two")
    for _ in range(2):
        alice.session, raw = session.seal(alice.session, alice.me, payload, alice.relay.now)
        alice.post(raw)
    bob.sync()
    assert bob.texts == ["one", "two"]
    assert bob.events[-1].again


def test_numbers_taken_are_skipped() -> None:
    _, [alice], [bob] = couple()
    alice.say("one")
    alice.session = session.skip_to(alice.session, 7)
    alice.say("eight")
    bob.sync()
    assert bob.texts == ["one", "eight"]


def test_late_messages_of_the_old_epoch_count_for_two_minutes() -> None:
    relay, [alice], [bob] = couple()
    alice.say("one")
    bob.sync()
    late, later = bob.sealed("late"), bob.sealed("later")
    alice.commit()
    relay.now += session.LATE_MS
    bob.post(late)
    relay.now += 1
    bob.post(later)
    alice.sync()
    bob.sync()
    assert alice.texts == ["late"]
    assert isinstance(alice.events[-2], Message)
    assert alice.events[-1] == Refused(alice.session.n, 2, "late", False)


def test_an_entry_out_of_order_changes_nothing() -> None:
    _, [alice], [bob] = couple()
    alice.say("one")
    alice.say("two")
    entries = bob.relay.after(0, bob.me.device_id)
    before = bob.session
    with pytest.raises(OutOfOrder):
        bob.receive(entries[1])
    assert bob.session == before
    bob.receive(entries[0])
    with pytest.raises(OutOfOrder):
        bob.receive(entries[0])
    assert isinstance(bob.receive(entries[1]), Message)


def test_time_never_runs_backwards_in_a_transcript() -> None:
    _, [alice], [bob] = couple()
    alice.say("one")
    bob.sync(1)
    entry = bob.relay.after(1, bob.me.device_id)[0]
    with pytest.raises(OutOfOrder):
        bob.receive(replace(entry, received_at=entry.received_at - 1))


def test_own_entries_are_recognised() -> None:
    _, [alice], _ = couple()
    alice.say("one")
    assert isinstance(alice.events[0], EpochOpened)
    assert alice.events[-1] == Own(2, 1, 1)


def test_secrets_leave_with_the_epochs_that_needed_them() -> None:
    _, [alice], [bob] = couple()
    for i in range(8):
        alice.commit()
        alice.say(str(i))
    bob.sync()
    assert [epoch.number for epoch in bob.session.epochs] == [4, 5, 6, 7, 8]
    assert {epoch for epoch, _ in alice.session.sent} == {4, 5, 6, 7, 8}


def test_a_phone_can_stop_at_any_entry_and_go_on() -> None:
    _, [alice], [bob] = couple()
    for i in range(5):
        alice.say(str(i))
    while bob.session.n < len(bob.relay.entries):
        bob.sync(1)
    assert bob.texts == ["0", "1", "2", "3", "4"]
