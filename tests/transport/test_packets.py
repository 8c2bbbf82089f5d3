"""What a client may say: a table of what passes and what does not."""

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.transport.packets import BadPacket, Json, parse

GOOD = {
    "40": (0, None, None),
    '40{"token":"x"}': (0, None, {"token": "x"}),
    "41": (1, None, None),
    '42["a:b"]': (2, None, ["a:b"]),
    '4212["a",{"b":1}]': (2, 12, ["a", {"b": 1}]),
    "435[1]": (3, 5, [1]),
}
BAD = [
    "",
    "4",
    "2probe",
    "5",
    "6",
    "0",
    "1x",
    "bAAAA",
    "x",
    "²",
    "3probe",
    '3{"a":1}',
    "4",
    "44{}",
    "4x",
    '4{"a":1}',
    "4²",
    '451-["a",{"_placeholder":true,"num":0}]',
    '452-["a"]',
    '421-["a"]',
    '461-["a"]',
    "42",
    "42{}",
    "42[]",
    "42[1]",
    "42null",
    '42"a"',
    "42[",
    '42["a"',
    "42[NaN]",
    "431",
    '43{"a":1}',
    "40[1]",
    '40"x"',
    '42/admin,["a"]',
    "40/admin",
    "42" + "9" * 200 + '["a"]',
    "42" + "[" * 5000,
]


@pytest.mark.parametrize("text", GOOD)
def test_what_our_clients_send_is_read(text):
    parsed = parse(text)
    assert (parsed.packet_type, parsed.id, parsed.data) == GOOD[text]


def test_a_pong_is_no_packet():
    assert parse("3") is None


@pytest.mark.parametrize("text", BAD)
def test_everything_else_is_refused(text):
    with pytest.raises(BadPacket):
        parse(text)


@given(st.text(max_size=30).map("4".__add__) | st.text(max_size=30).map("42".__add__) | st.text())
def test_no_text_does_worse_than_being_refused(text):
    with contextlib.suppress(BadPacket):
        parse(text)


def test_json_is_compact_and_strict():
    assert Json.dumps(["ü", 1], separators=(",", ":")) == '["ü",1]'
    with pytest.raises(orjson.JSONDecodeError):
        Json.loads("[NaN]")
