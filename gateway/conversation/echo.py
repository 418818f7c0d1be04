"""Whether the agent talks to itself: its own words come back as the caller's, turn after turn. Pure.

Behind a transfer there may be an echo, or a line that leads back to us. What comes from the caller's side in
a turn is looked for in what was sent there a moment before: the same waveform, about as loud, as late as in
the turn before. A caller who repeats the agent's words has another voice; one who speaks while the agent is
heard in the room speaks louder than that.
"""

from __future__ import annotations

from collections import deque

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Digit,
    Fact,
    Flush,
    Order,
    Pause,
    Play,
)
from gateway.conversation.likeness import RATE, SAMPLE, Slow, alike, loudest, slower

BEFORE_S = 1.0
"""Seconds of a turn from before it was noticed."""
TURN_S = 2.0
"""Seconds of a turn that are enough."""
LATEST_S = 3.0
"""The longest delay: of two satellites one after the other, and a jitter buffer at each end."""
SAME_S = 0.1
"""How far the delays of two turns may lie apart, as audio is handed over in pieces."""
PIECE_S = 0.4
"""Of what is looked for: the loudest of the turn."""
ALIKE = 0.75
"""Correlation from which two sounds are the same: those that are have 0.87 and more, others 0.68 at most."""

_BYTES_A_SECOND = 48_000  # PCM16 mono at 24 kHz
_BYTES_A_SAMPLE = _BYTES_A_SECOND // RATE
_SLOW_BYTES_A_SECOND = SAMPLE * RATE
_PIECE = round(PIECE_S * RATE)
_BEFORE = round(BEFORE_S * _SLOW_BYTES_A_SECOND)
_ENOUGH = round((BEFORE_S + TURN_S) * _SLOW_BYTES_A_SECOND)
_GATHERED = _BYTES_A_SECOND
"""Bytes of what is said that are brought to the low rate together, a second: a tenth of the work."""


class EchoEar:
    """One call's. Times in seconds of a clock that stands still on hold; audio is PCM16LE mono at 24 kHz.

    `by_voice`: our own detector finds the turns, not the session.
    """

    def __init__(self, *, by_voice: bool) -> None:
        self._by_voice = by_voice
        self.times = 0
        """How many turns more than others were the agent's own words, up to the last.

        One that is not known again takes one back, and does not begin anew: on a bad line each fifth is torn.
        """
        self._said = _Timeline()
        self._heard: deque[Slow] = deque()  # a sixth of the memory
        self._held = 0  # bytes of it
        self._rest = b""  # of what was heard, too little for a sample
        self._open = False  # a turn is
        self._whole = False  # and there is enough of it
        self._delay: float | None = None  # of the last turn, if it was an echo
        self._found: float | None = None  # of the turn that is open

    def ordered(self, order: Order, now: float) -> None:
        """Follow what goes to the caller."""
        if isinstance(order, Play):
            self._said.add(order.pcm, now)
        elif isinstance(order, Flush):
            self._said.cut(now)
        elif isinstance(order, Pause):
            (self._said.pause if order.on else self._said.go_on)(now)

    def heard(self, pcm: bytes) -> bool:
        """Follow what comes from the caller; the hot path. Return True if it is time to `compare`."""
        if self._whole:
            return False
        pcm = self._rest + pcm
        self._rest = pcm[len(pcm) // _BYTES_A_SAMPLE * _BYTES_A_SAMPLE :]
        self._heard.append(slower(pcm))
        self._held += len(self._heard[-1])
        if self._open:
            return self._held > _ENOUGH
        while self._held - len(self._heard[0]) >= _BEFORE:
            self._held -= len(self._heard.popleft())
        return False

    def on_fact(self, fact: Fact, now: float) -> bool:
        """Follow the turns of the caller; return True for the end of one that was an echo."""
        match fact:
            case CallerVoice() if self._by_voice:
                return self._turn(on=fact.on, now=now)
            case CallerStartedSpeaking() | CallerStoppedSpeaking() if not self._by_voice:
                return self._turn(on=isinstance(fact, CallerStartedSpeaking), now=now)
            case Digit():
                self.times, self._delay = 0, None  # somebody is there
            case _:
                pass
        return False

    def _turn(self, *, on: bool, now: float) -> bool:
        was_open, self._open = self._open, on
        return was_open and not on and self._turn_over(now)

    def _turn_over(self, now: float) -> bool:
        if not self._whole:
            self.compare(now)
        found, before = self._found, self._delay
        again = found is not None and before is not None and abs(found - before) <= SAME_S
        if found is None:
            self.times = max(0, self.times - 1)
        else:
            self.times = self.times + 1 if again else max(1, self.times - 1)
        self._delay = before if found is None and self.times else found
        self._found = None
        self._whole = False
        return found is not None

    def compare(self, now: float) -> None:
        """Look for the turn in what was said; what was heard of it is let go."""
        turn = b"".join(self._heard)
        self._heard.clear()
        self._held, self._whole = 0, True
        if len(turn) < SAMPLE * _PIECE:
            return
        at = SAMPLE * loudest(turn, _PIECE)
        piece, began = turn[at : at + SAMPLE * _PIECE], now - (len(turn) - at) / _SLOW_BYTES_A_SECOND
        said = self._said.between(began - LATEST_S, began + PIECE_S + SAME_S)
        found = [(LATEST_S - place / RATE, likeness) for place, likeness in alike(piece, said, ALIKE)]
        if self._delay is not None:  # a tone is like itself at many delays
            found = [one for one in found if abs(one[0] - self._delay) < SAME_S] or found
        if found:
            self._found = max(found, key=lambda one: one[1])[0]


class _Timeline:
    """What sounds at the caller's, and when: what is sent waits for what was sent before."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Slow]] = deque()  # each with its beginning
        self._until = 0.0
        self._new: list[bytes] = []  # what was said last, in a row, as it came
        self._new_bytes = 0
        self._waiting: list[Slow] | None = None  # what is left to be said while it pauses

    def add(self, pcm: bytes, now: float) -> None:
        """Queue a piece."""
        if self._waiting is not None:
            self._waiting.append(slower(pcm))
            return
        if now > self._until:
            self._settle(now)
            self._until = now
        if len(pcm) >= _GATHERED:  # enough by itself: to be joined it would be copied
            self._settle(now)
        self._new.append(pcm)
        self._new_bytes += len(pcm)
        self._until += len(pcm) / _BYTES_A_SECOND
        if self._new_bytes >= _GATHERED:
            self._settle(now)

    def _settle(self, now: float) -> None:
        """Keep what was said last at the low rate; let go what is too old to come back."""
        if not self._new:
            return
        begins = self._until - self._new_bytes / _BYTES_A_SECOND
        self._pieces.append((begins, slower(b"".join(self._new))))
        self._new.clear()
        self._new_bytes = 0
        oldest = now - LATEST_S - BEFORE_S - TURN_S
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) / _SLOW_BYTES_A_SECOND < oldest:
            self._pieces.popleft()

    def cut(self, now: float) -> None:
        """Take back what has not sounded yet."""
        self._not_yet_sounded(now)
        self._waiting = None

    def pause(self, now: float) -> None:
        """Put aside what has not sounded yet: it may be said later."""
        left = self._not_yet_sounded(now)
        self._waiting = left + (self._waiting or [])

    def go_on(self, now: float) -> None:
        """Say from now on what was put aside."""
        if self._waiting is None:
            return
        waiting, self._waiting = self._waiting, None
        self._until = now
        for sound in waiting:
            self._pieces.append((self._until, sound))
            self._until += len(sound) / _SLOW_BYTES_A_SECOND

    def _not_yet_sounded(self, now: float) -> list[Slow]:
        """Take it off the end."""
        self._settle(now)
        left: list[Slow] = []
        while self._pieces and self._pieces[-1][0] >= now:
            left.insert(0, self._pieces.pop()[1])
        if self._pieces:
            begins, sound = self._pieces[-1]
            sounded = SAMPLE * round((now - begins) * RATE)
            self._pieces[-1] = begins, sound[:sounded]
            left.insert(0, sound[sounded:])
        self._until = now
        return left

    def between(self, start: float, stop: float) -> Slow:
        """Return a span of it, with silence where nothing sounds."""
        self._settle(stop)
        span = bytearray(SAMPLE * round((stop - start) * RATE))
        for begins, sound in self._pieces:
            at = SAMPLE * round((begins - start) * RATE)
            part = sound[max(-at, 0) : max(len(span) - at, 0)]
            span[max(at, 0) : max(at, 0) + len(part)] = part
        return bytes(span)
