"""How much each may ask: so many requests at once, and so many a second. Pure; time is an argument."""

from __future__ import annotations

from collections import OrderedDict

MOST_NAMES = 2000


class Allowance:
    """A bucket a name that holds `most` requests and is filled again by `per_second`.

    The buckets of those who asked least recently are forgotten: they would be nearly full by now.
    """

    def __init__(self, most: float, per_second: float) -> None:
        self._most = most
        self._per_second = per_second
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # how many, and when that was so

    def wait(self, name: str, now: float) -> float:
        """Return the seconds until this name may ask again; 0 if it may now. Takes nothing."""
        left = self._now(name, now)
        return 0.0 if left >= 1 else (1 - left) / self._per_second

    def take(self, name: str, now: float) -> None:
        """Count a request of this name."""
        self._left[name] = max(0.0, self._now(name, now) - 1), now
        self._left.move_to_end(name)
        if len(self._left) > MOST_NAMES:
            self._left.popitem(last=False)

    def _now(self, name: str, now: float) -> float:
        left, at = self._left.get(name, (self._most, now))
        return min(self._most, left + (now - at) * self._per_second)
