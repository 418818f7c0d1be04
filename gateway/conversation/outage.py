"""A long wait, between two sessions or for an answer, as the caller lives through it: a word now and then.

A session that is there again has yet to hear what the caller has said, and to answer: on a busy machine that
takes as long as the outage did. So the wait is over when the agent is heard, or when nobody waits after all.
"""

from __future__ import annotations

SHOWS_WITHIN = 6.0
"""Seconds from a new session until it shows that the caller had spoken, or that it is about to answer."""
LISTENS_S = 3.0
"""Seconds for which a word waits for a caller who speaks: no longer, however often he begins again."""


class HoldPrompts:
    """Times in seconds. `began` and `over` frame the wait; `hold` says when something is to be heard."""

    def __init__(self, after: float, every: float) -> None:
        self._after = after
        self._every = every
        self._next: float | None = None
        self._due = 0.0  # that, had nobody spoken
        self._unless_by: float | None = None  # over, unless somebody is seen to wait until then
        self._said = False  # in this wait, which is a long one then
        self._lost = False  # a session, in this wait
        self._number = 0

    def began(self, now: float, *, lost: bool) -> None:
        """The session is lost, another one is being opened; or its answer is overdue."""
        self._unless_by = None
        self._lost = self._lost or lost
        if self._next is None:
            self._next = self._due = now + self._after

    def mended(self, now: float) -> None:
        """There is a session again."""
        self._unless_by = now + SHOWS_WITHIN

    def goes_on(self) -> None:
        """Somebody waits after all: an answer is being made."""
        self._unless_by = None

    def speaks(self, now: float) -> None:
        """The caller speaks again, and is to be answered anew.

        What was overdue is not any more. But a new session hears what was said before it came, and on a busy
        machine it tells late that the caller has finished: he is listened to for a while, and waits on.
        """
        if self._lost:
            self._put_off(now, LISTENS_S)
        else:
            self.over()

    def spoke(self, now: float) -> None:
        """The caller has spoken: the answer may take its usual time."""
        self._put_off(now, self._after)

    def _put_off(self, now: float, seconds: float) -> None:
        if self._unless_by is not None and not self._said:
            self._due = max(self._due, now)  # nothing was to be said until somebody was seen to wait
        self._unless_by = None
        if self._next is not None:
            self._next = min(max(self._next, now + seconds), self._due + LISTENS_S)

    def over(self) -> None:
        """The agent is heard, or has nothing to say."""
        self._next = self._unless_by = None
        self._said = self._lost = False

    def hold(self, now: float) -> str:
        """Name the item to play now; "" for none."""
        if self._unless_by is not None and (now >= self._unless_by or not self._said):
            if now >= self._unless_by:
                self.over()
            return ""
        if self._next is None or now < self._next:
            return ""
        self._said = True
        self._next = self._due = now + self._every
        self._number += 1
        return f"hold_{self._number}"
