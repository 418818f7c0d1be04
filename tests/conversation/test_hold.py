"""The time of a call's timers stands still on hold."""

from __future__ import annotations

from gateway.conversation.hold import HoldClock


def test_time_stands_still_and_goes_on_where_it_was() -> None:
    """Twice: what was held before stays out of the count."""
    clock = HoldClock(600.0)
    assert clock.at(5.0) == 5.0
    clock.begin(10.0)
    assert (clock.held, clock.at(40.0)) == (True, 10.0)
    clock.end(70.0)
    assert (clock.held, clock.at(72.0)) == (False, 12.0)
    clock.begin(75.0)
    assert clock.at(80.0) == 15.0


def test_a_hold_that_is_known_goes_on() -> None:
    """It is told again to whoever listens later, and is as long as it is."""
    clock = HoldClock(10.0)
    clock.begin(0.0)
    clock.begin(9.0)
    assert not clock.too_long(9.9)
    assert clock.too_long(10.0)


def test_nobody_comes_back_twice() -> None:
    """A hold that is not one has no length."""
    clock = HoldClock(10.0)
    clock.end(5.0)
    assert (clock.at(6.0), clock.too_long(100.0)) == (6.0, False)


def test_only_a_hold_of_the_far_side_is_news() -> None:
    """How long they were away is told when they are back, if it was more than a moment; ours is known."""
    clock = HoldClock(10.0)
    clock.begin(0.0)
    assert clock.end(12.4) == 12
    clock.begin(20.0)
    assert clock.end(21.0) == 0
    clock.begin(30.0, ours=True)
    assert not clock.too_long(100.0)
    assert clock.end(100.0) == 0
