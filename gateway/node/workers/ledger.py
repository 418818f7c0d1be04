"""The calls of each plan in all workers of a machine, counted in one place. Pure.

A call belongs to a holder, the worker that has it: what a worker held that died is given back at once.
"""

from __future__ import annotations

from collections import Counter


class PlanLedger:
    """Each call counts in one plan at a time. Keeps the rules of `gateway.calls.admission.SharedCount`."""

    def __init__(self) -> None:
        self._plan_of: dict[tuple[str, str], str] = {}
        self.by_plan: Counter[str] = Counter()

    def take(self, holder: str, call: str, plan: str, most: int) -> bool:
        """Count a call in a plan and no longer in the one before; return False if there is no room in it.

        Then it counts in none. To ask again for the same changes nothing.
        """
        if self._plan_of.get((holder, call)) == plan:
            return True
        self.leave(holder, call)
        if self.by_plan[plan] >= most:
            return False
        self._plan_of[holder, call] = plan
        self.by_plan[plan] += 1
        return True

    def leave(self, holder: str, call: str) -> None:
        """Count a call in no plan. Idempotent."""
        if (plan := self._plan_of.pop((holder, call), None)) is not None:
            self.by_plan[plan] -= 1
            if not self.by_plan[plan]:
                del self.by_plan[plan]

    def gone(self, holder: str) -> None:
        """A holder has died: its calls count no more."""
        for one, call in [key for key in self._plan_of if key[0] == holder]:
            self.leave(one, call)
