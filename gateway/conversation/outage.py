"""A long wait, between two sessions or for an answer, as the caller lives through it: a word now and then."""

from __future__ import annotations


class HoldPrompts:
    """Times in seconds. `began` and `over` frame the wait; `hold` says when something is to be heard."""

    def __init__(self, after: float, every: float) -> None:
        self._after = after
        self._every = every
        self._next: float | None = None
        self._number = 0

    def began(self, now: float) -> None:
        """The session is lost, another one is being opened; or its answer is overdue."""
        if self._next is None:
            self._next = now + self._after

    def over(self) -> None:
        """There is a session; or it answers."""
        self._next = None

    def hold(self, now: float) -> str:
        """Name the item to play now; "" for none."""
        if self._next is None or now < self._next:
            return ""
        self._next = now + self._every
        self._number += 1
        return f"hold_{self._number}"
