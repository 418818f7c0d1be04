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
        self._kept = KeptSound()
        self._start = 0  # bytes of this session before what is kept
        self._turn: int | None = None  # where the open turn began, in bytes
        self._ahead = 0  # bytes given at once, in which the session has yet to find turns
        self._unsure = 0  # bytes since the last sign of life

    def sent(self, pcm: bytes) -> None:
        """Audio goes to the session."""
        size = len(pcm)
        self._kept.put(pcm)
        self._unsure += size
        if self._ahead:
            self._ahead = max(0, self._ahead - size)
        if (held := len(self._kept)) > self._unsure or held > _MOST:
            self._let_go()

    def sign_of_life(self) -> None:
        """The session says something, so it has heard what was sent so far."""
        self._unsure = 0

    @property
    def in_turn(self) -> bool:
        """True while a turn is open."""
        return self._turn is not None

    def unheard(self) -> KeptSound:
        """Return what was sent since the last sign of life: nobody may have heard it."""
        return self._from(self._start + max(0, len(self._kept) - self._unsure))

    def nothing_said(self) -> None:
        """There is no word in what was sent since: no more of it is kept than before a turn."""
        self._unsure = min(self._unsure, _PADDING)

    def turn_began(self, start_ms: int) -> None:
        """A turn began at this position."""
        self._turn = start_ms * BYTES_PER_MS
        self._drop(self._turn - self._start)

    def turn_ended(self, end_ms: int) -> KeptSound:
        """Return the audio of the turn that ended at this position."""
        began, self._turn = self._turn, None
        if began is None:
            return KeptSound()
        audio = self._kept.between(began - self._start, end_ms * BYTES_PER_MS - self._start)
        self._let_go()
        return audio

    def ago_ms(self, position_ms: int) -> int:
        """Return how long ago this position of the audio was, 0 for one that makes no sense."""
        ago = (self._start + len(self._kept)) // BYTES_PER_MS - position_ms
        return ago if position_ms and 0 < ago <= MOST_MS else 0

    def committed(self) -> KeptSound:
        """Return the audio of a turn that we ended; what is sent from here on is the next one's."""
        audio = self._from(self._turn or 0)
        self._start += len(self._kept)
        self._kept, self._turn = KeptSound(), self._start
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
        return self._kept.between(len(self._kept) - ms * BYTES_PER_MS, len(self._kept)).pcm()

    def begin_again(self, audio: bytes = b"", *, turns_are_ours: bool = False) -> None:
        """A new session begins, and hears this first."""
        self._kept = KeptSound(audio)
        self._start, self._turn = 0, 0 if turns_are_ours else None
        self._ahead = self._unsure = len(audio)

    def _from(self, position: int) -> KeptSound:
        return self._kept.between(position - self._start, len(self._kept))

    def _let_go(self) -> None:
        most = _MOST
        if self._turn is None:
            most = max(_PADDING + self._ahead, min(self._unsure, _MOST))
        self._drop(len(self._kept) - most)

    def _drop(self, count: int) -> None:
        if count > 0:
            self._start += self._kept.drop(count)
