"""Whether a day's bounds hold for all processes together."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.calls.shared_state import DayCount
from gateway.dialplan.model import DayLimits
from gateway.records.store.records_store import CallTotals


@pytest.mark.parametrize(
    ("limits", "others", "fits"),
    [
        (None, CallTotals(10**6, 1e9, 1e9), True),
        (DayLimits(), CallTotals(10**6, 1e9, 1e9), True),
        (DayLimits(calls=5), CallTotals(3), True),
        (DayLimits(calls=5), CallTotals(4), False),
        (DayLimits(minutes=2), CallTotals(0, 59.0), True),
        (DayLimits(minutes=2), CallTotals(0, 60.0), False),
        (DayLimits(cost_usd=Decimal(3)), CallTotals(0, 0.0, 1.9), True),
        (DayLimits(cost_usd=Decimal(3)), CallTotals(0, 0.0, 2.0), False),
    ],
)
def test_what_fits(limits: DayLimits | None, others: CallTotals, fits: bool) -> None:
    """The call that asks is counted among ours; minutes and dollars that are used up let nobody in."""
    assert DayCount("p", "2026-11-28", "", CallTotals(2, 60.0, 1.0), limits).fits(others) is fits
