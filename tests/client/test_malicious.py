"""A server that lies, members that cheat: everything is refused or shown, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from client import committing, session, trust
from client.committing import Plan
from client.events import Delivered, Held, Message, NeedLists, NotAgreed, Refused, Stopped
from client.session import CLOCK_MS, OwnKey
from crypto import commit as commits
from crypto import device_list, epoch, kem, signatures
from crypto.device_list import DeviceList
from crypto.epoch import Recipient
from crypto.errors import IdentityChanged, KeyMissing, ListRefused, RangeExceeded
from tests.client.town import Phone, Relay, add_phone, couple, person, revoke


@pytest.fixture
def talking() -> tuple[Relay, Phone, Phone]:
    relay, [alice], [bob] = couple()
    alice.say("hello")
    bob.say("hello yourself")
    alice.sync()
    return relay, alice, bob


def last(phone: Phone) -> object:
    phone.sync()
    return phone.events[-1]


def refused(phone: Phone, code: str) -> None:
    event = last(phone)
    assert isinstance(event, Refused)
    assert (event.code, event.attack) == (code, True)


def recommit(phone: Phone, change: Callable[[commits.Core], commits.Core], **wrong: object) -> None:
    """A commit of this phone with one thing wrong, signed and consistent otherwise."""
    phone.meet()
    world = phone.world()
    fresh = kem.keypair(next(phone.random)[:32])
    lists = committing.newest_lists(phone.session.members, world)
    core = committing._core(phone.session, phone.me, world, lists, Plan(), fresh.public_key)
    recipients = committing._recipients(phone.session, phone.me, core, lists, {})
    made = epoch.make_commit(
        change(core),
        wrong.get("recipients", recipients),
        phone.session.chain_secret,
        next(phone.random)[:32],
        wrong.get("signing", phone.me.signing_private),
    )
    entries = wrong.get("entries", made.entries)
    n = phone.relay.add(1, phone.me.user_id, made.raw)
    phone.relay.sealed.update({(n, device): sealed for device, sealed in entries.items()})


def same(core: commits.Core) -> commits.Core:
    return core


# -- messages --------------------------------------------------------------------------------


def test_a_forged_sender_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    relay.add(2, bob.me.user_id, alice.sealed("bob never said this"))
    refused(bob, "forged_sender")


def test_a_replay_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    n = alice.say("once")
    bob.sync()
    relay.add(2, alice.me.user_id, relay.entries[n - 1].raw)
    refused(bob, "replay")
    assert bob.texts == ["hello", "once"]


def test_an_older_message_again_is_tampering(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    n = alice.say("once")
    alice.say("twice")
    bob.sync()
    relay.add(2, alice.me.user_id, relay.entries[n - 1].raw)
    refused(bob, "rewound")


@pytest.mark.parametrize("place", [70, 80, -1])
def test_changed_bytes_are_refused_and_the_message_can_still_come(
    talking: tuple[Relay, Phone, Phone], place: int
) -> None:
    _, alice, bob = talking
    raw = bytearray(alice.sealed("true"))
    raw[place] ^= 1
    whole = bytearray(raw)
    whole[place] ^= 1
    bob.relay.add(2, alice.me.user_id, bytes(raw))
    refused(bob, "tag_invalid")
    bob.relay.add(2, alice.me.user_id, bytes(whole))
    bob.sync()
    assert bob.texts[-1] == "true"


def test_a_message_labelled_as_a_receipt_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    relay.add(3, alice.me.user_id, alice.sealed("hidden from the counters"))
    refused(bob, "misplaced")


def test_a_message_from_another_conversation_is_refused(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    elsewhere = replace(alice.session, conversation=bytes(16))
    _, raw = session.seal(elsewhere, alice.me, alice.payload("for others"), relay.now)
    relay.add(2, alice.me.user_id, raw)
    refused(bob, "misplaced")


def test_a_message_bound_to_another_commit_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    *rest, now = alice.session.epochs
    other = replace(alice.session, epochs=(*rest, replace(now, commit_hash=bytes(32))))
    _, raw = session.seal(other, alice.me, alice.payload("elsewhere"), relay.now)
    relay.add(2, alice.me.user_id, raw)
    refused(bob, "misplaced")


def test_a_message_in_our_own_name_is_noticed(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, _ = talking
    before = alice.session
    raw = alice.sealed("made by a copy of this device")
    alice.session = before
    relay.add(2, alice.me.user_id, raw)
    refused(alice, "forged_sender")


def test_our_own_message_a_second_time_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, _ = talking
    n = alice.say("once")
    relay.add(2, alice.me.user_id, relay.entries[n - 1].raw)
    refused(alice, "replay")


def test_a_member_cannot_speak_for_another_device() -> None:
    _, [alice], [bob, tablet] = couple(1, 2)
    alice.say("hello")
    for phone in (bob, tablet):
        phone.sync()
    chains = bob.session.epoch.chains
    stolen = chains[alice.me.device_id]
    fake = replace(
        bob.session,
        sending=replace(alice.session.sending, chain_key=stolen.chain_key, next_seq=2),
    )
    _, raw = session.seal(
        fake,
        replace(alice.me, signing_private=bob.me.signing_private),
        bob.payload("alice never said this"),
        bob.relay.now,
    )
    bob.relay.add(2, alice.me.user_id, raw)
    refused(tablet, "signature_invalid")


# -- transcript ------------------------------------------------------------------------------


def test_a_forked_transcript_stops_both_sides(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    shared = list(relay.entries)
    relay.add(2, alice.me.user_id, alice.sealed("only alice sees this accepted"))
    alice.sync()
    relay.entries = shared
    relay.add(2, bob.me.user_id, bob.sealed("only bob sees this accepted"))
    bob.sync()
    relay.add(2, bob.me.user_id, bob.sealed("I have seen something else"))
    event = alice.receive(relay.entries[-1])
    assert event == Stopped(alice.session.n, "fork_detected")
    assert alice.session.stopped == "fork_detected"
    with pytest.raises(KeyMissing):
        alice.sealed("a stopped session sends nothing")
    texts = list(alice.texts)
    relay.add(2, bob.me.user_id, bob.sealed("more"))
    assert isinstance(alice.receive(replace(relay.entries[-1], n=99)), Stopped)
    assert alice.texts == texts


def test_a_dropped_message_shows_as_soon_as_both_sides_talk(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    alice.say("this one is withheld from bob")
    dropped = relay.entries.pop()
    alice_saw = alice.session.n
    raw = alice.sealed("this one is not")
    relay.entries.append(Delivered(dropped.n, relay.now, 2, alice.me.user_id, raw))
    assert alice_saw == dropped.n
    assert isinstance(last(bob), Stopped)


def test_a_withheld_tail_stays_undelivered(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    n = alice.say("never handed out")
    bob.session = replace(bob.session)
    held = relay.entries[:]
    relay.entries = relay.entries[: n - 1]
    bob.sync()
    assert not any(isinstance(e, Message) and e.payload.body != "hello" for e in bob.events)
    relay.entries = held
    bob.sync()
    assert bob.texts[-1] == "never handed out"


def test_seen_never_goes_back(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    old = alice.payload("old")
    alice.say("new")
    alice.say("newer")
    alice.session, raw = session.seal(alice.session, alice.me, old, relay.now)
    relay.add(2, alice.me.user_id, raw)
    refused(bob, "rewound")


def test_nobody_has_seen_the_future(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    payload = replace(alice.payload("from tomorrow"), seen_n=99)
    alice.session, raw = session.seal(alice.session, alice.me, payload, relay.now)
    relay.add(2, alice.me.user_id, raw)
    assert isinstance(last(bob), Stopped)


# -- commits ---------------------------------------------------------------------------------


def test_the_same_commit_again_is_a_replay(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    relay.add(1, alice.me.user_id, relay.entries[0].raw)
    refused(bob, "replay")


def test_another_commit_for_an_accepted_epoch_is_a_fork(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    twin = alice.session
    alice.commit()
    bob.sync()
    alice.session = replace(twin, n=alice.session.n, head=alice.session.head)
    recommit(alice, same)
    assert isinstance(last(bob), Stopped)


def test_somebody_who_signed_nothing_cannot_make_a_fork(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    twin = alice.session
    alice.commit()
    bob.sync()
    alice.session = replace(twin, n=alice.session.n, head=alice.session.head)
    recommit(alice, same, signing=bob.me.signing_private)
    refused(bob, "signature_invalid")
    assert bob.session.stopped is None


def test_a_device_that_is_in_no_list_cannot_make_a_fork(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    twin = alice.session
    alice.commit()
    bob.sync()
    alice.session = replace(twin, n=alice.session.n, head=alice.session.head)
    recommit(alice, lambda core: replace(core, committer_device=bytes(16)))
    refused(bob, "roster_refused")
    assert bob.session.stopped is None


def remembered(phone: Phone) -> object:
    """What decides about later epochs; a commit that nobody signed must leave it alone."""
    state = phone.session
    return (
        state.accepted, state.newest, state.chain_secret, state.sending, state.commit_keys,
        state.pending, state.broken,
    )  # fmt: skip


def forged_by_the_server(victim: Phone, author: Phone, version: int) -> None:
    """A commit as the server can make it: public fields, its own key, nobody's signature."""
    relay = victim.relay
    lists = {
        user: known.lists[version - 1] if user == victim.me.user_id else known.lists[-1]
        for user, known in relay.people.items()
    }
    fresh = kem.keypair(bytes(32))
    core = committing._core(
        author.session, author.me, author.world(), lists, Plan(), fresh.public_key
    )
    named = [d for item in lists.values() for d in item.list.devices]
    recipients = [
        Recipient(d.device_id, kem.key_id(d.kem_public), d.kem_public, commits.SEED)
        for d in named
        if d.device_id != author.me.device_id
    ]
    made = epoch.make_commit(
        replace(core, refresh=2**32 - 1, kind=commits.RESTART), recipients, None, bytes(32),
        signatures.keypair(bytes(64)).private,
    )  # fmt: skip
    relay.add(1, author.me.user_id, made.raw)


def test_a_forged_commit_does_not_choose_the_key_of_the_next_epoch(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    before = remembered(alice)
    forged_by_the_server(alice, bob, 1)
    refused(alice, "signature_invalid")
    assert remembered(alice) == before
    alice.prepare(restart=True)
    [ref] = commits.parse_commit(alice.session.pending.raw).refs
    assert ref.key_id == bob.me.keys[0].key_id


def test_a_forged_commit_from_before_this_device_is_noticed() -> None:
    relay, [alice], [bob] = couple()
    alice.say("hello")
    bob.sync()
    tablet = add_phone(alice.owner, relay, "tablet")
    tablet.meet()
    tablet.sync()
    before = remembered(tablet)
    forged_by_the_server(tablet, bob, 1)
    refused(tablet, "signature_invalid")
    assert remembered(tablet) == before


def test_a_list_version_never_goes_back_from_commit_to_commit() -> None:
    relay, [alice], [bob, other] = couple(1, 2)
    bob.owner.publish(relay.now)
    alice.say("hello")
    other.sync()
    bob.sync()
    old = dict(relay.people)
    relay.people = {**old, bob.me.user_id: replace(bob.owner, lists=bob.owner.lists[:1])}
    alice.trust = trust.Trust()
    alice.prepare()
    alice.publish()
    relay.people = old
    refused(bob, "roster_refused")


@pytest.mark.parametrize("drift", [-CLOCK_MS - 1, CLOCK_MS + 1])
def test_a_commit_whose_time_does_not_fit_the_transcript_is_refused(
    talking: tuple[Relay, Phone, Phone], drift: int
) -> None:
    _, alice, bob = talking
    recommit(alice, lambda core: replace(core, created_at=core.created_at + drift))
    refused(bob, "roster_refused")


def test_too_many_taken_numbers_are_not_skipped(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, bob = talking
    most = alice.session.sending.next_seq + 999
    with pytest.raises(RangeExceeded):
        session.skip_to(alice.session, most + 1)
    alice.session = session.skip_to(alice.session, most)
    alice.say("the receiver bridges exactly so many")
    bob.sync()
    assert bob.texts[-1] == "the receiver bridges exactly so many"


def test_a_commit_on_the_wrong_parent_has_no_effect(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, bob = talking
    recommit(alice, lambda core: replace(core, previous_hash=bytes([1]) * 32))
    refused(bob, "misplaced")
    assert not bob.session.broken
    assert bob.session.epoch.number == 1


def test_a_commit_for_another_conversation_has_no_effect(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    recommit(alice, lambda core: replace(core, conversation=bytes(16)))
    refused(bob, "misplaced")
    assert not bob.session.broken


def test_a_commit_for_a_later_epoch_has_no_effect(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, bob = talking
    recommit(alice, lambda core: replace(core, epoch=7))
    refused(bob, "misplaced")


def test_a_commit_labelled_with_another_sender_is_refused(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    alice.prepare()
    relay.add(1, bob.me.user_id, alice.session.pending.raw)
    refused(bob, "forged_sender")


def test_a_commit_with_another_signature_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, bob = talking
    before = remembered(bob)
    recommit(alice, same, signing=bob.me.signing_private)
    refused(bob, "signature_invalid")
    assert remembered(bob) == before


def test_a_commit_that_has_seen_another_history_is_a_fork(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    recommit(alice, lambda core: replace(core, seen_head=bytes(32)))
    assert isinstance(last(bob), Stopped)


def test_a_stranger_among_the_members_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    eve = person("evelyn")
    lone = Relay(relay.conversation, {eve.user_id: eve})
    phone = Phone(eve, lone, eve.random)
    eve.publish(relay.now)
    phone.meet()
    stranger = committing._member(eve.lists[0])
    device = eve.lists[0].list.devices[0]
    recipient = Recipient(
        device.device_id, kem.key_id(device.kem_public), device.kem_public, commits.JOINER
    )
    both = [recipient, _recipient(alice, bob)]

    def invite(core: commits.Core) -> commits.Core:
        everybody = sorted([*core.members, stranger], key=lambda m: m.user_id)
        return replace(core, members=tuple(everybody))

    recommit(alice, invite, recipients=both)
    refused(bob, "roster_refused")


def _recipient(alice: Phone, bob: Phone) -> Recipient:
    key = bob.me.keys[0] if bob.session.own_key is None else bob.session.own_key
    return Recipient(bob.me.device_id, key.key_id, kem.keypair(key.seed).public_key, commits.SEED)


def test_a_commit_that_leaves_a_device_out_is_refused() -> None:
    _, [alice], [bob, tablet] = couple(1, 2)
    alice.say("hello")
    for phone in (bob, tablet):
        phone.sync()
    recommit(alice, same, recipients=[_recipient(alice, bob)])
    refused(bob, "roster_refused")
    refused(tablet, "roster_refused")


def test_an_entry_that_does_not_open_breaks_the_session_until_a_restart(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    alice.prepare()
    pending = alice.session.pending
    n = relay.commit(alice.me.user_id, pending.raw, {bob.me.device_id: bytes(1168)})
    assert n
    refused(bob, "tag_invalid")
    assert bob.session.broken
    alice.commit()
    assert last(bob) == Refused(bob.session.n, 1, "broken", False)
    with pytest.raises(KeyMissing):
        bob.sealed("there is no epoch")
    bob.prepare(restart=True)
    bob.publish()
    alice.agreed = frozenset({commits.commit_hash(commits.parse_commit(relay.entries[-1].raw))})
    bob.agreed = alice.agreed
    bob.sync()
    alice.sync()
    bob.say("we are back")
    alice.sync()
    assert alice.texts[-1] == "we are back"


def test_an_entry_that_the_server_keeps_back_is_not_called_an_attack_of_the_peer(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    alice.prepare()
    relay.commit(alice.me.user_id, alice.session.pending.raw, {})
    assert last(bob) == Refused(bob.session.n, 1, "key_missing", False)


def test_a_joiner_for_a_device_that_holds_the_chain_is_refused(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    joiner = replace(_recipient(alice, bob), kind=commits.JOINER)
    recommit(alice, same, recipients=[joiner])
    refused(bob, "roster_refused")


def test_an_entry_for_a_key_that_is_no_longer_the_newest_is_refused(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    bob.commit()
    alice.sync()
    old = bob.me.keys[0]
    recipient = Recipient(
        bob.me.device_id, old.key_id, kem.keypair(old.seed).public_key, commits.SEED
    )
    recommit(alice, same, recipients=[recipient])
    refused(bob, "roster_refused")


def test_a_commit_in_our_own_name_is_noticed(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, _ = talking
    recommit(alice, same)
    refused(alice, "forged_sender")


def test_unreadable_bytes_as_a_commit_have_no_effect(talking: tuple[Relay, Phone, Phone]) -> None:
    relay, alice, bob = talking
    relay.add(1, alice.me.user_id, b"not a commit")
    refused(bob, "format_error")
    alice.sync()
    bob.say("we go on")
    alice.sync()
    assert alice.texts[-1] == "we go on"


# -- device lists and identities -------------------------------------------------------------


def test_a_rolled_back_list_of_our_own_is_refused() -> None:
    relay, [alice], [bob, stolen] = couple(1, 2)
    alice.say("hello")
    bob.sync()
    revoke(stolen)
    bob.meet()
    relay.now += CLOCK_MS + 1
    old = dict(relay.people)
    relay.people = {**old, bob.me.user_id: replace(bob.owner, lists=bob.owner.lists[:1])}
    alice.commit()
    relay.people = old
    before = remembered(bob)
    refused(bob, "roster_refused")
    assert remembered(bob) == before


def test_a_list_that_crossed_with_the_commit_is_for_reading_only() -> None:
    relay, [alice], [bob, stolen] = couple(1, 2)
    alice.say("hello")
    bob.sync()
    alice.sync()
    alice.prepare()
    revoke(stolen)
    bob.meet()
    alice.publish()
    alice.sync()
    raw = alice.sealed("crossing")
    relay.add(2, alice.me.user_id, raw)
    bob.sync()
    assert bob.texts[-1] == "crossing"
    with pytest.raises(KeyMissing):
        bob.sealed("not under the old list")
    assert bob.due() == "roster_changed"
    bob.say("under the new one")
    assert stolen.me.device_id not in bob.session.epoch.peers
    alice.sync()
    assert alice.texts[-1] == "under the new one"


def test_a_contact_that_goes_back_to_an_older_list_is_refused() -> None:
    _relay, [alice], [bob] = couple()
    bob.owner.publish(bob.relay.now)
    alice.meet()
    with pytest.raises(ListRefused):
        trust.learn(alice.trust, bob.me.user_id, bob.owner.lists[:1])


def test_nobody_is_committed_to_whose_list_is_unknown() -> None:
    _relay, [alice], _ = couple()
    with pytest.raises(NeedLists):
        committing.prepare_commit(
            alice.session, alice.me, alice.world(), {}, Plan(), next(alice.random)
        )


def test_a_list_of_another_person_is_refused() -> None:
    _relay, [alice], [bob] = couple()
    with pytest.raises(ListRefused):
        trust.learn(trust.Trust(), alice.me.user_id, bob.owner.lists)


def swapped(bob: Phone) -> list[device_list.SignedDeviceList]:
    """Bob's list as a malicious server would make it: another identity, a device of its own."""
    identity = signatures.keypair(next(bob.random))
    old = bob.owner.lists[-1].list
    body = DeviceList(
        old.user_id, old.name, identity.public, old.version, old.previous_hash, old.issued_at,
        old.devices,
    )  # fmt: skip
    return [device_list.parse_signed(device_list.sign(body, identity.private))]


def test_a_swapped_identity_is_refused(talking: tuple[Relay, Phone, Phone]) -> None:
    _, alice, bob = talking
    with pytest.raises(IdentityChanged):
        trust.learn(alice.trust, bob.me.user_id, swapped(bob))


def test_a_commit_under_a_swapped_identity_waits_for_the_person(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    relay, alice, bob = talking
    false = swapped(bob)
    relay.people = {**relay.people, bob.me.user_id: replace(bob.owner, lists=false)}
    offered = false[0].list.identity_hash
    bob.trust = trust.accept_identity(bob.trust, bob.me.user_id, offered, false)
    bob.prepare()
    bob.publish()
    before = alice.session
    with pytest.raises(Held, match="identity_changed") as held:
        alice.sync()
    assert held.value.subject == bob.me.user_id
    assert alice.session == before
    alice.trust = trust.accept_identity(alice.trust, bob.me.user_id, offered, false)
    alice.sync()
    assert alice.session.epoch.number == 2


def test_accepting_a_new_identity_forgets_that_it_was_verified() -> None:
    _relay, [alice], [bob] = couple()
    alice.meet()
    alice.trust = trust.mark_verified(alice.trust, bob.me.user_id, 5)
    assert alice.trust.contact(bob.me.user_id).verified_at == 5
    false = swapped(bob)
    offered = false[0].list.identity_hash
    changed = trust.accept_identity(alice.trust, bob.me.user_id, offered, false)
    assert changed.contact(bob.me.user_id).verified_at == 0


def test_only_the_identity_that_was_shown_is_accepted() -> None:
    _relay, [alice], [bob] = couple()
    alice.meet()
    shown, other = swapped(bob), swapped(bob)
    with pytest.raises(IdentityChanged):
        trust.accept_identity(alice.trust, bob.me.user_id, shown[0].list.identity_hash, other)
    with pytest.raises(ListRefused):
        trust.accept_identity(
            alice.trust, bob.me.user_id, shown[0].list.identity_hash, alice.owner.lists
        )


def test_a_device_id_never_comes_back_with_other_keys() -> None:
    relay, [alice], [bob, tablet] = couple(1, 2)
    alice.meet()
    revoke(tablet)
    alice.meet()
    stranger = Phone(bob.owner, relay, bob.random)
    fresh = bob.owner.devices.pop(stranger.me.device_id)
    bob.owner.devices[tablet.me.device_id] = replace(fresh, device_id=tablet.me.device_id)
    bob.owner.publish(relay.now)
    with pytest.raises(ListRefused):
        alice.meet()


def test_lists_from_before_the_first_sight_must_lead_to_it() -> None:
    relay, [alice], [bob] = couple()
    for _ in range(3):
        bob.owner.publish(relay.now)
    lists = bob.owner.lists
    late = trust.learn(trust.Trust(), bob.me.user_id, lists[3:])
    known = trust.learn_past(late, bob.me.user_id, lists)
    assert known.list(bob.me.user_id, 1) == lists[0]
    assert known.contacts[bob.me.user_id].newest == lists[3]
    for wrong in (lists[:3], alice.owner.lists, [*lists[:1], *lists[2:]]):
        with pytest.raises(ListRefused):
            trust.learn_past(late, bob.me.user_id, wrong)


def test_a_weaker_mode_is_for_reading_until_the_person_agrees(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, bob = talking
    newest = bob.session.newest
    stronger = replace(newest, core=replace(newest.core, mode=commits.QKD))
    bob.session = replace(bob.session, newest=stronger)
    alice.commit()
    bob.sync()
    assert bob.session.epoch.reading_only == "weaker_mode"
    with pytest.raises(KeyMissing):
        bob.sealed("not yet")
    with pytest.raises(NotAgreed):
        bob.prepare()
    bob.session = session.accept_mode(bob.session)
    assert bob.sealed("now")


def test_keys_are_not_kept_longer_than_they_are_needed(
    talking: tuple[Relay, Phone, Phone],
) -> None:
    _, alice, _ = talking
    first = alice.session.own_key
    alice.commit()
    assert first is not None
    assert isinstance(alice.session.own_key, OwnKey)
    assert alice.session.own_key.key_id != first.key_id


def test_a_late_joiner_does_not_read_the_past() -> None:
    relay, [alice], [bob] = couple()
    alice.say("before")
    tablet = add_phone(bob.owner, relay, "tablet")
    alice.say("after")
    tablet.sync()
    assert [e.code for e in tablet.events if isinstance(e, Refused)] == ["not_readable"]
    assert tablet.session.head == alice.session.head
