"""How many transfers the plans have tried within an hour: who is talked into it makes no thousand."""

from __future__ import annotations

from collections import deque

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
