"""The caller's audio that no session has answered yet, so that a lost session does not cost his words.

Sessions tell where in the audio sent to them a turn began and ended. What lies before is let go, what
belongs to a turn is kept until the turn is over. What was sent since a session gave the last sign of life is
kept, too: it may be dead, and nobody has heard it.

Where we find the turns, a session hears nothing else: what was sent since the last commit is the open turn.
"""

from __future__ import annotations

from collections import deque

from gateway.audio import BYTES_PER_MS

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
        self._pieces: deque[bytes] = deque()
        self._start = 0  # bytes of this session before the first piece
        self._held = 0
        self._turn: int | None = None  # where the open turn began, in bytes
        self._ahead = 0  # bytes given at once, in which the session has yet to find turns
        self._unsure = 0  # bytes since the last sign of life

    def sent(self, pcm: bytes) -> None:
        """Audio goes to the session."""
        size = len(pcm)
        self._pieces.append(pcm)
        self._held += size
        self._unsure += size
        if self._ahead:
            self._ahead = max(0, self._ahead - size)
        if self._held > self._unsure or self._held > _MOST:
            self._let_go()

    def sign_of_life(self) -> None:
        """The session says something, so it has heard what was sent so far."""
        self._unsure = 0

    @property
    def in_turn(self) -> bool:
        """True while a turn is open."""
        return self._turn is not None

    def unheard(self) -> bytes:
        """Return what was sent since the last sign of life: nobody may have heard it."""
        return self._from(self._start + max(0, self._held - self._unsure))

    def nothing_said(self) -> None:
        """There is no word in what was sent since: no more of it is kept than before a turn."""
        self._unsure = min(self._unsure, _PADDING)

    def turn_began(self, start_ms: int) -> None:
        """A turn began at this position."""
        self._turn = start_ms * BYTES_PER_MS
        while self._pieces and self._start + len(self._pieces[0]) <= self._turn:
            self._drop()

    def turn_ended(self, end_ms: int) -> bytes:
        """Return the audio of the turn that ended at this position."""
        began, self._turn = self._turn, None
        if began is None:
            return b""
        audio = self._from(began, end_ms * BYTES_PER_MS)
        self._let_go()
        return audio

    def ago_ms(self, position_ms: int) -> int:
        """Return how long ago this position of the audio was, 0 for one that makes no sense."""
        ago = (self._start + self._held) // BYTES_PER_MS - position_ms
        return ago if position_ms and 0 < ago <= MOST_MS else 0

    def committed(self) -> bytes:
        """Return the audio of a turn that we ended; what is sent from here on is the next one's."""
        audio = self._from(self._turn or 0)
        self._start += self._held
        self._pieces.clear()
        self._held, self._turn = 0, self._start
        return audio

    def unanswered(self) -> bytes:
        """Return what the next session is to hear: an open turn, from its beginning; else what came last.

        That is what was sent since the last sign of life: a question, if the line was dead by then.
        """
        if self._turn is not None:
            return self._from(self._turn)
        return self.unheard()

    def last(self, ms: int) -> bytes:
        """Return the last audio that was sent."""
        return b"".join(self._pieces)[-ms * BYTES_PER_MS :]

    def begin_again(self, audio: bytes = b"", *, turns_are_ours: bool = False) -> None:
        """A new session begins, and hears this first."""
        self._pieces = deque([audio] if audio else [])
        self._start, self._held, self._turn = 0, len(audio), 0 if turns_are_ours else None
        self._ahead = self._unsure = len(audio)

    def _from(self, position: int, until: int | None = None) -> bytes:
        """Join what is kept of a span in one copy: it is large."""
        at, parts = self._start, list[bytes | memoryview]()
        for piece in self._pieces:
            end = at + len(piece)
            first, last = max(position - at, 0), len(piece) if until is None else min(until - at, len(piece))
            if first < last:
                parts.append(piece if last - first == len(piece) else memoryview(piece)[first:last])
            at = end
        return b"".join(parts)

    def _let_go(self) -> None:
        most = _MOST
        if self._turn is None:
            most = max(_PADDING + self._ahead, min(self._unsure, _MOST))
        over = self._held - most
        while over > 0:
            piece = self._pieces.popleft()
            if (size := len(piece)) > over:  # one that is long is cut: its end is still wanted
                self._pieces.appendleft(piece[over:])
                size = over
            over -= size
            self._held -= size
            self._start += size

    def _drop(self) -> None:
        size = len(self._pieces.popleft())
        self._held -= size
        self._start += size
