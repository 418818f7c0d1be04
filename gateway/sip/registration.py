"""When a registration is tried again: not before the registrar says so. Pure.

PJSIP renews what succeeded. What failed is ours: PJSIP would come back after a fixed time, whatever
Retry-After says, and would not come back at all after a 403.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

FIRST_S = 5.0
MOST_S = 300.0
"""Between two tries at a registrar that is not there, or has too much to do."""
REFUSED_FIRST_S = 60.0
REFUSED_MOST_S = 3600.0
"""Between two at one that does not want us: a wrong password stays wrong, and may lock the account."""
LOST_S = 1.0
"""After the connection was lost over which it had succeeded."""

REFUSALS = frozenset({401, 403, 404, 407, 604, 606})


class RegistrationState(StrEnum):
    """How it stands."""

    TRYING = "registering"
    REGISTERED = "registered"
    FAILED = "failed"
    ELSEWHERE = "elsewhere"
    """Another process has it."""


@dataclass(slots=True)
class Registration:
    """One account at one registrar. Times in seconds of any one clock."""

    state: RegistrationState = RegistrationState.TRYING
    status: int = 0
    """Of the last answer; 0: there was none yet."""
    reason: str = ""
    until: float = 0.0
    """When the registrar forgets us, unless it is renewed."""
    again: float | None = None
    """When it is to be tried again; None: PJSIP does, or an answer is awaited."""
    failures: int = 0
    """In a row."""

    def succeeded(self, status: int, expires: float, now: float) -> bool:
        """Take note of a success. Returns whether it is news."""
        news = self.state is not RegistrationState.REGISTERED
        self.state, self.status, self.reason = RegistrationState.REGISTERED, status, ""
        self.until, self.again, self.failures = now + expires, None, 0
        return news

    def failed(self, status: int, reason: str, retry_after: float | None, now: float, spread: float) -> float:
        """Take note of a failure. Returns the seconds until the next try.

        `spread` is a random number between 0 and 1, so that a thousand phones do not come back together.
        """
        first, most = (REFUSED_FIRST_S, REFUSED_MOST_S) if status in REFUSALS else (FIRST_S, MOST_S)
        wait: float = min(most, first * 2.0 ** min(self.failures, 16)) * (0.8 + 0.4 * spread)
        if retry_after is not None:  # RFC 3261 section 20.33
            wait = max(retry_after, 1.0) + spread
        self.state, self.status, self.reason = RegistrationState.FAILED, status, reason
        self.failures += 1
        self.again = now + wait
        return wait

    def kept_elsewhere(self) -> None:
        """Take note that another process registers: nothing is tried here any more."""
        self.state, self.status, self.reason, self.again = RegistrationState.ELSEWHERE, 0, "", None

    def ours(self, now: float) -> None:
        """Take note that it is for this process to register, at once."""
        self.state, self.failures, self.again = RegistrationState.TRYING, 0, now

    def lost(self, now: float) -> None:
        """Take note that the connection is gone on which calls would come."""
        if self.state is RegistrationState.REGISTERED:
            self.again = now + LOST_S

    def due(self, now: float) -> bool:
        """Return, once, whether it is time to try again."""
        if self.again is None or now < self.again:
            return False
        self.again = None
        if self.state is not RegistrationState.REGISTERED:
            self.state = RegistrationState.TRYING
        return True
