"""Pairs compare what was measured; the load tests themselves are held by tests/bench/test_load.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.pairs import Side, compared

SIDES = Side("then", Path(), Path()), Side("now", Path(), Path())


def measured(cost: float, gap: float = 20.0, failed: float = 0.0) -> dict[str, float]:
    """Return the figures of one run."""
    return {
        "gateway_per_call": cost,
        "media_seconds": cost,
        "python_seconds": cost,
        "gap_p99": gap,
        "rss_per_call": 1.0,
        "failed": failed,
        "holes": 0.0,
    }


def test_a_ratio_is_the_median_of_the_pairs() -> None:
    """Not the ratio of medians: neighbours were measured in the same minute."""
    pairs = [[measured(1.0), measured(0.4)], [measured(4.0), measured(2.0)], [measured(1.0), measured(0.9)]]
    figures = {figure.name: figure for figure in compared(pairs, SIDES, 80)}
    assert figures["CPU of the gateway for a call, ratio"].value == pytest.approx(0.5)
    assert figures["CPU of the gateway for a call, ratio"].holds
    assert figures["CPU of the gateway for a call, then"].value == 1.0
    assert all(figure.holds for figure in figures.values())


def test_what_may_not_cost_more_is_judged_so() -> None:
    """By a bound of its own."""
    pairs = [[measured(1.0), measured(1.1)]]
    judged = {"gateway_per_call": ("CPU of the gateway for a call", 1.05)}
    assert not all(figure.holds for figure in compared(pairs, SIDES, 80, judged))


def test_a_call_that_fails_is_no_cheap_call() -> None:
    """However little it costs."""
    figures = compared([[measured(1.0), measured(0.1, failed=1.0)]], SIDES, 80)
    assert [figure.name for figure in figures if not figure.holds] == [
        "calls failed and pauses in speech, now"
    ]
