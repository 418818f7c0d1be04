"""The caller's audio that no session has answered yet, so that a lost session does not cost his words.

Sessions tell where in the audio sent to them a turn began and ended. What lies before is let go, what
belongs to a turn is kept until the turn is over. What was sent since a session gave the last sign of life is
kept, too: it may be dead, and nobody has heard it.

Where we find the turns, a session hears nothing else: what was sent since the last commit is the open turn.
"""

from __future__ import annotations

from gateway.audio import BYTES_PER_MS
from gateway.media.kept_sound import KeptSound

PADDING_MS = 1_000
"""Kept while nobody speaks: a turn's beginning is told after it happened."""
MOST_MS = 10_000
"""Of one turn, or without a sign of life: a dead line is noticed by then. Who speaks longer than that without
a pause has to say it again."""

_PADDING = PADDING_MS * BYTES_PER_MS
_MOST = MOST_MS * BYTES_PER_MS


class UnansweredAudio:
    """Audio sent in the session now on the line; positions in ms from its beginning."""

    def __init__(self) -> None:
        self.begin_again()

    def begin_again(self, audio: bytes = b"", *, turns_are_ours: bool = False) -> None:
        """A new session begins, and hears this first."""
        self.kept = KeptSound(audio, most=_MOST)
        """Whatever is sent is put there, by whoever sends it."""
        self._given = len(audio)  # bytes given at once, in which the session has yet to find turns
        self._turn = 0 if turns_are_ours else None  # where the open turn began, in bytes
        self._alive = 0  # where the last sign of life came

    def sign_of_life(self) -> None:
        """The session says something, so it has heard what was sent so far."""
        if (end := self.kept.end) != self._alive:
            self._alive = end
            self._let_go()

    @property
    def in_turn(self) -> bool:
        """True while a turn is open."""
        return self._turn is not None

    def unheard(self) -> KeptSound:
        """Return what was sent since the last sign of life: nobody may have heard it."""
        return self._from(self._alive)

    def nothing_said(self) -> None:
        """There is no word in what was sent since: no more of it is kept than before a turn."""
        self._alive = max(self._alive, self.kept.end - _PADDING)
        self._let_go()

    def turn_began(self, start_ms: int) -> None:
        """A turn began at this position."""
        self._turn = start_ms * BYTES_PER_MS
        self.kept.let_go(self._turn)

    def turn_ended(self, end_ms: int) -> KeptSound:
        """Return the audio of the turn that ended at this position."""
        began, self._turn = self._turn, None
        if began is None:
            return KeptSound()
        audio = self.kept.between(began, end_ms * BYTES_PER_MS)
        self._let_go()
        return audio

    def ago_ms(self, position_ms: int) -> int:
        """Return how long ago this position of the audio was, 0 for one that makes no sense."""
        ago = self.kept.end // BYTES_PER_MS - position_ms
        return ago if position_ms and 0 < ago <= MOST_MS else 0

    def committed(self) -> KeptSound:
        """Return the audio of a turn that we ended; what is sent from here on is the next one's."""
        end = self.kept.end
        audio = self.kept.between(self._turn or 0, end)
        self.kept.let_go(end)
        self._turn = end
        return audio

    def unanswered(self) -> bytes:
        """Return what the next session is to hear: an open turn, from its beginning; else what came last.

        That is what was sent since the last sign of life: a question, if the line was dead by then.
        """
        if self._turn is not None:
            return self._from(self._turn).pcm()
        return self.unheard().pcm()

    def last(self, ms: int) -> bytes:
        """Return the last audio that was sent."""
        return self._from(self.kept.end - ms * BYTES_PER_MS).pcm()

    def _from(self, position: int) -> KeptSound:
        return self.kept.between(position, self.kept.end)

    def _let_go(self) -> None:
        end, most = self.kept.end, _MOST
        if self._turn is None:
            ahead = max(0, 2 * self._given - end)
            most = max(_PADDING + ahead, min(end - self._alive, _MOST))
        self.kept.let_go(end - most)
