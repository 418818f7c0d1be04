"""How long nobody has spoken: when the agent is to speak up, and when the line is dead or forgotten."""

from __future__ import annotations


class InactivityTimer:
    """Times in seconds. `idle` is when the agent is to speak up: None if never, or if it does by itself."""

    def __init__(self, idle: float | None, most: float, now: float) -> None:
        self.idle = idle
        self.since = now
        """When somebody was heard last; whoever hears somebody sets it."""
        self._most = most
        self._asked = False  # since the caller was heard last

    def caller_heard(self, now: float) -> None:
        """It is the caller: the agent may be asked to speak up again."""
        self.since, self._asked = now, False

    def asks(self, now: float) -> bool:
        """Say, once in a silence of the caller's, that the agent is to speak up."""
        if self.idle is None or self._asked or now - self.since < self.idle:
            return False
        self._asked = True
        return True

    def too_long(self, now: float) -> bool:
        """Return whether there is nobody any more."""
        return now - self.since >= self._most
