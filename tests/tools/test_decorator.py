"""`@tool`."""

from __future__ import annotations

import pytest

from gateway.tools import tool
from gateway.tools.decorator import LONGEST_S, timeout_of


@tool(timeout=30)
def slow() -> None:
    """Take its time."""


def test_a_function_has_its_own_timeout() -> None:
    """Or that of all others; it stays the function it was."""
    assert timeout_of(slow, 5.0) == 30.0
    assert timeout_of(print, 5.0) == 5.0
    assert slow.__doc__ == "Take its time."


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_S + 1, float("nan"), float("inf")])
def test_a_timeout_that_makes_no_sense(seconds: float) -> None:
    """It is said where it is written, with what to write."""
    with pytest.raises(ValueError, match="write seconds"):
        tool(timeout=seconds)
