"""Two people, from the challenge to the delivered message."""

from __future__ import annotations

from crypto.wire import b64_decode, b64_encode
from tests.services.town import Machine
from tests.sockets.site import Site, message, now
from tests.sockets.test_delivery import publishes_list


def test_a_device_is_challenged_and_proves_itself(site: Site) -> None:
    ann = site.moves_in()
    line = ann.connects()
    assert len(b64_decode(line.challenge["nonce"])) == 32
    assert abs(line.challenge["server_time"] - now()) < 10_000
    answer = line.prove(ann.person.machine)
    assert answer["ok"] is True
    assert answer["user_id"] == b64_encode(ann.person.user_id)
    assert abs(answer["server_time"] - now()) < 10_000


def test_a_message_is_acknowledged_and_delivered(site: Site) -> None:
    ann, bob = site.friends()
    at_ann, at_bob = ann.proves(), bob.proves()
    raw = ann.envelope(bob, 1)
    answer = at_ann.send(bob, raw)
    assert (answer["ok"], answer["n"]) == (True, 2)
    news = at_bob.next("entry:new")
    assert news["conversation"] == b64_encode(ann.with_(bob))
    assert (news["n"], news["kind"]) == (2, 2)
    assert b64_decode(news["bytes"]) == raw
    assert b64_decode(news["sender"]) == ann.person.user_id
    assert (news["seal"], news["received_at"]) == (answer["seal"], answer["received_at"])
    stored = site.state(ann.with_(bob))
    assert (stored.n, b64_encode(stored.head)) == (2, answer["head"])


def test_a_device_that_was_added_can_send_as_soon_as_it_is_in_a_commit(site: Site) -> None:
    ann, bob = site.friends()
    assert ann.proves().send(bob, ann.envelope(bob, 1))["ok"] is True
    new = Machine()
    ann.person.machines.append(new)
    publishes_list(ann)
    line = ann.proves(new)
    early = ann.envelope(bob, 1, new)
    refused = line.refusal("message:send", message(ann.with_(bob), early))
    assert refused == "foreign_device"
    assert ann.commits(bob).status_code == 201
    assert line.send(bob, ann.envelope(bob, 1, new))["ok"] is True
