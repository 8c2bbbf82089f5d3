"""Sockets that end: a session that ended or expired, a device that was removed."""

from __future__ import annotations

import time

from crypto.wire import b64_encode
from tests.services.town import Machine
from tests.sockets.site import Line, Member, Site, message, now
from tests.sockets.test_delivery import publishes_list


def ended(line: Line) -> str:
    """The code of the last word, after which the connection is over."""
    news = line.next("session:ended")
    assert news["title"]
    assert news["detail"]
    assert line.end().code == 1008
    return str(news["code"])


def another_browser(member: Member) -> Member:
    """The same person, logged in once more."""
    return Member(member.site, member.person)


def test_a_session_that_is_ended_elsewhere_loses_its_sockets(site: Site) -> None:
    ann = site.moves_in()
    here, there = ann.proves(), another_browser(ann)
    staying, unproven = there.proves(), ann.connects()
    assert there.delete(f"/sessions/{b64_encode(ann.session)}").status_code == 204
    assert ended(here) == "session_ended"
    assert ended(unproven) == "session_ended"
    assert staying.seen() == []
    assert ann.opens().status == 401


def test_ending_all_others_spares_this_one(site: Site) -> None:
    ann = site.moves_in()
    others, here = [another_browser(ann) for _ in range(2)], ann.proves()
    lines = [other.proves() for other in others]
    assert ann.delete("/sessions").status_code == 204
    assert [ended(line) for line in lines] == ["session_ended"] * 2
    assert here.seen() == []


def test_logging_out_ends_the_own_socket(site: Site) -> None:
    ann = site.moves_in()
    line = ann.proves()
    assert ann.delete("/sessions/current").status_code == 204
    assert ended(line) == "session_ended"


def test_a_removed_device_is_cut_off_at_once(site: Site) -> None:
    ann, bob = site.friends(machines=2)
    lost, at_bob = ann.proves(ann.person.machines[1]), bob.proves()
    raw = ann.envelope(bob, 1, ann.person.machines[1])
    removed = ann.person.machines.pop()
    publishes_list(ann)
    assert ended(lost) == "device_removed"
    line = ann.connects()
    assert line.refusal("device:prove", line.proof(removed)) == "foreign_device"
    # A socket that somehow lived on could not send: the list is asked for each message.
    assert ann.proves().refusal("message:send", message(ann.with_(bob), raw)) == "foreign_device"
    assert [name for name, _ in at_bob.seen()] == ["list:changed"]


def test_a_device_that_stays_keeps_its_socket(site: Site) -> None:
    ann = site.moves_in()
    line = ann.proves()
    ann.person.machines.append(Machine())
    publishes_list(ann)
    assert line.next("list:changed")["version"] == 2
    assert line.seen() == []


def test_nothing_is_taken_from_an_expired_session(site: Site) -> None:
    """The sweep that closes its sockets runs every fifteen seconds; sending stops at once."""
    ann, bob = site.friends()
    short = Member(site, ann.person, expires_at=now() + 1500)
    line, raw = short.proves(), ann.envelope(bob, 1)
    time.sleep(1.6)
    line.emit("message:send", message(ann.with_(bob), raw))
    assert ended(line) == "session_ended"
    assert site.state(ann.with_(bob)).n == 1
