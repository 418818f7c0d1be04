"""The far side's hold, as a call's timers live through it: their time stands still."""

from __future__ import annotations


class HoldClock:
    """One call's. Times in seconds; `most` is the longest that a hold may last."""

    def __init__(self, most: float) -> None:
        self._most = most
        self._since: float | None = None
        self._rested = 0.0

    @property
    def held(self) -> bool:
        """True while the far side holds."""
        return self._since is not None

    def begin(self, now: float) -> None:
        """The far side holds; a hold that is known already goes on."""
        if self._since is None:
            self._since = now

    def end(self, now: float) -> None:
        """The far side is back."""
        if self._since is not None:
            self._rested += now - self._since
            self._since = None

    def at(self, now: float) -> float:
        """Return the time of whatever rests on hold: it goes on, afterwards, where it was."""
        return (now if self._since is None else self._since) - self._rested

    def too_long(self, now: float) -> bool:
        """Return whether the hold has lasted long enough to end the call."""
        return self._since is not None and now - self._since >= self._most
