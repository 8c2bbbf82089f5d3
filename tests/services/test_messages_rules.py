"""What the server asks of one envelope: its bytes, and the table of rules over its header."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import pytest

from crypto import envelope
from errors import CryptexqError
from services.messages import (
    CLOCK_MS,
    MAX_ENVELOPE,
    OLD_EPOCH_MS,
    RULES,
    Case,
    check,
    named_epoch,
    parse,
)
from services.refusals import (
    ClockOff,
    ForeignDevice,
    Malformed,
    NotAMember,
    NumberTaken,
    RosterStale,
    StaleEpoch,
    TooLarge,
    UnknownVersion,
    WrongCommit,
)
from services.transcript import Tail
from store.base import EpochState
from tests.services.town import NOW, seal

ANN, BOB, EVE = (bytes([c]) * 16 for c in b"abe")
PHONE, TABLET, OLD_PHONE = (bytes([c]) * 16 for c in b"pto")
CONVERSATION = b"c" * 16
CURRENT = EpochState(5, b"5" * 32, frozenset([PHONE, TABLET]), NOW)
PREVIOUS = EpochState(4, b"4" * 32, frozenset([PHONE, OLD_PHONE]), NOW - 10_000)


def tail() -> Tail:
    numbers = {(5, PHONE): 7, (4, PHONE): 30}
    return Tail(CONVERSATION, (ANN, BOB), 40, b"h" * 32, NOW, CURRENT, PREVIOUS, numbers)


def header(**changes: object) -> envelope.Header:
    honest = envelope.Header(envelope.MESSAGE, CONVERSATION, 5, PHONE, 8, NOW, b"5" * 16)
    return honest._replace(**changes)


def case(head: envelope.Header | None = None, now: int = NOW, **changes: object) -> Case:
    head = head or header()
    devices, everybodys = frozenset([PHONE, OLD_PHONE]), frozenset([PHONE, TABLET])
    made = Case(tail(), ANN, devices, everybodys, head, now, None)
    made = dataclasses.replace(made, **changes)
    return dataclasses.replace(made, named=named_epoch(made.tail, head.epoch, now))


def old(**changes: object) -> envelope.Header:
    return header(epoch=4, commit_hash=b"4" * 16, seq=31, **changes)


HONEST = {
    "current epoch": case(),
    "receipt": case(header(type=envelope.RECEIPT)),
    "a gap": case(header(seq=500)),
    "previous epoch": case(old()),
    "previous epoch, at the last moment": case(old(sent_at=NOW + OLD_EPOCH_MS), NOW + OLD_EPOCH_MS),
    "clock as far off as allowed": case(header(sent_at=NOW - CLOCK_MS)),
}

no_epoch = tail()
no_epoch.current = no_epoch.previous = None

BROKEN: dict[str, tuple[Case, type[CryptexqError], dict[str, object]]] = {
    "a stranger": (case(user_id=EVE), NotAMember, {}),
    "device not in the list": (case(devices=frozenset([TABLET])), ForeignDevice, {}),
    "no epoch yet": (case(tail=no_epoch), StaleEpoch, {"epoch": 0}),
    "two epochs ago": (case(header(epoch=3)), StaleEpoch, {"epoch": 5}),
    "an epoch to come": (case(header(epoch=6)), StaleEpoch, {"epoch": 5}),
    "previous epoch, too late": (
        case(old(sent_at=NOW + OLD_EPOCH_MS + 1), NOW + OLD_EPOCH_MS + 1),
        StaleEpoch,
        {"epoch": 5},
    ),
    "device left out of the current epoch": (
        case(old(device_id=OLD_PHONE)), ForeignDevice, {},
    ),
    "device not in the previous epoch": (
        case(old(device_id=TABLET), devices=frozenset([TABLET])), ForeignDevice, {},
    ),
    "own device that is in no epoch": (case(header(device_id=OLD_PHONE)), ForeignDevice, {}),
    "another commit": (case(header(commit_hash=b"x" * 16)), WrongCommit, {}),
    "the commit of the other epoch": (case(header(commit_hash=b"4" * 16)), WrongCommit, {}),
    "a device that no commit knows": (
        case(everybodys=frozenset([PHONE, TABLET, OLD_PHONE])), RosterStale, {},
    ),
    "a device that was removed since": (case(everybodys=frozenset([PHONE])), RosterStale, {}),
    "one device in place of another": (
        case(everybodys=frozenset([PHONE, OLD_PHONE])), RosterStale, {},
    ),
    "a receipt under outdated devices": (
        case(header(type=envelope.RECEIPT), everybodys=frozenset([PHONE])), RosterStale, {},
    ),
    "the devices of the previous epoch": (
        case(old(), everybodys=PREVIOUS.devices), RosterStale, {},
    ),
    "another commit, and outdated devices": (
        case(header(commit_hash=b"x" * 16), everybodys=frozenset([PHONE])), WrongCommit, {},
    ),
    "a used number": (case(header(seq=7)), NumberTaken, {"last_seq": 7}),
    "a lower number": (case(header(seq=1)), NumberTaken, {"last_seq": 7}),
    "a used number of the previous epoch": (
        case(old()._replace(seq=30)), NumberTaken, {"last_seq": 30},
    ),
    "clock behind": (case(header(sent_at=NOW - CLOCK_MS - 1)), ClockOff, {"server_time": NOW}),
    "clock ahead": (case(header(sent_at=NOW + 600_000)), ClockOff, {"server_time": NOW}),
}  # fmt: skip


@pytest.mark.parametrize("name", HONEST)
def test_an_honest_envelope_passes(name: str) -> None:
    check(HONEST[name])


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_refused_with_what_helps(name: str) -> None:
    broken, refusal, extra = BROKEN[name]
    with pytest.raises(refusal) as raised:
        check(broken)
    assert raised.value.extra == extra


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_each_rule_is_needed(rule: Callable[[Case], None]) -> None:
    """Without it some case above would be accepted, or refused for a reason that misleads."""
    others = [each for each in RULES if each is not rule]
    assert any(_refusal(others, broken) is not why for broken, why, _ in BROKEN.values())


def _refusal(rules: list[Callable[[Case], None]], broken: Case) -> type[CryptexqError] | None:
    try:
        for rule in rules:
            rule(broken)
    except CryptexqError as refusal:
        return type(refusal)
    return None


# -- bytes --------------------------------------------------------------------


def parsed(raw: bytes, device_id: bytes = PHONE, conversation: bytes = CONVERSATION) -> object:
    return parse(ANN, device_id, conversation, raw)


@pytest.mark.parametrize("padded", envelope.PADDED)
def test_every_padded_length_is_read(padded: int) -> None:
    raw = seal(header(), padded)
    item = parse(ANN, PHONE, CONVERSATION, raw)
    assert item.content.raw == raw
    assert item.header == header()
    assert len(raw) <= MAX_ENVELOPE


def test_a_truncated_envelope_is_malformed_wherever_it_is_cut() -> None:
    raw = seal(header())
    for cut in range(len(raw)):
        with pytest.raises(Malformed):
            parsed(raw[:cut])


def test_bytes_left_over_are_malformed() -> None:
    with pytest.raises(Malformed):
        parsed(seal(header()) + b"\0")


def test_an_overlong_envelope_is_too_large() -> None:
    with pytest.raises(TooLarge):
        parsed(b"\x01" + os.urandom(MAX_ENVELOPE))


@pytest.mark.parametrize("version", [0, 2, 255])
def test_an_unknown_version_is_named_as_such(version: int) -> None:
    raw = seal(header())
    with pytest.raises(UnknownVersion):
        parsed(bytes([version]) + raw[1:])


def test_an_unknown_type_is_malformed() -> None:
    raw = seal(header())
    with pytest.raises(Malformed):
        parsed(raw[:1] + b"\x03" + raw[2:])


def test_an_envelope_sent_to_another_conversation_is_malformed() -> None:
    with pytest.raises(Malformed):
        parsed(seal(header()), conversation=b"d" * 16)


def test_another_devices_name_as_sender_is_refused() -> None:
    with pytest.raises(ForeignDevice):
        parsed(seal(header(device_id=TABLET)))
