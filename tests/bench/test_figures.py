"""Figures are folded, judged and shown as what they are."""

from __future__ import annotations

import math

from tests.bench.figures import Figure, medians, percentile, table


def test_a_bar_holds_or_not() -> None:
    """At the bar it holds, above not, and nothing measured holds no bar."""
    assert Figure("b", "f", 20.0, "ms", 20).holds
    assert not Figure("b", "f", 20.1, "ms", 20).holds
    assert not Figure("b", "f", percentile([], 99), "ms", 20).holds
    assert Figure("b", "f", math.inf, "ms").holds


def test_several_runs_become_their_median() -> None:
    """The median stands in the middle of its spread; one run has no spread."""
    runs = [[Figure("b", "f", value, "ms", 5)] for value in (3.0, 9.0, 4.0)]
    (folded,) = medians(runs)
    assert (folded.value, folded.spread, folded.holds) == (4.0, (3.0, 9.0), True)
    assert medians(runs[:1])[0].spread == (0.0, 0.0)


def test_the_table_compares_with_a_baseline() -> None:
    """Each line has its value, its bar, and its ratio to the baseline where there is one."""
    shown = table([Figure("b", "f", 30, "ms", 20), Figure("b", "g", 5, "MB")], {"b: f": 15.0})
    assert "30 ms" in shown
    assert "NOT HELD  2.00" in shown
    assert "5 MB" in shown
