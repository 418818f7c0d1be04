"""What all workers of a machine have had of each plan's day, side by side. Pure.

Each says its own sum whenever that changes; what one had that has died stays counted: the calls were made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gateway.calls.shared_state import DayCount
from gateway.records.store.records_store import CallTotals

Key = tuple[str, str]
"""A plan, and a caller in it; "" for all."""
DAYS = 3
"""So many are kept: more than there are at once, in whatever time zones."""


class DayLedger:
    """By day, plan and caller. Keeps the rules of `gateway.calls.shared_state.SharedState.count_days`."""

    def __init__(self) -> None:
        self._days: dict[str, dict[Key, dict[str, CallTotals]]] = {}

    def count(self, who: str, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        """Take what `who` has had if all bounds hold; return whether, and what the others have had."""
        sums = [_sum(had for name, had in self._of(one).items() if name != who) for one in counts]
        fits = all(one.fits(others) for one, others in zip(counts, sums, strict=True))
        if fits:
            for one in counts:
                self._of(one)[who] = one.own
        return fits, sums

    def _of(self, one: DayCount) -> dict[str, CallTotals]:
        if one.day not in self._days:
            self._days[one.day] = {}
            for old in sorted(self._days)[:-DAYS]:
                del self._days[old]
        return self._days.setdefault(one.day, {}).setdefault((one.plan, one.caller), {})


def _sum(totals: Iterable[CallTotals]) -> CallTotals:
    calls, seconds, usd = 0, 0.0, 0.0
    for one in totals:
        calls, seconds, usd = calls + one.calls, seconds + one.seconds, usd + one.usd
    return CallTotals(calls, seconds, usd)
