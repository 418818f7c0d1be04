"""Does the caller speak? A cheap detector for one call: the twin of `voice.hpp`, for portable ports.

It asks each 20 ms of the caller for three things:

- level: well above a noise floor that follows the line, and not too low in itself;
- no tone: four past samples predict a tone almost wholly (DTMF, ringback, fax), speech and noise far less;
- no echo: not far below what we ourselves sent in the last few hundred milliseconds.

Three such frames of the last four are a voice; it is over after `HANG_OVER` frames without any. It knows
nothing of words: a cough is a voice, a steady noise is one until the floor has risen to it.

Energies are mean squares of 16-bit samples. Only sums of whole numbers and the four basic operations are
used, in the same order as in C++: both decide alike to the last bit. Pure: no clock, no thread.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

QUIETEST = 32768.0**2 * 10**-4.6
"""-46 dB below full scale: a caller on a bad line is louder, the noise of a good one is not."""
IDLE = 64.0
"""What G.711 makes of nothing at all. It tells nothing about a line's noise: there may be no RTP yet."""
IDLE_FRAMES = 25
"""Frames; 0.5 s. So long it is the line itself that is silent."""
FLOOR_START = 32768.0**2 * 10**-4.0
FRESH = 2
"""Frames that set the first floor, -40 dB at most: a noise that is there when the line opens is no voice, a
caller on a line that is silent otherwise is louder.
"""
FLOOR_LEAST = 32768.0**2 * 10**-6.0
FLOOR_MOST = 32768.0**2 * 10**-3.0
"""A noise louder than -30 dB is one that callers have to outshout themselves."""
ABOVE_FLOOR = 6.3
"""8 dB: what speech has above a floor that callers can talk over; white noise varies by 2 dB."""
FLOOR_FRAMES = 40
"""Frames; 0.8 s. The floor rises to the lowest level of twice as many: nobody speaks as long without a pause,
and a noise that begins is a voice for three times as long at most.
"""
FLOOR_FALL = 0.2
"""Of the distance in a frame: a floor is found within a tenth of a second."""
TONE = 0.01
"""What prediction leaves of a tone after G.711: -21 dB (DTMF) to -38 dB. Of most speech it leaves more."""
ECHO = 0.016
"""-18 dB: a line's echo of us is weaker, a caller who means to be heard is louder."""
ECHO_FADE = 0.95
"""In a frame: our own level is forgotten by 11 dB a second, slower than an echo comes back."""
NEEDED = 3
WINDOW = 4
HANG_OVER = 18
"""Frames; 360 ms. Pauses between words are shorter."""
ORDER = 4

Samples = npt.NDArray[np.int16]


class VoiceDetector:
    """One call. `agent` hears what we send, `caller` what comes; `speaking` is the state."""

    def __init__(self) -> None:
        self.speaking = False
        self.since = 0
        """Frames from the voice's first or last frame to when its beginning or end was noticed."""
        self._floor = 0.0
        self._fresh = FRESH
        self._idle = 0
        self._lowest = self._lowest_before = FLOOR_MOST  # level of these and of the `FLOOR_FRAMES` before
        self._frames = 0  # of these
        self._ours = 0.0
        self._recent = 0  # a bit for each of the last frames: it sounded like a voice
        self._silent = 0

    def agent(self, samples: Samples) -> None:
        """Hear a tick of what the phone is sent."""
        self._ours = max(self._ours * ECHO_FADE, energy(samples))

    def caller(self, samples: Samples) -> bool:
        """Hear a tick of the caller; True when a voice began or ended."""
        voice = self._sounds_like_voice(samples)
        self._recent = (self._recent << 1 | voice) & ((1 << WINDOW) - 1)
        self._silent = 0 if voice else self._silent + 1
        if self.speaking:
            if self._silent < HANG_OVER:
                return False
            self.since = self._silent
        else:
            if self._recent.bit_count() < NEEDED:
                return False
            self.since = self._recent.bit_length()
        self.speaking = not self.speaking
        return True

    def _sounds_like_voice(self, samples: Samples) -> bool:
        level = energy(samples)
        if level <= IDLE:
            self._stay_idle()
            return False
        self._idle = 0
        self._follow(level)
        if level < QUIETEST or level < self._floor * ABOVE_FLOOR or level < self._ours * ECHO:
            return False
        return not is_tone(samples)

    def _stay_idle(self) -> None:
        self._idle += 1
        if self._idle == IDLE_FRAMES:
            self._floor = self._lowest = self._lowest_before = FLOOR_LEAST
            self._fresh = 0

    def _follow(self, level: float) -> None:
        if self._fresh:
            self._fresh -= 1
            self._floor = max(self._floor, min(level, FLOOR_START))
        self._lowest = min(self._lowest, level)
        if level < self._floor:
            self._floor += FLOOR_FALL * (level - self._floor)
        self._frames += 1
        if self._frames == FLOOR_FRAMES:
            self._floor = max(self._floor, min(self._lowest, self._lowest_before))
            self._lowest_before, self._lowest, self._frames = self._lowest, FLOOR_MOST, 0
        self._floor = min(max(self._floor, FLOOR_LEAST), FLOOR_MOST)


def energy(samples: Samples) -> float:
    """Return the mean square of a frame."""
    wide = samples.astype(np.float64)
    return float(wide @ wide) / samples.size


def is_tone(samples: Samples) -> bool:
    """Return whether a frame is made of one or two sines: four past samples then tell the next.

    The normal equations of linear prediction (covariance method), eliminated row by row; what stays in the
    last corner is the energy of the error.
    """
    wide = samples.astype(np.float64)
    rows = np.stack([wide[ORDER - lag : wide.size - lag] for lag in (1, 2, 3, 4, 0)])
    sums = (rows @ rows.T).tolist()  # sums of whole numbers below 2**53: exact in any order
    whole = sums[ORDER][ORDER]
    for pivot in range(ORDER):
        if sums[pivot][pivot] <= whole * 1e-9:
            return True
        for row in range(pivot + 1, ORDER + 1):
            factor = sums[row][pivot] / sums[pivot][pivot]
            for column in range(pivot, ORDER + 1):
                sums[row][column] -= factor * sums[pivot][column]
    return bool(sums[ORDER][ORDER] < whole * TONE)
