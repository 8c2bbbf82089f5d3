"""The frame reader: every limit has a frame that breaks it, and any chunking gives the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transport.wire import masked
from web.transport import frames
from web.transport.frames import FrameReader, Limits, Violation, frame, unmask

SMALL = Limits(message_bytes=100, fragments=5, seconds=10)


def read(data: bytes, limits: Limits = SMALL, now: float = 0.0) -> list[tuple[int, bytes]]:
    return list(FrameReader(limits).feed(data, now))


@given(st.binary(max_size=300), st.binary(min_size=4, max_size=4))
def test_unmask_is_the_naive_one(payload, key):
    assert unmask(payload, key) == bytes(b ^ key[i % 4] for i, b in enumerate(payload))


@given(
    st.lists(
        st.tuples(
            st.sampled_from((frames.TEXT, frames.BINARY, frames.PING)), st.binary(max_size=90)
        )
    ),
    st.integers(1, 50),
)
def test_any_chunking_gives_the_same_messages(messages, step):
    data = b"".join(masked(opcode, payload) for opcode, payload in messages)
    reader, got = FrameReader(SMALL), []
    for start in range(0, len(data), step):
        got += reader.feed(data[start : start + step], 0.0)
    assert got == messages


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 70000])
def test_every_length_form_is_read_and_written(size):
    theirs = masked(frames.BINARY, bytes(size))
    assert read(theirs, Limits(1 << 20)) == [(frames.BINARY, bytes(size))]
    # Ours is the same without the mask bit and the key.
    head = theirs[: len(theirs) - size - 4]
    assert frame(frames.BINARY, bytes(size)) == head[:1] + bytes((head[1] & 127,)) + head[
        2:
    ] + bytes(size)


def test_fragments_are_joined_around_control_frames():
    data = (
        masked(1, b"a", final=False)
        + masked(9, b"p")
        + masked(0, b"b", final=False)
        + masked(0, b"c")
    )
    assert read(data) == [(frames.PING, b"p"), (frames.TEXT, b"abc")]


BROKEN = {
    "reserved bit": (1002, bytes((0xC1, 0x80)) + bytes(4)),
    "unknown opcode": (1002, masked(3, b"")),
    "unknown control opcode": (1002, masked(11, b"")),
    "not masked": (1002, bytes((0x81, 1)) + b"x"),
    "fragmented control": (1002, masked(9, b"", final=False)),
    "long control": (1002, masked(9, bytes(126))),
    "continuation of nothing": (1002, masked(0, b"x")),
    "new message inside another": (1002, masked(1, b"x", final=False) + masked(1, b"y")),
    "frame too big": (1009, masked(1, b"", size=101)),
    "2 MB announced": (1009, masked(1, b"", size=2 << 20)),
    "largest length there is": (1009, masked(1, b"", size=(1 << 64) - 1)),
    "total too big": (1009, masked(1, bytes(60), final=False) + masked(0, bytes(41), final=False)),
    "too many fragments": (1009, masked(1, b"", final=False) + masked(0, b"", final=False) * 5),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_frames_are_refused(case):
    code, data = BROKEN[case]
    with pytest.raises(Violation) as refused:
        read(data)
    assert refused.value.code == code


def test_what_is_at_the_limit_passes():
    assert read(masked(1, bytes(100))) == [(1, bytes(100))]
    part, empty = masked(1, bytes(50), final=False), masked(0, b"", final=False)
    whole = part + empty * 4 + masked(0, bytes(50))
    assert read(whole) == [(1, bytes(100))]
    assert read(whole + whole) == [(1, bytes(100))] * 2
    ping = masked(9, bytes(60))
    assert read(part + ping + masked(0, bytes(50)))[-1] == (1, bytes(100))


def test_a_big_frame_is_refused_before_its_payload_arrives():
    reader = FrameReader(SMALL)
    with pytest.raises(Violation):
        list(reader.feed(masked(1, bytes(101))[:8], 0.0))


def test_good_messages_before_a_broken_one_are_given_out():
    messages = FrameReader(SMALL).feed(masked(1, b"good") + masked(3, b""), 0.0)
    assert next(messages) == (1, b"good")
    with pytest.raises(Violation):
        next(messages)


@pytest.mark.parametrize("start", [masked(1, b"x", final=False), masked(1, b"xyz")[:-1]])
def test_a_message_that_never_ends_is_refused(start):
    reader = FrameReader(SMALL)
    list(reader.feed(start, 0.0))
    list(reader.feed(b"", 10.0))
    with pytest.raises(Violation) as refused:
        list(reader.feed(b"", 10.1))
    assert refused.value.code == 1008


def test_a_busy_client_is_not_mistaken_for_a_stalled_one():
    """There is always half a frame behind the last message, but never the same one."""
    reader, one = FrameReader(SMALL), masked(1, b"x")
    for second in range(0, 100, 5):
        list(reader.feed(one[2:] + one[:2] if second else one + one[:2], float(second)))


@pytest.mark.parametrize("payload", [b"\x03", (1005).to_bytes(2, "big"), (999).to_bytes(2, "big")])
def test_bad_close_codes_are_refused(payload):
    with pytest.raises(Violation):
        frames.check_close(payload)


def test_text_must_be_utf8():
    with pytest.raises(Violation) as refused:
        frames.text_of(b"\xed\xa0\x80")  # a lone surrogate
    assert refused.value.code == 1007


def test_a_close_frame_fits_a_control_frame():
    assert len(frames.close_frame(1008, "ü" * 100)) <= 127
