"""A voice that our own detector heard over the agent, and of which the session has yet to say what it was.

It acts at once (`Detector.LOCAL`: the agent is cut off; `Detector.DUCK`: it is lowered) and may have been a
cough. Then the agent goes on, or is raised again.
"""

from __future__ import annotations

CONFIRMED_WITHIN = 1.0
"""Seconds after the voice ended: by then the session says that it was speech, or will not."""
LONGEST = 4.0
"""Seconds of a voice that the session does not take for speech: a noise."""
LOWERED_AT_MOST = 1.5
"""Seconds: the agent is not kept low for a noise."""


class TentativeInterruption:
    """One at a time. Times in seconds."""

    def __init__(self) -> None:
        self._waits = False  # a voice began where the agent may not be interrupted yet, and goes on
        self._lowered = False
        self._cut_at: float | None = None
        self._lowered_at = 0.0
        self._ended_at: float | None = None

    def cut(self, now: float) -> None:
        """The agent was cut off because of a voice."""
        self._cut_at, self._ended_at = now, None

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

    def voice_ended(self, now: float) -> None:
        """The voice is over."""
        self._waits = False
        self._ended_at = now

    def confirm(self) -> bool:
        """It was speech, says the session. True if the agent was cut off for it already."""
        was, self._cut_at = self._cut_at is not None, None
        return was

    def for_nothing(self, now: float) -> bool:
        """Say, once, that the agent was cut off and it was no speech."""
        if self._cut_at is None:
            return False
        waited = self._ended_at is not None and now - self._ended_at >= CONFIRMED_WITHIN
        if not waited and now - self._cut_at < LONGEST:
            return False
        self._cut_at = None
        return True

    def raises(self, now: float, *, voice: bool) -> bool:
        """Say, once, that a lowered agent is to be raised again: the voice is over, or only a noise."""
        if not self._lowered or (voice and now - self._lowered_at < LOWERED_AT_MOST):
            return False
        self._lowered = False
        return True
