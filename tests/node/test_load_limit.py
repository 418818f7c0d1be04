"""Calls that a machine carries, learned from moments that never were: shares and lateness are arguments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.node.load_limit import AT_LEAST, AT_ONCE, FEW, Bound, LoadLimit, LoadSample, Room

IDLE = LoadSample(0.1, calls=0, python=0.0, cores=0.0, clock=0.0, loop_late=0.0, ticks_late=0.0)


def passed(limit: LoadLimit, seconds: float, **load: float) -> Room:
    """Let so much time pass that is all alike; return what holds at its end."""
    moment = replace(IDLE, **load)  # type: ignore[arg-type] # numbers all
    for _ in range(round(seconds / moment.seconds)):
        room = limit.after(moment)
    return room


def test_at_first_calls_may_come_as_they_like() -> None:
    """Nothing is known but that nobody can handle any number at once."""
    assert passed(LoadLimit(), 1) == Room(AT_ONCE, full=False, limit=None, bound=Bound.NOTHING)


@pytest.mark.parametrize(
    ("load", "bound"),
    [({"python": 0.8}, Bound.PYTHON), ({"cores": 0.85}, Bound.CORES), ({"clock": 0.65}, Bound.CLOCK)],
)
def test_how_many_follows_from_what_they_cost(load: dict[str, float], bound: Bound) -> None:
    """What a hundred calls use says how many fill the machine, and which part of it."""
    limit = LoadLimit()
    room = passed(limit, 10, calls=100, **load)
    assert (room.full, room.bound, room.limit) == (False, bound, 100 + room.calls)
    assert room.calls == pytest.approx(6, abs=2)
    assert passed(limit, 10, calls=108, **{key: share * 1.08 for key, share in load.items()}).full


def test_little_load_tells_nothing() -> None:
    """What a machine does that is hardly used says little of what it does when it is full."""
    assert passed(LoadLimit(), 10, calls=50, python=0.3).limit is None


def test_a_full_machine_takes_calls_again_when_there_is_room_for_some() -> None:
    """Not for one at a time: a balancer would be told another thing at each look."""
    limit = LoadLimit()
    assert passed(limit, 10, calls=200, python=0.9).full
    assert passed(limit, 10, calls=196, python=0.84).full
    assert passed(limit, 10, calls=180, python=0.72) == Room(32, full=False, limit=212, bound=Bound.PYTHON)


@pytest.mark.parametrize("load", [{"loop_late": 0.05}, {"ticks_late": 0.1}])
def test_a_late_machine_takes_nobody(load: dict[str, float]) -> None:
    """Whatever makes it late; then a few calls less than there were, and slowly more."""
    limit = LoadLimit()
    assert passed(limit, 4, calls=100, **load) == Room(0, full=True, limit=95, bound=Bound.LATE)
    assert passed(limit, 1, calls=90).bound is Bound.LATE
    assert passed(limit, 6, calls=90).limit in range(96, 110)
    assert passed(limit, 120, calls=90) == Room(AT_ONCE, full=False, limit=None, bound=Bound.NOTHING)


def test_one_long_halt_refuses_nobody() -> None:
    """It is over when it is known."""
    limit = LoadLimit()
    passed(limit, 5, calls=100)
    assert not limit.after(replace(IDLE, seconds=1.1, calls=100, loop_late=1.0)).full
    assert not passed(limit, 1, calls=100).full


@pytest.mark.parametrize(
    ("late_s", "calls"), [(0.004, AT_ONCE), (0.01, AT_ONCE // 4), (0.06, AT_LEAST), (1.0, AT_LEAST)]
)
def test_few_come_at_once_while_the_loop_is_late(late_s: float, calls: int) -> None:
    """From one look to the next: no average is waited for, and nobody is told that it is full."""
    limit = LoadLimit()
    passed(limit, 5, calls=100)
    room = limit.after(replace(IDLE, calls=100, loop_late=late_s))
    assert (room.calls, room.full) == (calls, False)
    assert limit.after(replace(IDLE, calls=100)).calls == AT_ONCE


def test_a_few_calls_are_always_let_in() -> None:
    """Where somebody else takes the cores, to refuse them would be no help."""
    assert not passed(LoadLimit(), 10, calls=FEW - 1, python=1.0, cores=1.0, loop_late=1.0).full


def test_calls_that_came_meanwhile_count() -> None:
    """Room is for how many there are now, costs are those of a while."""
    limit = LoadLimit()
    passed(limit, 10, calls=100, python=0.5)
    assert limit.after(replace(IDLE, calls=160, python=0.5)).calls == pytest.approx(17, abs=4)
