"""What workers have had of each plan's day, side by side."""

from __future__ import annotations

from gateway.calls.shared_state import DayCount
from gateway.dialplan.model import DayLimits
from gateway.node.workers.day_ledger import DAYS, DayLedger
from gateway.records.store.records_store import CallTotals


def had(calls: int, most: int | None = None, day: str = "2026-11-28", caller: str = "") -> DayCount:
    """Return what a worker says of itself."""
    return DayCount("sales", day, caller, CallTotals(calls, 60.0 * calls, 0.5), DayLimits(calls=most))


def test_the_last_place_is_given_once() -> None:
    """A worker's own sum takes the place of what it said before, and of what is refused nothing is kept."""
    ledger = DayLedger()
    assert ledger.count("a", [had(2, 3)]) == (True, [CallTotals()])
    assert ledger.count("b", [had(1, 3)]) == (True, [CallTotals(2, 120.0, 0.5)])
    assert ledger.count("a", [had(3, 3)])[0] is False
    assert ledger.count("b", [had(1)]) == (True, [CallTotals(2, 120.0, 0.5)])


def test_a_plan_and_a_caller_in_it_are_let_in_together_or_not() -> None:
    """Where one bound does not hold, the call counts for neither."""
    ledger = DayLedger()
    assert ledger.count("a", [had(1, 5), had(1, 1, caller="ann")])[0]
    assert not ledger.count("b", [had(1, 5), had(1, 1, caller="ann")])[0]
    assert ledger.count("a", [had(1)]) == (True, [CallTotals()])


def test_days_that_are_over_are_forgotten() -> None:
    """Memory does not grow with them."""
    ledger = DayLedger()
    for day in range(1, 3 + DAYS):
        ledger.count("a", [had(1, day=f"2026-11-{day:02}")])
    assert ledger.count("b", [had(0, day="2026-11-05")]) == (True, [CallTotals(1, 60.0, 0.5)])
    assert ledger.count("b", [had(0, day="2026-11-01")]) == (True, [CallTotals()])
