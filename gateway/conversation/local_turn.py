"""A turn of the caller that the session does not find: from a voice or a key until a pause or a key."""

from __future__ import annotations

SHORTEST = 0.1
"""Seconds: a session refuses less audio, and nobody says anything in it."""
LONGEST = 60.0
"""Seconds. Longest turn: ends a forgotten push-to-talk or an endless noise."""


class LocalTurn:
    """One at a time. `silence` is the pause that ends it, in seconds; None: none does."""

    def __init__(self, silence: float | None) -> None:
        self._silence = silence
        self._began: float | None = None
        self._silent_since: float | None = None

    @property
    def open(self) -> bool:
        """True while the caller has the word."""
        return self._began is not None

    def begin(self, at: float) -> None:
        """Begin the caller's turn."""
        self._began, self._silent_since = at, None

    def voice(self, at: float, *, on: bool) -> None:
        """The caller's voice began or ended."""
        self._silent_since = None if on else at

    def paused(self, now: float) -> bool:
        """Return whether a pause, or its length, has ended the turn."""
        if self._began is None:
            return False
        silent = None if self._silent_since is None else now - self._silent_since
        pause = silent is not None and self._silence is not None and silent >= self._silence
        return pause or now - self._began >= LONGEST

    def end(self, now: float) -> bool:
        """End the caller's turn. Return False if it was too short to count."""
        end = self._silent_since if self._silent_since is not None and self.paused(now) else now
        began, self._began = self._began, None
        # Times are sums of ticks: a tenth of a second may come out a little short.
        return began is not None and end - began >= SHORTEST - 1e-6
