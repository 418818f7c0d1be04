"""What the caller says over the agent, until it is known what it is. Meanwhile the agent waits, in silence.

Most of it is an interruption; some is a sign that the caller listens, or a noise that a detector took for a
voice. Then the agent goes on where it stopped, and nobody answers. A longer one is an interruption whatever
it says; a short one is known by its words, and where nobody hears those in time it is an interruption, too.
"""

from __future__ import annotations

from enum import Enum, auto

from gateway.conversation.backchannel import is_backchannel

LONGEST_S = 1.1
"""Seconds of speech that are no backchannel: those of two words have 0.4 to 0.9, most laughs no more."""
WORDS_WITHIN = 1.2
"""Seconds from the end of the speech in which its words are waited for."""
CONFIRMED_WITHIN = 0.7
"""Seconds in which a session says that what our own detector heard was speech."""
TOLD_LATER = 0.6
"""Seconds by which its word that somebody has finished may be late: a long way, a machine that is busy."""


class InterjectionKind(Enum):
    """What it was."""

    INTERRUPTION = auto()
    NOTHING = auto()
    """A backchannel, or a noise."""


class Interjection:
    """One call's; one at a time. Times in seconds.

    `told_late`: how long after its last word whoever finds the turns says that one is over.
    """

    def __init__(self, told_late: float = 0.0) -> None:
        self._told_late = told_late
        self._began: float | None = None
        self._ended: float | None = None
        self._known = True  # to whoever finds the turns; else it is a suspicion of our own detector
        self.item_id = ""

    @property
    def open(self) -> bool:
        """True from its beginning to the verdict."""
        return self._began is not None

    @property
    def item(self) -> str | None:
        """The session's item of the one that is open, "" if it has none; None: none is open."""
        return self.item_id if self.open else None

    @property
    def heard_out(self) -> bool:
        """True while its words are waited for."""
        return self._ended is not None

    def begin(self, now: float, item_id: str = "", *, known: bool = True) -> float:
        """The caller speaks over the agent; return the seconds to the next `due`. Once more: they go on."""
        if self._began is None:
            self._began, self._known = now, known
        elif known:
            self._known, self._ended = True, None
        self.item_id = item_id or self.item_id
        return self._next(now)

    def end(self, now: float, ago: float = 0.0, *, words: bool) -> InterjectionKind | None:
        """The caller has finished, so long ago. `words`: somebody will tell what they said."""
        if self._began is None or not self._known:
            return None
        if not words or now - ago - self._began > LONGEST_S:
            return self._verdict(InterjectionKind.INTERRUPTION)
        self._ended = now
        return None

    def said(self, text: str) -> InterjectionKind | None:
        """These are the words of the last turn."""
        if self._ended is None:
            return None
        return self._verdict(
            InterjectionKind.NOTHING if is_backchannel(text) else InterjectionKind.INTERRUPTION
        )

    def due(self, now: float, *, silent: bool = False) -> InterjectionKind | None:
        """Time has passed. `silent`: nothing is heard of the caller any more, whatever the session knows."""
        if self._began is None or now < self._next_at():
            return None
        if silent and self._known and self._ended is None and now < self._next_at() + TOLD_LATER:
            return None
        return self._verdict(InterjectionKind.INTERRUPTION if self._known else InterjectionKind.NOTHING)

    def over(self) -> None:
        """It is known: the agent was silenced, for whatever reason."""
        self._began = self._ended = None
        self._known, self.item_id = True, ""

    def _next(self, now: float) -> float:
        return max(round(self._next_at() - now, 3), 0.0)

    def _next_at(self) -> float:
        if self._ended is not None:
            return self._ended + WORDS_WITHIN
        began = self._began or 0.0
        # Sums of times may come out a little short of what was asked for.
        longest = LONGEST_S + self._told_late
        return began + (longest if self._known else CONFIRMED_WITHIN) - 1e-6

    def _verdict(self, verdict: InterjectionKind) -> InterjectionKind:
        self.over()
        return verdict
