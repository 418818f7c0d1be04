"""Axes have round numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.loadtest.axis import over


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (0, 20, ["0", "5", "10", "15", "20"]),
        (0, 47.3, ["0", "10", "20", "30", "40", "50"]),
        (0, 0.6374, ["0.0", "0.2", "0.4", "0.6", "0.8"]),
        (19.87, 20.13, ["19.8", "19.9", "20.0", "20.1", "20.2"]),
        (20, 20, ["20.0", "20.2", "20.4", "20.6", "20.8", "21.0"]),
        (0, 1000, ["0", "200", "400", "600", "800", "1000"]),
        (1.99, 13.3, ["0", "5", "10", "15"]),
    ],
)
def test_ticks_are_round(low: float, high: float, texts: list[str]) -> None:
    """The axis begins and ends with one."""
    axis = over(low, high)
    ticks = axis.ticks()
    assert [text for _, text in ticks] == texts
    assert (ticks[0][0], ticks[-1][0]) == (pytest.approx(axis.low), pytest.approx(axis.high))


@given(st.floats(-1e6, 1e6), st.floats(1e-3, 1e6))
def test_every_range_has_a_few(low: float, width: float) -> None:
    """All values have room between the first and the last."""
    axis = over(low, low + width)
    assert 2 <= len(axis.ticks()) <= 8
    assert -1e-6 <= axis.part(low) <= axis.part(low + width) <= 1 + 1e-6
    first_digit = float(f"{axis.step:e}"[0])
    assert first_digit in {1, 2, 5}
    assert math.isfinite(axis.high)
