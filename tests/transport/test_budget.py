"""Token bucket and socket caps, with the clock as an argument."""

import pytest

from web.transport.budget import Full, Rate, SocketCaps, TokenBucket


def test_a_burst_then_the_rate():
    bucket = TokenBucket(Rate(per_second=2, burst=3), now=0.0)
    assert [bucket.spend(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.spend(1.0) for _ in range(3)] == [True, True, False]


def test_a_rest_fills_it_no_higher_than_the_burst():
    bucket = TokenBucket(Rate(per_second=2, burst=3), now=0.0)
    assert sum(bucket.spend(1000.0) for _ in range(10)) == 3


def test_a_clock_that_steps_back_neither_grants_nor_takes():
    bucket = TokenBucket(Rate(per_second=1, burst=2), now=100.0)
    assert bucket.spend(100.0)
    assert bucket.spend(50.0)
    assert not bucket.spend(50.0)


def test_caps_hold_for_each_key_and_in_total_and_are_given_back():
    caps = SocketCaps(total=3, per_key=2)
    with caps.hold(("a", "address")), caps.hold(("b", "address")):
        with pytest.raises(Full) as full, caps.hold(("c", "address")):
            pass
        assert full.value.key == "address"
        with caps.hold(("c",)), pytest.raises(Full) as full, caps.hold(("d",)):
            pass
        assert full.value.key is None
    assert caps.count == 0
    assert not caps._open
    with caps.hold(("c", "address")):
        assert caps.count == 1


def test_a_refused_socket_is_not_counted():
    caps = SocketCaps(total=9, per_key=1)
    with caps.hold(("a",)):
        with pytest.raises(Full), caps.hold(("b", "a")):
            pass
        with caps.hold(("b",)):
            assert caps.count == 2
