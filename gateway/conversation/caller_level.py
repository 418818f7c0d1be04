"""How loud the caller is, and so whether a voice over the agent is theirs or comes from further away. Pure.

A television or people in the room are voices to every detector, and no words tell them from a caller who
changes the subject. Who holds the telephone is louder, and about as loud each time: as loud as in the turns
that the agent has answered, and until there was one as callers are at least. That is asked of long voices
over the agent alone, which then goes on where it was; who is louder all at once, or speaks on when the agent
has finished, is the caller.
"""

from __future__ import annotations

FURTHER_AWAY_DB = 10.0
"""So much softer than the caller is somebody else: one and the same voice varies by half of it."""
SOFTEST_DB = -40.0
"""Of full scale: whom nobody has heard yet, and who is softer than that, is not at the telephone. Callers
have -22 to -37 dB in the loudest syllable of what they say.
"""
NOTHING_DB = -56.0
"""Nothing softer is taken for a voice: whatever a session has heard then, nobody knows how loud it was."""
SILENT_DB = -45.0
"""Softer, and the caller has not spoken for half a second, or was soft to begin with."""
LOOKS = 6
"""So often, five times a second, the level of a voice has to be known: one look may meet a pause. It is more
than a short word has, with the silence after it.
"""
NEWEST = 0.3
"""Part of the last turn in what is known of the caller."""


class CallerLevel:
    """One call's. Levels are in dB of full scale; of a turn the loudest counts."""

    def __init__(self) -> None:
        self._usual: float | None = None
        self._loudest = 0.0
        self._looks = 0
        self._far: str | None = None  # the item of this voice, if it is further away; it may have none, ""
        self.overheard = ""
        """The item of the last voice that was not the caller's."""

    def begin(self) -> None:
        """A voice begins."""
        self._looks, self._far = 0, None

    def heard(self, level_db: float) -> None:
        """It is as loud as this at the moment."""
        self._loudest = max(self._loudest, level_db) if self._looks else level_db
        self._looks += 1

    @property
    def is_far(self) -> bool:
        """True if this voice is not the caller's, as far as that is known."""
        least = SOFTEST_DB if self._usual is None else self._usual - FURTHER_AWAY_DB
        return self._looks >= LOOKS and NOTHING_DB <= self._loudest < least

    @property
    def waits(self) -> bool:
        """True while a voice from further away may come near."""
        return self._far is not None

    def judged_far(self, item_id: str) -> bool:
        """Judge it while it goes on; return whether it is further away."""
        self._far = item_id if self.is_far else None
        return self._far is not None

    def comes_near(self, *, agent_speaks: bool) -> str | None:
        """Return, once, the item of a voice that is the caller's after all: louder, or alone by now."""
        if self._far is None or (agent_speaks and self.is_far):
            return None
        near, self._far = self._far, None
        return near

    def far_ended(self, over_agent: str | None = None) -> bool:
        """The voice is over; return whether it was further away. Else it tells how loud the caller is.

        `over_agent`: its item, if nobody has judged yet what it was over the agent.
        """
        if self._far is not None or (over_agent is not None and self.judged_far(over_agent)):
            self.overheard, self._far = self._far or "", None
            return True
        if self._looks >= LOOKS:
            before = self._loudest if self._usual is None else self._usual
            self._usual = before + NEWEST * (self._loudest - before)
        self._looks = 0
        return False
