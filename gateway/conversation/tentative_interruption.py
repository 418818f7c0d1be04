"""A voice that our own detector heard over the agent, and of which the session has yet to say what it was.

Where the agent may not be interrupted yet, it waits until it may; where a plan ducks (`Detector.DUCK`), the
agent is lowered, and raised again when it was a cough.
"""

from __future__ import annotations

LOWERED_AT_MOST = 1.5
"""Seconds: the agent is not kept low for a noise."""


class TentativeInterruption:
    """One at a time. Times in seconds."""

    def __init__(self) -> None:
        self._waits = False  # a voice began where the agent may not be interrupted yet, and goes on
        self._lowered = False
        self._lowered_at = 0.0

    def lower(self, now: float) -> None:
        """The agent was lowered because of a voice."""
        self._lowered, self._lowered_at = True, now

    def wait(self) -> None:
        """A voice began where the agent may not be interrupted yet."""
        self._waits = True

    def waited(self) -> bool:
        """Return, once, whether such a voice still goes on: now the agent may be interrupted."""
        waits, self._waits = self._waits, False
        return waits

    def flushed(self) -> None:
        """The agent was silenced, and is at full level again."""
        self._lowered = False

    def voice_ended(self) -> None:
        """The voice is over."""
        self._waits = False

    def raises(self, now: float, *, voice: bool) -> bool:
        """Say, once, that a lowered agent is to be raised again: the voice is over, or only a noise."""
        if not self._lowered or (voice and now - self._lowered_at < LOWERED_AT_MOST):
            return False
        self._lowered = False
        return True
