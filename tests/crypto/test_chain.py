"""Message keys: each number once, in any order, and never more skipped keys than are kept."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import chain
from crypto.chain import MAX_SKIPPED, ReceivingChain, SendingChain
from crypto.errors import ArgumentInvalid, RangeExceeded, Replay

START = bytes(range(32))


def sent(count: int) -> list[bytes]:
    """The message keys of numbers 1 to `count`, from the sender's side."""
    state, keys = SendingChain(START), []
    for number in range(1, count + 1):
        seq, key, state = chain.advance(state)
        assert seq == number
        keys.append(key)
    return keys


def test_the_steps_are_hmac() -> None:
    assert chain.message_key(START) == hmac.digest(START, b"\x01", hashlib.sha256)
    assert chain.next_chain(START) == hmac.digest(START, b"\x02", hashlib.sha256)


@given(st.permutations(range(1, 21)))
def test_any_order_gives_each_key_once(order: list[int]) -> None:
    keys, state = sent(20), ReceivingChain(START)
    for seq in order:
        key, state = chain.take(state, seq)
        assert key == keys[seq - 1]
    assert not state.skipped
    for seq in order:
        with pytest.raises(Replay):
            chain.take(state, seq)


@given(st.lists(st.integers(1, 30), max_size=60))
def test_a_number_is_never_given_twice(order: list[int]) -> None:
    taken, state = set(), ReceivingChain(START)
    for seq in order:
        if seq in taken:
            with pytest.raises(Replay):
                chain.take(state, seq)
        else:
            _, state = chain.take(state, seq)
            taken.add(seq)


def test_a_state_is_not_changed_by_taking() -> None:
    """A forged message costs nothing: the caller keeps the state of before."""
    _, state = chain.take(ReceivingChain(START), 5)
    before = (state.chain_key, state.next_seq, dict(state.skipped))
    for seq in (2, 9):
        chain.take(state, seq)
    assert (state.chain_key, state.next_seq, dict(state.skipped)) == before


def test_what_is_taken_is_forgotten() -> None:
    key, state = chain.take(ReceivingChain(START), 3)
    assert key not in state.skipped.values()
    late, after = chain.take(state, 1)
    assert late in state.skipped.values()
    assert late not in after.skipped.values()
    assert set(after.skipped) == {2}


def test_as_many_keys_are_kept_as_said_and_no_more() -> None:
    state = ReceivingChain(START)
    with pytest.raises(RangeExceeded):
        chain.take(state, MAX_SKIPPED + 2)
    _, state = chain.take(state, MAX_SKIPPED + 1)
    assert len(state.skipped) == MAX_SKIPPED
    with pytest.raises(RangeExceeded):
        chain.take(state, MAX_SKIPPED + 3)
    _, state = chain.take(state, MAX_SKIPPED + 2)
    _, state = chain.take(state, 1)
    _, state = chain.take(state, MAX_SKIPPED + 4)
    assert len(state.skipped) == MAX_SKIPPED


def test_a_number_far_ahead_is_refused_without_work() -> None:
    with pytest.raises(RangeExceeded):
        chain.take(ReceivingChain(START), (1 << 32) - 1)


@pytest.mark.parametrize("seq", [0, -1])
def test_numbers_begin_at_one(seq: int) -> None:
    with pytest.raises(ArgumentInvalid):
        chain.take(ReceivingChain(START), seq)


def test_a_chain_key_has_32_bytes() -> None:
    for wrong in (chain.message_key, chain.next_chain):
        with pytest.raises(ArgumentInvalid):
            wrong(bytes(31))


def test_keys_do_not_show_in_text() -> None:
    _, state = chain.take(ReceivingChain(START), 3)
    assert repr(state) == "ReceivingChain(next_seq=4)"
    assert repr(SendingChain(START)) == "SendingChain(next_seq=1)"
