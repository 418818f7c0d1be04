"""Two workers are compared with one call by call and at their worst; the bench itself rings them."""

from __future__ import annotations

import pytest

from tests.bench.workers import at_speed, compared, together


def figures(cost: float, gap: float, told: float, failed: float = 0.0) -> dict[str, float]:
    """Return what was measured of one worker."""
    return {
        "gateway_per_call": cost,
        "gap_p99": gap,
        "told_p99": told,
        "failed": failed,
        "lost": 0.0,
        "holes": 0.0,
    }


def test_of_several_workers_a_call_costs_the_mean_and_the_worst_wait_counts() -> None:
    """A worker that is late is not hidden by one that is not."""
    both = together([figures(0.4, 20.0, 9.0), figures(0.6, 26.0, 11.0, failed=1.0)])
    assert both == figures(0.5, 26.0, 11.0, failed=1.0)


def test_a_slow_core_makes_no_call_dearer() -> None:
    """Twice the CPU, where all work costs twice as much, is the same."""
    fast, slow = at_speed(figures(0.2, 20.0, 9.0), 1e-4), at_speed(figures(0.4, 20.0, 9.0), 2e-4)
    assert fast["work_per_call"] == pytest.approx(slow["work_per_call"])
    assert (fast["speed"], slow["speed"]) == (pytest.approx(100), pytest.approx(200))


@pytest.mark.parametrize("worse", ["work_per_call", "gap_p99", "told_p99", "failed"])
def test_each_bar_is_judged_by_itself(worse: str) -> None:
    """The median of the pairs' ratios, and no fault at all."""
    one = at_speed(figures(0.5, 20.0, 10.0), 1e-4)
    good = [[one, one], [one, one]]
    assert all(figure.holds for figure in compared(good, 80))
    two = one | {worse: one[worse] * 1.2 + 1}
    assert sum(not figure.holds for figure in compared([[one, two]], 80)) == 1
