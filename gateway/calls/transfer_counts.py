"""How many transfers the plans have tried within an hour: who is talked into it makes no thousand."""

from __future__ import annotations

from collections import deque

from gateway.dialplan import Plan
from gateway.errors import OrderRefused

HOUR_S = 3600.0


class TransferCounts:
    """One a process. Times in seconds of any one clock."""

    def __init__(self) -> None:
        self._tried: dict[str, deque[float]] = {}

    def take(self, plan: str, now: float, most: int | None) -> bool:
        """Count one more of a plan, unless `most` were tried within the hour; returns whether it may be."""
        tried = self._tried.setdefault(plan, deque())
        while tried and now - tried[0] >= HOUR_S:
            tried.popleft()
        if most is not None and len(tried) >= most:
            return False
        tried.append(now)
        return True


class TransferBudget:
    """One call's: how often it may still be tried."""

    def __init__(self, call_id: str, counts: TransferCounts) -> None:
        self._call_id = call_id
        self._counts = counts
        self._tried = 0

    def take(self, plan: Plan, now: float) -> None:
        """Count one more, at `now` seconds of the counts' clock. Raises OrderRefused beyond the bounds."""
        if self._tried >= plan.limits.max_transfers:
            raise OrderRefused(self._call_id, "it was tried often enough in this call")
        if not self._counts.take(plan.name, now, plan.limits.transfers_per_hour):
            raise OrderRefused(self._call_id, "there were too many transfers within this hour")
        self._tried += 1
