"""Where a session answers turns by itself: answers that it should not give, or should and does not. Pure.

It answers a backchannel like any other turn, and not a turn that came while it was still at work on the last
answer: "this may fail to create a response if the model is already responding".
"""

from __future__ import annotations

from math import inf

ANSWERS_WITHIN = 0.6
"""Seconds after an interruption in which a session begins to answer it by itself; else it is asked to."""
UNASKED_S = 3.0
"""Seconds after a backchannel in which a session answers it all the same: nobody is to hear that."""


class ServerAnswers:
    """One call's. Times in seconds."""

    def __init__(self) -> None:
        self._unwanted_until = 0.0
        self._wanted_by: float | None = None

    def unwanted(self, now: float) -> None:
        """What the caller said is not to be answered."""
        self._unwanted_until = now + UNASKED_S

    def wanted(self, now: float) -> None:
        """The session may have missed that it has a turn to answer."""
        self._wanted_by = now + ANSWERS_WITHIN

    def asked(self) -> None:
        """It is asked for an answer, or the caller has the word again: what comes next is another one."""
        self._unwanted_until, self._wanted_by = 0.0, None

    def began(self, now: float) -> bool:
        """It begins to answer; return whether that is wanted."""
        wanted = now >= self._unwanted_until
        self.asked()
        return wanted

    @property
    def wake_at(self) -> float:
        """Return before when nothing is due."""
        return inf if self._wanted_by is None else self._wanted_by

    def due(self, now: float) -> bool:
        """Say, once, that it is to be asked."""
        if self._wanted_by is None or now < self._wanted_by - 1e-6:
            return False
        self._wanted_by = None
        return True
