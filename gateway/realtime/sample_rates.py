"""PCM on the wire of a session at another rate than 24 kHz: 8, 16 or 48 kHz.

Facts and orders stay PCM at 24 kHz; this sits at the session's edge, as `g711` does. Each conversion is one
linear-phase filter in its polyphase form; it holds back 3 ms, and nothing of a piece waits for the next one.
"""

from __future__ import annotations

import functools
from math import gcd
from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.media.resample import HALF_LENGTH, KAISER_BETA, pcm16
from gateway.realtime.events.session import PCM_RATE

RATES = (8_000, 16_000, 24_000, 48_000)
"""Samples a second that a server may hear or speak."""
FLAT_TO = 0.93
"""The share of the narrower side's band that passes: 3.7 kHz of 4, as on the telephone side."""

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


class RateConverter:
    """PCM16LE mono from one rate to another, in pieces of any size, without a gap between them."""

    def __init__(self, rate_in: int, rate_out: int) -> None:
        common = gcd(rate_in, rate_out)
        self._up, self._down = rate_out // common, rate_in // common
        self._phases = _phases(self._up, self._down)
        self._past: Floats = np.zeros(self._phases.shape[1] - 1, np.float32)
        self._next = 0  # where the next sample lies, in steps of rate_in * up, from the first one to come
        self._half = b""  # a piece may end in the middle of a sample

    def put(self, pcm: bytes) -> bytes:
        """Take the next piece; return what it becomes."""
        pcm = self._half + pcm
        whole = len(pcm) & ~1
        self._half = pcm[whole:]
        if self._up == self._down:
            return pcm[:whole]
        samples = np.concatenate((self._past, np.frombuffer(pcm[:whole], "<i2")), dtype=np.float32)
        reach = self._phases.shape[1]
        came = samples.size - reach + 1
        places = np.arange(self._next, came * self._up, self._down)
        self._next = self._next + places.size * self._down - came * self._up
        self._past = samples[samples.size - reach + 1 :]
        if not places.size:
            return b""
        windows = np.lib.stride_tricks.sliding_window_view(samples, reach)[places // self._up]
        return pcm16(np.einsum("ij,ij->i", windows, self._phases[places % self._up])).tobytes()


class RateSpeaker:
    """Caller audio, PCM 24 kHz, to the rate that a server hears."""

    def __init__(self, rate: int) -> None:
        self._to_rate = RateConverter(PCM_RATE, rate)

    def encode(self, pcm: bytes) -> bytes:
        """Convert a piece; it comes out 3 ms later."""
        return self._to_rate.put(pcm)


class RateListener:
    """Agent audio at the rate that a server speaks, to PCM 24 kHz, one item after the other."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._item = ""
        self._to_24k = RateConverter(rate, PCM_RATE)

    def decode(self, item_id: str, audio: bytes) -> bytes:
        """Convert a piece of an item."""
        if item_id != self._item:
            self._item, self._to_24k = item_id, RateConverter(self._rate, PCM_RATE)
        return self._to_24k.put(audio)


@functools.cache
def _phases(up: int, down: int) -> Floats:
    """Return the filter in `up` rows, each reversed: row p makes the samples that lie p steps after one."""
    ratio = max(up, down)
    taps = np.arange(-HALF_LENGTH * ratio, HALF_LENGTH * ratio + 1)
    shape = np.sinc(FLAT_TO / ratio * taps) * np.kaiser(taps.size, KAISER_BETA)
    gained = shape / shape.sum() * up
    padded = np.append(gained, np.zeros(-gained.size % up))
    phases: Floats = np.ascontiguousarray(padded.reshape(-1, up).T[:, ::-1], np.float32)
    phases.flags.writeable = False  # all sessions share it
    return phases
