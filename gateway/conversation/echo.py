"""Whether the agent talks to itself: its own words come back as the caller's, turn after turn. Pure.

Behind a transfer there may be an echo, or a line that leads back to us. What comes from the caller's side in
a turn is looked for in what was sent there a moment before: the same waveform, about as loud, as late as in
the turn before. A caller who repeats the agent's words has another voice; one who speaks while the agent is
heard in the room speaks louder than that.
"""

from __future__ import annotations

import math
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
from gateway.conversation.likeness import RATE, SILENCE, Slow, alike, loudest
from gateway.media.kept_sound import KeptSound, slower

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

HEEDED = frozenset((CallerVoice, CallerStartedSpeaking, CallerStoppedSpeaking, Digit, Flush, Pause, Play))
"""Facts and orders that it follows."""

_BYTES_A_SECOND = 48_000  # PCM16 mono at 24 kHz
_PIECE = round(PIECE_S * RATE)
_ENOUGH = round((BEFORE_S + TURN_S) * _BYTES_A_SECOND)


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
        self.heard = KeptSound(most=_ENOUGH, slow=True)
        """What comes from the caller is put there, by whoever sees it."""
        self._said = _Timeline()
        self._began: float | None = None  # the open turn
        self.enough_at = math.inf
        """When there is enough of it to `compare`."""
        self._delay: float | None = None  # of the last turn, if it was an echo
        self._found: float | None = None  # of the turn that is open

    def ordered(self, order: Order, now: float) -> None:
        """Follow what goes to the caller."""
        if isinstance(order, Play):
            self._let_go(now)
            self._said.add(order.pcm, now)
        elif isinstance(order, Flush):
            self._said.cut(now)
        elif isinstance(order, Pause):
            (self._said.pause if order.on else self._said.go_on)(now)

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
        if self._began is None and on:
            self._began, self.enough_at = now, now + TURN_S
        self._let_go(now)
        return self._began is not None and not on and self._turn_over(now)

    def _turn_over(self, now: float) -> bool:
        if self.enough_at < math.inf:
            self._look(self._began or now, now)
        found, before = self._found, self._delay
        again = found is not None and before is not None and abs(found - before) <= SAME_S
        if found is None:
            self.times = max(0, self.times - 1)
        else:
            self.times = self.times + 1 if again else max(1, self.times - 1)
        self._delay = before if found is None and self.times else found
        self._began = self._found = None
        self.heard.let_go(self.heard.end)
        return found is not None

    def _let_go(self, now: float) -> None:
        """Forget what no turn will be looked for in: neither one that is open, nor one that begins now."""
        begins = now
        if self._began is not None and self.enough_at < math.inf:
            begins = max(self._began, now - TURN_S)
        self._said.let_go(begins - BEFORE_S - LATEST_S)

    def compare(self, now: float) -> None:
        """Look for the turn in what was said, once there is enough of it."""
        if self._began is not None and now >= self.enough_at:
            self._look(self._began, now)

    def _look(self, began: float, now: float) -> None:
        self.enough_at = math.inf
        turn = self.heard.codes()[-round((BEFORE_S + now - began) * RATE) :]
        if len(turn) < _PIECE:
            return
        at = loudest(turn, _PIECE)
        piece, sounded = turn[at : at + _PIECE], now - (len(turn) - at) / RATE
        said = self._said.between(sounded - LATEST_S, sounded + PIECE_S + SAME_S)
        found = [(LATEST_S - place / RATE, likeness) for place, likeness in alike(piece, said, ALIKE)]
        if self._delay is not None:  # a tone is like itself at many delays
            found = [one for one in found if abs(one[0] - self._delay) < SAME_S] or found
        if found:
            self._found = max(found, key=lambda one: one[1])[0]


class _Timeline:
    """What sounds at the caller's, and when: what is sent waits for what was sent before."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Slow]] = deque()  # of a second at most, each with its beginning
        self._until = 0.0
        self._waiting: list[Slow] | None = None  # what is left to be said while it pauses

    def add(self, pcm: bytes, now: float) -> None:
        """Queue a piece."""
        if self._waiting is not None:
            self._waiting.append(slower(pcm))
            return
        self._until = begins = max(self._until, now)
        self._queue(slower(pcm))
        self._until = begins + len(pcm) / _BYTES_A_SECOND

    def let_go(self, place: float) -> None:
        """Forget what had sounded by then."""
        while self._pieces and self._pieces[0][0] + len(self._pieces[0][1]) / RATE < place:
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
            self._queue(sound)

    def _queue(self, sound: Slow) -> None:
        for start in range(0, len(sound), RATE):
            part = sound[start : start + RATE]
            self._pieces.append((self._until, part))
            self._until += len(part) / RATE

    def _not_yet_sounded(self, now: float) -> list[Slow]:
        """Take it off the end."""
        left: list[Slow] = []
        while self._pieces and self._pieces[-1][0] >= now:
            left.insert(0, self._pieces.pop()[1])
        if self._pieces:
            begins, sound = self._pieces[-1]
            sounded = round((now - begins) * RATE)
            self._pieces[-1] = begins, sound[:sounded]
            left.insert(0, sound[sounded:])
        self._until = now
        return left

    def between(self, start: float, stop: float) -> Slow:
        """Return a span of it, with silence where nothing sounds."""
        span = bytearray(SILENCE * round((stop - start) * RATE))
        for begins, sound in self._pieces:
            at = round((begins - start) * RATE)
            part = sound[max(-at, 0) : max(len(span) - at, 0)]
            span[max(at, 0) : max(at, 0) + len(part)] = part
        return bytes(span)
