"""Who may come in: the bounds of a process and of each plan. Pure counting, no I/O."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.call import Ending, Reason, Result

FULL = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
"""503 makes a carrier or proxy try another gateway."""
DRAINING = Ending(Result.REJECTED, Reason.DRAINING, 503)
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
"""486 lets the caller hear busy: this number has all the calls that its plan allows, here and elsewhere."""


@dataclass(slots=True)
class Admission:
    """Counts the calls of a process, and of each plan by name."""

    max_calls: int
    draining: bool = False
    calls: int = 0
    by_plan: Counter[str] = field(default_factory=Counter)

    def refuse(self) -> Ending | None:
        """Return whether one more call is too many for the process."""
        if self.draining:
            return DRAINING
        return FULL if self.calls >= self.max_calls else None

    def full(self, plan: str, max_calls: int | None) -> bool:
        """Return whether one more call is too many for this plan."""
        return max_calls is not None and self.by_plan[plan] >= max_calls


class PlanSlot:
    """Where one call counts: in no plan at first, then in one at a time. What was taken must be left."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._by_plan = admission.by_plan
        self._counted_in = ""

    def take(self, plan: str, max_calls: int | None) -> Ending | None:
        """Count in this plan, and no longer in the former; or say why not, and count in none."""
        if plan == self._counted_in:
            return None
        self.leave()
        if self._admission.full(plan, max_calls):
            return BUSY
        self._by_plan[plan] += 1
        self._counted_in = plan
        return None

    def leave(self) -> None:
        """Count in no plan. Idempotent."""
        if not self._counted_in:
            return
        self._by_plan[self._counted_in] -= 1
        if not self._by_plan[self._counted_in]:
            del self._by_plan[self._counted_in]
        self._counted_in = ""
