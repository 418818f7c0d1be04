"""A hold, the far side's or ours, as a call's timers live through it: their time stands still."""

from __future__ import annotations

TOLD_S = 2.0
"""Seconds from which on a hold is worth a word to the model: phones hold for a moment to show that they can.
"""


class HoldClock:
    """One call's. Times in seconds; `most` is the longest that the far side may hold."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._since: float | None = None
        self.rested = 0.0
        """For how long anybody has held so far, but for a hold that goes on."""
        self._ours = False

    @property
    def held(self) -> bool:
        """True while anybody holds."""
        return self._since is not None

    def begin(self, now: float, *, ours: bool = False) -> None:
        """The far side holds, or we do; a hold that is known already goes on."""
        if self._since is None:
            self._since, self._ours = now, ours

    def end(self, now: float) -> int:
        """Nobody holds any more; returns for how many seconds the caller was away, 0 if not worth a word."""
        if self._since is None:
            return 0
        lasted = now - self._since
        self.rested += lasted
        self._since = None
        return round(lasted) if lasted >= TOLD_S and not self._ours else 0

    def at(self, now: float) -> float:
        """Return the time of whatever rests on hold: it goes on, afterwards, where it was."""
        return (now if self._since is None else self._since) - self.rested

    def too_long(self, now: float) -> bool:
        """Return whether the far side has held for long enough to end the call; we may hold on."""
        return self._since is not None and not self._ours and now - self._since >= self._most
