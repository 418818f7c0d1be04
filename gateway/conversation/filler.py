"""What the caller hears when a function takes its time: a phrase or a sound, once for each wait.

It counts from the call of the function, or from the last that was heard of anybody: whoever hears the agent
say that it will look, or speaks, waits in no silence. What follows a longer wait is the plan's `hold`.
"""

from __future__ import annotations

from math import inf


class ToolFiller:
    """One call's. Times in seconds; `after`: of silence, None: nothing is ever said."""

    def __init__(self, after: float | None) -> None:
        self._after = after
        self._quiet_since: float | None = None  # None: nothing is waited for, or all was said
        self._number = 0

    def called(self, now: float) -> None:
        """A function begins."""
        if self._after is not None:
            self._quiet_since = now

    def heard(self, now: float) -> None:
        """Somebody is heard."""
        if self._quiet_since is not None:
            self._quiet_since = now

    def over(self) -> None:
        """No function is waited for any more."""
        self._quiet_since = None

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        return inf if self._quiet_since is None else -inf

    def due(self, now: float) -> str:
        """Return the name of the item to play now, a new one each time; "" for none."""
        if self._after is None or self._quiet_since is None or now - self._quiet_since < self._after:
            return ""
        self._quiet_since = None
        self._number += 1
        return f"filler_{self._number}"
