"""When legs are spoken to within a tick: in groups, each at a moment of its own after the tick's."""

from __future__ import annotations

import time
from typing import Any

import pytest

native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

TOGETHER, MOST_NS = 100, 8_000_000
LEAST_NS = 20_000
"""What is shorter is not waited for."""
LEGS = 3 * TOGETHER + 1
GROUP_NS = MOST_NS // 4


def spoken(pace: Any, legs: int) -> list[int]:
    """Return when each leg had its turn."""
    moments = []
    for _ in range(legs):
        pace.next()
        moments.append(time.monotonic_ns())
    return moments


def test_each_group_waits_for_its_moment() -> None:
    """However fast those before it were; and it is told how long nothing was done."""
    pace = native.Pace()
    due = time.monotonic_ns()
    pace.begin(due, LEGS, waits=True)
    moments = spoken(pace, LEGS)
    for group in range(1, 4):
        assert moments[group * TOGETHER] >= due + group * GROUP_NS - LEAST_NS
    assert 0 < pace.waited() <= moments[-1] - due
    assert pace.waited() == 0


def test_thousands_are_spoken_to_faster() -> None:
    """All within 8 ms, if they can be."""
    pace = native.Pace()
    legs = 60 * TOGETHER
    due = time.monotonic_ns()
    pace.begin(due, legs, waits=True)
    moments = spoken(pace, legs)
    assert moments[-1] >= due + 59 * (MOST_NS // 61) - LEAST_NS
    pace.waited()
    pace.begin(time.monotonic_ns() - MOST_NS, legs, waits=True)
    spoken(pace, legs)
    assert pace.waited() == 0


@pytest.mark.parametrize(("late_ns", "waits"), [(50_000_000, True), (0, False)])
def test_who_is_late_or_may_be_woken_late_does_not_wait(late_ns: int, waits: bool) -> None:
    """Nor does anybody where the system does not wake the clock before all others."""
    pace = native.Pace()
    pace.begin(time.monotonic_ns() - late_ns, LEGS, waits=waits)
    spoken(pace, LEGS)
    assert pace.waited() == 0
