"""Who has answered a call of ours, by the sound alone: a person, a machine, or nobody who speaks. Pure.

People say a few words and wait; machines go on for several seconds, and then beep. A line that rings, plays
music, rushes or is silent has no voice in it. The rule is the usual one of answering machine detection (how
long somebody speaks without a pause, and how long the pause is then), with an ear more for music, whose
spectrum stays where it is while a voice's moves. Beeps and the tones of networks are the media plane's to
hear (`gateway.call.tones`), and told here; that a tone is no voice is seen by its share in the spectrum.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.call import AnsweredBy, CallTone, ToneHeard, WhoAnswered

RATE = 8_000
FRAME = 160
"""Samples of 20 ms."""
FRAME_MS = 20
WINDOW = 512
"""Samples of a spectrum, 64 ms."""

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pcm = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class AnswerRules:
    """Times in ms."""

    long_greeting: int = 2900
    """Who speaks for so long without a pause is a machine."""
    pause: int = 560
    """After a few words so much silence is a person's, who waits."""
    long_pause: int = 860
    """The same after several words: machines pause between sentences, too."""
    few_words: int = 1300
    music: int = 1600
    """What sounds for so long and hardly moves is no voice."""
    nobody: int = 2300
    """So long without a voice, nobody speaks."""
    beep: int = 840
    """A tone that lasts for longer is no beep that is to end, but a line that rings."""


TOLD = {
    CallTone.BEEP: AnsweredBy(WhoAnswered.MACHINE, "a beep", 0),
    CallTone.FAX: AnsweredBy(WhoAnswered.MACHINE, "a fax machine", 0),
    CallTone.SIT: AnsweredBy(WhoAnswered.MACHINE, "three rising tones: an announcement of the network", 0),
    CallTone.RINGBACK: AnsweredBy(WhoAnswered.UNKNOWN, "it rings on", 0),
    CallTone.BUSY: AnsweredBy(WhoAnswered.UNKNOWN, "the tone of a busy line", 0),
    CallTone.CONGESTION: AnsweredBy(WhoAnswered.UNKNOWN, "the tone of a network without a way", 0),
    CallTone.DIAL: AnsweredBy(WhoAnswered.UNKNOWN, "a dial tone", 0),
}
"""What each tone tells, wherever it comes before anything else is known."""


class AnswerEar:
    """Feed it with the callee's sound from the answer on, and tell it of tones; it judges once."""

    def __init__(self, rules: AnswerRules | None = None) -> None:
        self._rules = rules or AnswerRules()
        self._rest = np.zeros(0, np.int16)
        self._window = np.zeros(WINDOW)
        self._frames = 0
        self._floor = -60.0  # dB, of what is no sound
        self._shapes: deque[NDArray[np.float64]] = deque(maxlen=6)
        self._tone_ms = 0
        self._tone_hz = 0.0
        self._voice_began: int | None = None
        self._voice_until = 0
        self._voiced = 0
        self._moving = 0.0
        self._shaped = 0
        self._sounds = 0
        self.beeped_at: int | None = None
        """Ms of sound after which a beep had ended; None: none yet. It goes on being listened for."""
        self.quiet_ms = 0
        """How long nothing is heard by now."""
        self.judgement: AnsweredBy | None = None

    @property
    def heard_ms(self) -> int:
        """Return how much it has heard."""
        return self._frames * FRAME_MS

    @property
    def goes_on(self) -> bool:
        """Return whether somebody has spoken for longer than most people do who answer."""
        began = self._voice_began
        return began is not None and self._voice_until - began > self._rules.few_words

    def feed(self, pcm: Pcm, rate: int = RATE) -> AnsweredBy | None:
        """Hear more; return the judgement once there is one. `rate`: a multiple of 8000."""
        step = rate // RATE
        if step > 1:
            whole = len(pcm) // step * step
            pcm = pcm[:whole].reshape(-1, step).mean(axis=1).astype(np.int16)
        samples = np.concatenate((self._rest, pcm))
        for start in range(0, len(samples) - FRAME + 1, FRAME):
            self._frame(samples[start : start + FRAME].astype(np.float64))
        self._rest = samples[len(samples) // FRAME * FRAME :]
        return self.judgement

    def hear_tone(self, heard: ToneHeard) -> AnsweredBy | None:
        """Hear of a tone that was in that sound; return the judgement once there is one."""
        if heard.tone is CallTone.BEEP:
            self.beeped_at = self.heard_ms - heard.ago_ms
        if self.judgement is None:
            self.judgement = replace(TOLD[heard.tone], after_ms=self.heard_ms)
        return self.judgement

    # --- a frame -------------------------------------------------------------------------------------

    def _frame(self, samples: NDArray[np.float64]) -> None:
        self._frames += 1
        self._window = np.concatenate((self._window[FRAME:], samples))
        level = _db(float(np.mean(samples**2)))
        self._floor = level if level < self._floor else self._floor + _RISE_DB
        if level < max(self._floor + _ABOVE_DB, _LEAST_DB):
            self._silent()
        else:
            self._sounded()
        if self.judgement is None:
            self.judgement = self._judge()

    def _silent(self) -> None:
        self.quiet_ms += FRAME_MS
        self._tone_ms = 0
        self._shapes.clear()

    def _sounded(self) -> None:
        self.quiet_ms = 0
        self._sounds += 1
        power = np.abs(np.fft.rfft(self._window * _hann())[_BAND]) ** 2 + 1e-9
        self._note_shape(power)
        top = int(np.argmax(power))
        if _share_of_peaks(power, top) > _TONE_SHARE:
            hz = (top + _BAND.start) * RATE / WINDOW
            if not self._tone_ms or abs(hz - self._tone_hz) > _SAME_HZ:
                self._tone_ms, self._tone_hz = 0, hz
            self._tone_ms += FRAME_MS
            return
        self._tone_ms = 0
        if float(np.exp(np.mean(np.log(power))) / np.mean(power)) > _FLAT:
            return
        self._voice()

    def _voice(self) -> None:
        now = self.heard_ms
        if self._voice_began is None or (not self._voiced and now - self._voice_until > _GAP_MS):
            self._voice_began = now - FRAME_MS
        self._voice_until = now
        self._voiced += FRAME_MS

    def _note_shape(self, power: NDArray[np.float64]) -> None:
        shape = np.sqrt(np.add.reduceat(power, _edges()))
        shape /= np.linalg.norm(shape)
        if len(self._shapes) == self._shapes.maxlen:
            self._shaped += 1
            self._moving += float(shape @ self._shapes[0]) < _SAME_SHAPE
        self._shapes.append(shape)

    # --- what follows --------------------------------------------------------------------------------

    def _judge(self) -> AnsweredBy | None:
        rules, now = self._rules, self.heard_ms
        if self._voice_began is None or self._voiced < _LEAST_VOICE_MS:
            return self._nobody(now)
        span = self._voice_until - self._voice_began
        pause = now - self._voice_until
        enough = rules.pause if span <= rules.few_words else rules.long_pause
        if pause >= enough and self._stays():
            return self._nobody(now)
        if pause >= enough:
            said = f"{span / 1000:.1f} s of speech, then silence"
            return AnsweredBy(WhoAnswered.HUMAN, said, now)
        if span >= rules.music and self._stays():
            return AnsweredBy(WhoAnswered.UNKNOWN, "music", now)
        if span >= rules.long_greeting:
            return AnsweredBy(WhoAnswered.MACHINE, f"speech for {span / 1000:.1f} s without a pause", now)
        return None

    def _nobody(self, now: int) -> AnsweredBy | None:
        if self._tone_ms > self._rules.beep:
            return AnsweredBy(WhoAnswered.UNKNOWN, f"a long tone of {self._tone_hz:.0f} Hz", now)
        if now < self._rules.nobody or self._tone_ms:
            return None
        share = self._sounds * FRAME_MS / now
        what = "silence" if share < _SOME else "noise"
        return AnsweredBy(WhoAnswered.UNKNOWN, f"{what} for {now / 1000:.1f} s", now)

    def _stays(self) -> bool:
        """Return whether what was taken for a voice hardly moves: music."""
        return self._moving < _MOVES * self._shaped


_BAND = slice(16, 230)
"""Bins from 250 to 3600 Hz: what a telephone carries."""
_RISE_DB = 0.02
_ABOVE_DB = 9.0
_LEAST_DB = -48.0
_TONE_SHARE = 0.97
_SAME_HZ = 24.0
_FLAT = 0.32
_GAP_MS = 400
_LEAST_VOICE_MS = 80
_SAME_SHAPE = 0.9
_MOVES = 0.6
_SOME = 0.2


@cache
def _hann() -> NDArray[np.float64]:
    return np.hanning(WINDOW)


@cache
def _edges() -> NDArray[np.int64]:
    """Return where bands begin that grow with frequency, as ears have them."""
    return np.unique(np.geomspace(1, _BAND.stop - _BAND.start - 1, 24).astype(int)) - 1


def _db(mean_square: float) -> float:
    return 10 * float(np.log10(mean_square / 32768**2 + 1e-12))


def _share_of_peaks(power: NDArray[np.float64], top: int) -> float:
    """Return the share of all power that is in the two highest peaks."""
    rest = power.copy()
    first = _take(rest, top)
    return (first + _take(rest, int(np.argmax(rest)))) / float(power.sum())


def _take(power: NDArray[np.float64], at: int) -> float:
    around = slice(max(0, at - 3), at + 4)
    taken = float(power[around].sum())
    power[around] = 0.0
    return taken
