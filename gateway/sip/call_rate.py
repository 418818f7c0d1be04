"""How many new calls a second a trunk may have. Pure: time is an argument, in seconds of any one clock."""

from __future__ import annotations


class CallRate:
    """A bucket of one second's calls; None: no bound."""

    def __init__(self, per_second: float | None) -> None:
        self._per_second = per_second
        self._most = max(1.0, per_second or 0.0)
        self._tokens = self._most
        self._at = float("-inf")

    def admits(self, now: float) -> bool:
        """Return whether one more call may come now, and count it."""
        if self._per_second is None:
            return True
        passed = min(now - self._at, self._most / self._per_second)
        self._tokens = min(self._most, self._tokens + passed * self._per_second)
        self._at = now
        if self._tokens < 1.0:
            return False
        self._tokens -= 1.0
        return True
