"""Who is told what, in which order; and that nobody else is told anything."""

from __future__ import annotations

from crypto.wire import b64_decode, b64_encode
from tests.services.town import Machine
from tests.sockets.site import Member, Site, message, now


def test_all_devices_of_both_hear_but_the_sending_socket(site: Site) -> None:
    ann, bob = site.friends(machines=2)
    phone, laptop = ann.proves(), ann.proves(ann.person.machines[1])
    at_bob = [bob.proves(machine) for machine in bob.person.machines]
    assert phone.send(bob, ann.envelope(bob, 1))["n"] == 2
    for line in (laptop, *at_bob):
        assert [(name, data["n"]) for name, data in line.seen()] == [("entry:new", 2)]
    assert phone.seen() == []


def test_a_stranger_never_receives_anything(site: Site) -> None:
    """Not by asking for a room, not by being connected, not by having another conversation."""
    ann, bob = site.friends()
    eve, mallory = site.friends()
    strangers = [eve.proves(), mallory.proves(), eve.connects()]
    conversation = b64_encode(ann.with_(bob))
    for line in strangers:
        for event in ("join", "room:join", "subscribe", "conversation:join", "enter_room"):
            line.call(event, {"room": conversation, "conversation": conversation})
            line.call(event, conversation)
    at_ann, at_bob = ann.proves(), bob.proves()
    at_ann.send(bob, ann.envelope(bob, 1))
    at_bob.send(ann, bob.envelope(ann, 1))
    assert ann.commits(bob).status_code == 201
    ann.person.machines.append(Machine())
    publishes_list(ann)
    assert at_bob.next("list:changed")["version"] == 2
    assert [line.seen() for line in strangers] == [[], [], []]


def publishes_list(member: Member) -> None:
    member.person.publish(now())
    answer = member.put("/device-list", {"device_list": b64_encode(member.person.list.raw)})
    assert answer.status_code == 200, answer.text


def test_entries_of_a_conversation_arrive_in_the_order_of_n(site: Site) -> None:
    """Two people write at once, with many messages under way."""
    ann, bob = site.friends(machines=2)
    watcher = ann.proves(ann.person.machines[1])
    lines = [(ann.proves(), ann, bob), (bob.proves(), bob, ann)]
    sent = []
    for seq in range(1, 51):
        for line, by, to in lines:
            raw = by.envelope(to, seq)
            sent.append((line, line.emit("message:send", message(by.with_(to), raw))))
    acknowledged = [line.ack(number)["n"] for line, number in sent]
    assert sorted(acknowledged) == list(range(2, 102))
    assert [data["n"] for _, data in watcher.seen()] == list(range(2, 102))
    at_ann, at_bob = lines[0][0], lines[1][0]
    heard = [[data["n"] for _, data in line.seen()] for line in (at_ann, at_bob)]
    assert heard == [sorted(heard[0]), sorted(heard[1])]
    assert sorted(heard[0] + heard[1]) == list(range(2, 102))


def test_a_commit_is_told_in_line_with_messages(site: Site) -> None:
    ann, bob = site.friends(machines=2)
    committing, other = ann.proves(), ann.proves(ann.person.machines[1])
    at_bob = bob.proves()
    at_bob.send(ann, bob.envelope(ann, 1))
    assert ann.commits(bob).json()["n"] == 3
    at_bob.send(ann, bob.envelope(ann, 1))
    conversation = b64_encode(ann.with_(bob))
    commit = ("commit:new", {"conversation": conversation, "n": 3, "epoch": 2})
    heard = other.seen()
    assert [(name, data["n"]) for name, data in heard] == [
        ("entry:new", 2),
        ("commit:new", 3),
        ("entry:new", 4),
    ]
    assert heard[1] == commit
    assert at_bob.seen() == [commit]
    # The device that committed has its answer already.
    assert [name for name, _ in committing.seen()] == ["entry:new", "entry:new"]


def test_a_commit_that_is_sent_again_is_told_once(site: Site) -> None:
    ann, bob = site.friends()
    at_bob, made = bob.proves(), ann.makes_commit(bob)
    first, again = (ann.publishes(ann.with_(bob), made) for _ in range(2))
    assert first.json() == again.json()
    assert [name for name, _ in at_bob.seen()] == ["commit:new"]


def test_a_new_conversation_is_told_to_both_once(site: Site) -> None:
    ann, bob = site.moves_in(), site.moves_in()
    at_ann, at_bob = ann.proves(), bob.proves()
    for _ in range(2):
        ann.post("/conversations", {"user_id": b64_encode(bob.person.user_id)})
    news = [("conversation:new", {"conversation": b64_encode(ann.with_(bob))})]
    assert (at_ann.seen(), at_bob.seen()) == (news, news)


def test_a_changed_list_is_told_to_contacts_and_own_devices(site: Site) -> None:
    ann, bob = site.friends()
    at_ann, at_bob, at_eve = ann.proves(), bob.proves(), site.moves_in().proves()
    ann.person.machines.append(Machine())
    publishes_list(ann)
    news = {"user_id": b64_encode(ann.person.user_id), "version": 2}
    assert at_bob.next("list:changed") == news
    assert at_ann.next("list:changed") == news
    assert at_eve.seen() == []


def test_what_was_said_meanwhile_is_fetched_in_order_once(site: Site) -> None:
    ann, bob = site.friends()
    raws = [ann.envelope(bob, seq) for seq in range(1, 6)]
    line = ann.proves()
    for raw in raws:
        line.send(bob, raw)
    fetched = bob.entries(ann)
    assert [entry["n"] for entry in fetched] == [1, 2, 3, 4, 5, 6]
    assert [b64_decode(entry["bytes"]) for entry in fetched[1:]] == raws
    assert bob.entries(ann, after=6) == []
