"""kill -9 while messages are under way: what was acknowledged arrives, once and in order."""

from __future__ import annotations

from pathlib import Path

from crypto.wire import b64_decode
from tests.sockets.site import Member, Site, message
from tests.transport.wire import Gone

MESSAGES = 150
KILL_AFTER = 60


def test_what_was_acknowledged_before_a_kill_is_delivered_after_the_restart(
    tmp_path: Path,
) -> None:
    with Site(tmp_path) as site:
        ann, bob = site.friends()
        sent = [ann.envelope(bob, seq) for seq in range(1, MESSAGES + 1)]
        acknowledged = acknowledged_until_killed(ann, bob, sent)
        assert len(acknowledged) >= KILL_AFTER
        site.start()
        arrived = {entry["n"]: b64_decode(entry["bytes"]) for entry in bob.entries(ann, after=1)}
        assert {n: arrived[n] for n in acknowledged} == acknowledged
        # Nothing twice, nothing out of order, nothing that was not sent.
        assert list(arrived.values()) == sent[: len(arrived)]
        assert list(arrived) == list(range(2, len(arrived) + 2))
        resends_go_on(ann, bob, sent, arrived)


def acknowledged_until_killed(ann: Member, bob: Member, sent: list[bytes]) -> dict[int, bytes]:
    """Send all at once; kill the server when some acknowledgements are here. n -> envelope."""
    line, found = ann.proves(), {}
    numbers = [line.emit("message:send", message(ann.with_(bob), raw)) for raw in sent]
    try:
        for number, raw in zip(numbers, sent, strict=True):
            answer = line.ack(number)
            found[answer["n"]] = raw
            if len(found) == KILL_AFTER:
                ann.site.kill()
    except Gone:
        pass  # what was on its way when the server died
    return found


def resends_go_on(ann: Member, bob: Member, sent: list[bytes], arrived: dict[int, bytes]) -> None:
    """The client that saw only some of it sends everything again; nothing is doubled or lost."""
    line = ann.proves()
    answers = [line.send(bob, raw) for raw in sent]
    assert [answer["n"] for answer in answers] == list(range(2, MESSAGES + 2))
    stored = [b64_decode(entry["bytes"]) for entry in bob.entries(ann, after=1)]
    assert stored == sent
    assert stored[: len(arrived)] == list(arrived.values())


def test_a_message_to_somebody_offline_survives_a_kill(tmp_path: Path) -> None:
    """Between acknowledgement and delivery, because nobody was there to be delivered to."""
    with Site(tmp_path) as site:
        ann, bob = site.friends()
        raw = ann.envelope(bob, 1)
        first = ann.proves().send(bob, raw)
        site.kill()
        site.start()
        assert b64_decode(bob.entries(ann)[-1]["bytes"]) == raw
        assert ann.proves().send(bob, raw) == first
