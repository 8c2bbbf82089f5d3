"""Random histories of a conversation: whatever happens on the way, what was accepted is read.

Each rule is something that really happens: somebody speaks, a device wakes up and takes only part
of what waits, two commit at once, a device loses its state, a tablet is added, one is revoked and
goes on talking, the process dies after the state was stored and before anything was sent or
answered, the server hands out the wrong entry, time passes. CHAOS_EXAMPLES sets how many histories.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from client.events import Held, NotReadable, OutOfOrder, Refused, Stopped
from tests.client.town import Phone, add_phone, couple, revoke

PICK = st.integers(min_value=0, max_value=1_000_000)


class Conversation(RuleBasedStateMachine):
    @initialize(alices=st.integers(1, 2), bobs=st.integers(1, 2))
    def begin(self, alices: int, bobs: int) -> None:
        self.relay, hers, his = couple(alices, bobs)
        self.phones: list[Phone] = hers + his
        self.gone: list[Phone] = []
        self.spoken: dict[str, int] = {}
        self.count = 0

    def pick(self, number: int) -> Phone:
        return self.phones[number % len(self.phones)]

    def agree(self, phone: Phone) -> None:
        """Take everything; a person who is asked about a restart agrees."""
        while phone.session.n < len(self.relay.entries):
            try:
                phone.sync()
            except Held as held:
                phone.agreed |= {held.subject}

    def can_write(self, phone: Phone) -> bool:
        """A newcomer waits for somebody to let it in; from nothing anybody may begin."""
        return phone.session.chain_secret is not None or self.relay.epoch == 0

    def next_text(self) -> str:
        self.count += 1
        return f"message {self.count}"

    @rule(who=PICK)
    def somebody_speaks(self, who: int) -> None:
        phone = self.pick(who)
        self.agree(phone)
        if self.can_write(phone):
            text = self.next_text()
            self.spoken[text] = phone.say(text)

    @rule(who=PICK, some=st.integers(1, 4))
    def a_device_wakes_up_for_a_moment(self, who: int, some: int) -> None:
        try:
            self.pick(who).sync(some)
        except Held as held:
            self.pick(who).agreed |= {held.subject}

    @rule(one=PICK, other=PICK)
    def two_commit_at_once(self, one: int, other: int) -> None:
        racers = list(dict.fromkeys((self.pick(one), self.pick(other))))
        for phone in racers:
            self.agree(phone)
        racers = [phone for phone in racers if self.can_write(phone)]
        for phone in racers:
            phone.prepare()
        wins = [phone.publish() for phone in racers]
        assert sum(n is not None for n in wins) == min(1, len(racers))

    @rule(who=PICK)
    def a_device_is_killed_before_it_sends(self, who: int) -> None:
        phone = self.pick(who)
        self.agree(phone)
        if self.can_write(phone) and not phone.due():
            phone.sealed("never left")

    @rule(who=PICK)
    def a_device_is_killed_before_the_answer(self, who: int) -> None:
        phone = self.pick(who)
        self.agree(phone)
        if self.can_write(phone) and not phone.due():
            text = self.next_text()
            self.spoken[text] = phone.post(phone.sealed(text))

    @rule(who=PICK)
    def a_device_is_added(self, who: int) -> None:
        owner = self.pick(who).owner
        if len(self.phones) < 5:
            self.phones.append(
                add_phone(owner, self.relay, f"device {len(self.gone)} {self.count}")
            )
            self.count += 1

    @rule(who=PICK)
    def a_device_is_revoked(self, who: int) -> None:
        phone = self.pick(who)
        mates = [other for other in self.phones if other.owner is phone.owner]
        if len(mates) > 1:
            self.agree(phone)
            self.phones.remove(phone)
            self.gone.append(phone)
            revoke(phone)

    @rule(who=PICK)
    def a_revoked_device_goes_on_talking(self, who: int) -> None:
        """In the epoch it still knows; the honest server would already refuse most of it."""
        if not self.gone:
            return
        phone = self.gone[who % len(self.gone)]
        epoch = phone.session.epoch
        out = self.relay.newest and phone.me.device_id not in self.relay.newest.devices()
        if out and epoch and not epoch.reading_only:
            phone.post(phone.sealed(f"ghost {self.count}"))

    @rule(who=PICK)
    def a_device_loses_its_state(self, who: int) -> None:
        phone = self.pick(who)
        self.phones.remove(phone)
        revoke(phone)
        self.phones.append(add_phone(phone.owner, self.relay, f"again {self.count}"))
        self.count += 1
        self.gone.append(phone)

    @rule(who=PICK)
    def nobody_can_go_on_so_somebody_starts_afresh(self, who: int) -> None:
        phone = self.pick(who)
        self.agree(phone)
        if self.relay.epoch and phone.session.chain_secret is None:
            phone.prepare(restart=True)
            phone.publish()
            self.agree(phone)

    @rule(who=PICK, ahead=st.integers(2, 5))
    def the_server_hands_out_the_wrong_entry(self, who: int, ahead: int) -> None:
        phone = self.pick(who)
        entries = self.relay.after(0, phone.me.device_id)
        at = (phone.session.n + ahead) % (len(entries) + 1)
        if at < len(entries) and at != phone.session.n:
            before = phone.session
            with pytest.raises(OutOfOrder):
                phone.receive(entries[at])
            assert phone.session == before

    @rule(minutes=st.integers(1, 3000))
    def time_passes(self, minutes: int) -> None:
        self.relay.now += minutes * 60_000

    @invariant()
    def nobody_sees_a_fork_or_an_attack(self) -> None:
        for phone in self.phones:
            for event in phone.events:
                assert not isinstance(event, Stopped)
                assert not (isinstance(event, Refused) and event.attack), event

    def teardown(self) -> None:
        if not hasattr(self, "phones"):
            return
        for phone in self.phones:
            self.agree(phone)
        self.all_agree_on_the_transcript()
        self.each_reads_what_it_may_read()

    def all_agree_on_the_transcript(self) -> None:
        assert len({phone.session.head for phone in self.phones}) == 1

    def each_reads_what_it_may_read(self) -> None:
        """Every accepted message once, in order, from the first readable one on; no ghosts."""
        for phone in self.phones:
            numbers = [self.spoken[text] for text in phone.texts]
            assert numbers == sorted(set(numbers))
            allowed = {NotReadable.code, "late"}
            codes = {e.code for e in phone.events if isinstance(e, Refused) and e.kind != 1}
            assert codes <= allowed
            self.nothing_is_missing(phone, numbers)

    def nothing_is_missing(self, phone: Phone, numbers: list[int]) -> None:
        """What others said in epochs that this device was part of is read, unless it was late."""
        skipped = {e.n for e in phone.events if isinstance(e, Refused)}
        mine = {
            n for n in self.spoken.values()
            if self.relay.entries[n - 1].sender == phone.me.user_id
        }  # fmt: skip
        for n in self.spoken.values():
            assert n in numbers or n in skipped or n in mine


Conversation.TestCase.settings = settings(
    max_examples=int(os.environ.get("CHAOS_EXAMPLES", "30")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestConversation = Conversation.TestCase
