"""The plan's bounds of a call: how long it may last, and what it may cost."""

from __future__ import annotations

from decimal import Decimal

from gateway.call import Reason


class CallLimits:
    """Times in seconds; `answered` is when the call was answered, None while it rings."""

    def __init__(self, max_duration: float, max_cost: Decimal | None, answered: float | None) -> None:
        self._max_duration = max_duration
        self._max_cost = max_cost
        self._answered = answered

    def answered(self, now: float) -> None:
        """The call is answered: its length counts from here, unless it was answered before."""
        if self._answered is None:
            self._answered = now

    def passed(self, now: float) -> Reason | None:
        """Return the reason if the call has lasted long enough."""
        if self._answered is None or now - self._answered < self._max_duration:
            return None
        return Reason.MAX_DURATION

    def spent(self, usd: Decimal | None) -> Reason | None:
        """Return the reason if the call has cost enough, in US dollars; None is a cost that nobody knows."""
        if usd is None or self._max_cost is None or usd < self._max_cost:
            return None
        return Reason.MAX_COST
