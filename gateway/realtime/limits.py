"""What is left of an account's rate limits: a hint for admission, shared by all sessions of a provider.

Limits are the account's and not a session's. A gateway that lets one more call in than the account can
answer gives it silence; one that knows can refuse it, so that a proxy tries elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.realtime.events.server import RateLimit

SCARCE = 0.05
"""The share of a limit below which it counts as used up: the calls that are up need the rest."""
AFTER_REFUSAL = 2.0
"""Seconds for which a refusal speaks against new calls."""
REFUSED = "refused"
"""What others are told of it, among the names of limits."""


class RateLimits:
    """Times in seconds of any one clock."""

    def __init__(self) -> None:
        self._scarce_until: dict[str, float] = {}
        self._refused_until = 0.0
        self._elsewhere_until = 0.0
        self._untold: set[str] = set()

    def told(self, limits: Iterable[RateLimit], now: float) -> None:
        """The server told what is left."""
        for one in limits:
            scarce = one.limit > 0 and one.remaining < one.limit * SCARCE
            if scarce or self._scarce_until.get(one.name, now) > now:
                self._untold.add(one.name)
            self._scarce_until[one.name] = now + one.reset_seconds if scarce else now

    def refused(self, now: float) -> None:
        """Something was refused because of a limit."""
        self._refused_until = max(self._refused_until, now + AFTER_REFUSAL)
        self._untold.add(REFUSED)

    def news(self, now: float) -> dict[str, float]:
        """Return once, by limit, for how many seconds what is new keeps calls out; 0: no longer."""
        until = {**self._scarce_until, REFUSED: self._refused_until}
        told = {limit: max(0.0, until[limit] - now) for limit in self._untold}
        self._untold.clear()
        return told

    def told_elsewhere(self, seconds: float, now: float) -> None:
        """Take for how long other processes know that the account has no room; 0: it has."""
        self._elsewhere_until = now + seconds

    def wait(self, now: float) -> float:
        """Return the seconds after which one more call is likely to be answered; 0 for now."""
        return max(0.0, max([self._refused_until, self._elsewhere_until, *self._scarce_until.values()]) - now)
