"""Whether the agent talks to itself: its own words come back as the caller's, turn after turn. Pure.

Behind a transfer there may be an echo, or a line that leads back to us. What comes from the caller's side in
a turn is looked for in what was sent there a moment before: the same waveform, about as loud, as late as in
the turn before. A caller who repeats the agent's words has another voice; one who speaks while the agent is
heard in the room speaks louder than that.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    Digit,
    Fact,
    Flush,
    Order,
    Play,
)

Samples = NDArray[np.float32]
Short = NDArray[np.int16]
"""What is kept: half as large."""

RATE = 4_000
"""Hz at which sounds are compared: enough to tell speech, and a sixth of what comes and goes."""
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
FAINT = 50.0
"""RMS of 16 bits (-56 dBFS) below which there is nothing to compare."""
WEAKEST = 0.2
"""Part of the agent's level (-14 dB) below which it is the echo of a room, with a caller in front."""

_BYTES_A_SECOND = 48_000  # PCM16 mono at 24 kHz
_STEP = 24_000 // RATE
_PIECE = round(PIECE_S * RATE)
_AVERAGE = np.full(_STEP, 1 / _STEP, np.float32)  # by a product: six times as fast as `mean`


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
        self._heard: deque[bytes] = deque()
        self._held = 0
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

    def heard(self, pcm: bytes, now: float) -> None:
        """Follow what comes from the caller; the hot path."""
        if self._whole:
            return
        self._heard.append(pcm)
        self._held += len(pcm)
        if self._open:
            if self._held > (BEFORE_S + TURN_S) * _BYTES_A_SECOND:
                self._compare(now)
        else:
            while self._held > BEFORE_S * _BYTES_A_SECOND:
                self._held -= len(self._heard.popleft())

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
            self._compare(now)
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

    def _compare(self, now: float) -> None:
        """Look for the turn in what was said; what was heard of it is let go."""
        turn = _slower(b"".join(self._heard))
        self._heard.clear()
        self._held, self._whole = 0, True
        if len(turn) < _PIECE:
            return
        at = _loudest(turn)
        piece, began = turn[at : at + _PIECE], now - (len(turn) - at) / RATE
        said = self._said.between(began - LATEST_S, began + PIECE_S + SAME_S)
        alike = _alike(piece, said)
        delays = LATEST_S - np.arange(len(alike)) / RATE
        if self._delay is not None:  # a tone is like itself at many delays
            near = np.where(np.abs(delays - self._delay) < SAME_S, alike, 0.0)
            alike = near if near.max() >= ALIKE else alike
        best = int(alike.argmax())
        if alike[best] >= ALIKE:
            self._found = float(delays[best])


class _Timeline:
    """What sounds at the caller's, and when: what is sent waits for what was sent before."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Short]] = deque()  # each with its beginning
        self._until = 0.0

    def add(self, pcm: bytes, now: float) -> None:
        """Queue a piece."""
        begins = max(now, self._until)
        samples = _slower(pcm).astype(np.int16)
        self._until = begins + len(samples) / RATE
        self._pieces.append((begins, samples))
        while self._pieces[0][0] + len(self._pieces[0][1]) / RATE < now - LATEST_S - BEFORE_S - TURN_S:
            self._pieces.popleft()

    def cut(self, now: float) -> None:
        """Take back what has not sounded yet."""
        while self._pieces and self._pieces[-1][0] >= now:
            self._pieces.pop()
        if self._pieces:
            begins, samples = self._pieces[-1]
            self._pieces[-1] = begins, samples[: round((now - begins) * RATE)]
        self._until = now

    def between(self, start: float, stop: float) -> Samples:
        """Return a span of it, with silence where nothing sounds."""
        span = np.zeros(round((stop - start) * RATE), np.float32)
        for begins, samples in self._pieces:
            at = round((begins - start) * RATE)
            part = samples[max(-at, 0) : max(len(span) - at, 0)]
            if len(part):
                span[max(at, 0) : max(at, 0) + len(part)] = part
        return span


def _slower(pcm: bytes) -> Samples:
    """Return a sound at `RATE`. Averages alias, but in the sound and its echo alike."""
    whole = np.frombuffer(pcm, np.int16, count=len(pcm) // 2)
    slower: Samples = whole[: len(whole) // _STEP * _STEP].reshape(-1, _STEP).astype(np.float32) @ _AVERAGE
    return slower


def _loudest(sound: Samples) -> int:
    """Return where the loudest piece begins."""
    energy = np.concatenate(([0.0], np.cumsum(np.square(sound, dtype=np.float64))))
    return int((energy[_PIECE:] - energy[:-_PIECE]).argmax())


def _alike(piece: Samples, said: Samples) -> NDArray[np.float64]:
    """Return how alike a piece is to what was said from each place on: 1.0 the same, 0.0 nothing of it.

    It is 0.0, too, where one of them is faint, or the piece much weaker than what was said.
    """
    size = 1 << (len(piece) + len(said)).bit_length()
    piece = piece - piece.mean()
    spectrum = np.fft.rfft(said, size) * np.conj(np.fft.rfft(piece, size))
    common = np.fft.irfft(spectrum, size)[: len(said) - len(piece) + 1]
    sums = np.concatenate(([0.0], np.cumsum(said, dtype=np.float64)))
    squares = np.concatenate(([0.0], np.cumsum(np.square(said, dtype=np.float64))))
    count = len(piece)
    powers = squares[count:] - squares[:-count] - np.square(sums[count:] - sums[:-count]) / count
    power = float(np.square(piece, dtype=np.float64).sum())
    faint = FAINT**2 * count
    if power < faint:
        return np.zeros(len(powers))
    heard = (powers >= faint) & (power >= WEAKEST**2 * powers)
    return np.where(heard, common / np.sqrt(np.maximum(powers, faint) * power), 0.0)
