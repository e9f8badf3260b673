"""Token buckets: what they let through, how they fill, and that there are never too many of them."""

from __future__ import annotations

import pytest

from lionrock.errors import TooManyError
from lionrock.server.limits import Buckets, network_of


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def passed(buckets: Buckets, key: str, tries: int) -> int:
    """How many of so many tries get through."""
    done = 0
    for _ in range(tries):
        try:
            buckets.take(key)
        except TooManyError:
            continue
        done += 1
    return done


def test_a_minutes_worth_at_once_and_then_one_after_the_other() -> None:
    clock = Clock()
    buckets = Buckets(30, clock=clock)
    assert passed(buckets, "a", 40) == 30
    clock.now += 1.9
    assert passed(buckets, "a", 5) == 0
    clock.now += 0.2
    assert passed(buckets, "a", 5) == 1
    clock.now += 3_600
    assert passed(buckets, "a", 40) == 30


def test_one_does_not_use_up_what_is_anothers() -> None:
    buckets = Buckets(2, clock=Clock())
    assert (passed(buckets, "a", 5), passed(buckets, "b", 5)) == (2, 2)


def test_it_says_when_the_next_try_gets_through() -> None:
    clock = Clock()
    buckets = Buckets(10, clock=clock)
    passed(buckets, "a", 10)
    with pytest.raises(TooManyError, match="10 times in a minute; try again in 6 seconds") as told:
        buckets.take("a")
    clock.now += told.value.seconds
    buckets.take("a")


def test_tries_that_are_refused_do_not_put_the_next_one_off() -> None:
    clock = Clock()
    buckets = Buckets(6, clock=clock)
    passed(buckets, "a", 6)
    for _ in range(11):
        clock.now += 1
        passed(buckets, "a", 1)
    # In eleven seconds one token came, and was taken; the next is there at the twentieth.
    clock.now += 9
    assert passed(buckets, "a", 3) == 1


def test_a_clock_that_goes_backwards_gives_and_takes_nothing() -> None:
    clock = Clock()
    buckets = Buckets(2, clock=clock)
    passed(buckets, "a", 1)
    clock.now -= 500
    assert passed(buckets, "a", 5) == 1
    clock.now += 30
    assert passed(buckets, "a", 5) == 1


def test_there_is_a_bounded_number_and_the_last_used_stay() -> None:
    buckets = Buckets(5, clock=Clock(), most=3)
    for number in range(100):
        passed(buckets, "kept", 1 if number < 5 else 0)
        buckets.take(f"stranger {number}")
        passed(buckets, "kept", 1)
    assert len(buckets) == 3
    assert passed(buckets, "kept", 5) == 0


def test_nought_is_no_limit() -> None:
    buckets = Buckets(0, clock=Clock())
    assert passed(buckets, "a", 5_000) == 5_000
    assert len(buckets) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.1.2.3", "10.1.2.3"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::9", "2001:db8:1:2::/64"),
        ("::ffff:10.1.2.3", "10.1.2.3"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_what_counts_as_one_address(address: str, network: str) -> None:
    assert network_of(address) == network
