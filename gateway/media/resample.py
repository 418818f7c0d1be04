"""Changing sample rates between the model's 24 kHz and the phone's 8 kHz, in Python.

Only whole ratios, by one linear-phase FIR filter: it holds back 3 ms and no more, gives a steady stream
for a steady stream, and its alias products are below -80 dB where G.711's own noise is at -38 dB. soxr,
better still on files, holds back 60-75 ms because its FFT works in blocks: an agent that speaks in real
time, 20 ms after 20 ms, would stutter.

The native port resamples in C++, both ways (`resampler.hpp`); the live ones here are the portable port's.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.media.media_port import AGENT_RATE, PHONE_RATE

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

HALF_LENGTH = 24
"""Reach of the filter to either side, in 8 kHz samples: 3 ms."""

CUTOFF_HZ = 3720
"""The middle of the filter's slope: flat to 3.4 kHz, where G.711's band ends, and closed at 4 kHz."""

KAISER_BETA = 7.5
"""Window shape: -80 dB beyond the slope."""

HELD_FOR = AGENT_RATE // PHONE_RATE
"""Samples of 24 kHz in one of 8."""

MODEL_RATES = (8000, 16000, 24000, 48000)


@functools.cache
def lowpass(ratio: int) -> Floats:
    """Design the filter at `ratio` times 8 kHz: 2 * 24 * ratio + 1 taps, symmetric, unity gain at DC."""
    taps = np.arange(-HALF_LENGTH * ratio, HALF_LENGTH * ratio + 1)
    cutoff = 2 * CUTOFF_HZ / (PHONE_RATE * ratio)
    shape = np.sinc(cutoff * taps) * np.kaiser(taps.size, KAISER_BETA)
    unity: Floats = (shape / shape.sum()).astype(np.float32)
    unity.flags.writeable = False  # all resamplers share it
    return unity


@functools.cache
def _taps(ratio: int) -> bytes:
    return lowpass(ratio).tobytes()


def pcm16(samples: Floats) -> npt.NDArray[np.int16]:
    """Round and clip to 16 bits."""
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2")


def held(samples: npt.NDArray[np.int16]) -> bool:
    """Return whether these are 24 kHz in which each sample of 8 kHz is held for three.

    G.711 is put in that dress on its way between a line and a model, so that nothing has to be filtered.
    """
    if samples.size % HELD_FOR or not samples.size:
        return False
    threes = samples.reshape(-1, HELD_FOR)
    return bool((threes[:, 0] == threes[:, 1]).all() and (threes[:, 0] == threes[:, 2]).all())


class ItemResampler:
    """One item of agent audio, from the model's rate to 8 kHz, in parts of any size.

    The parts joined are the item filtered as a whole, without delay: sample 0 stays sample 0, and n samples
    become n / ratio, rounded up. After `last` the resampler begins anew.
    """

    def __init__(self, rate_in: int = 24000) -> None:
        if rate_in not in MODEL_RATES:
            raise ValueError(f"a model's rate is one of {MODEL_RATES}, not {rate_in}")
        self._ratio = rate_in // PHONE_RATE
        self.reset()

    def reset(self) -> None:
        """Forget the item in hand: what was held back of it will never sound."""
        self._waiting = bytes(2 * HALF_LENGTH * self._ratio)  # the filter reaches back before the beginning

    def feed(self, pcm: bytes, last: bool = False) -> bytes:
        """Take the next part, PCM16LE mono; give what can be played of it, 3 ms less until `last`."""
        if self._ratio == 1:
            return pcm
        waiting = self._waiting + pcm
        if last:
            # A half sample at the very end is no sample; then the filter reaches beyond the end.
            waiting = waiting[: len(waiting) & ~1] + bytes(2 * HALF_LENGTH * self._ratio)
        given = decimate(waiting[: len(waiting) & ~1], _taps(self._ratio), self._ratio)
        self._waiting = waiting[len(given) * self._ratio :]
        if last:
            self.reset()
        return given


def _decimate(pcm: bytes, taps: bytes, ratio: int) -> bytes:
    """Do what `_fir.decimate` does, in numpy; `taps` are those of `lowpass(ratio)`."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float32)
    count = max((samples.size - len(taps) // 4) // ratio + 1, 0)
    return pcm16(_decimated(samples, count, ratio)).tobytes()


try:
    from gateway.media._fir import decimate
except ImportError:  # portable mode: no compiler, and three times the cost
    decimate = _decimate


def _decimated(samples: Floats, count: int, ratio: int) -> Floats:
    """Filter, but only the `count` samples that are kept: 16 of them at a time are one matrix product.

    A quarter of what filtering everything costs. Done in slices too small for BLAS to wake its other threads.
    """
    bank = _bank(ratio)
    taps, per_block = bank.shape
    blocks = -(-count // per_block)
    missing = max(blocks * per_block * ratio + taps - samples.size, 0)
    padded = np.append(samples, np.zeros(missing, np.float32))
    windows = np.lib.stride_tricks.sliding_window_view(padded, taps)[:: per_block * ratio][:blocks]
    parts = [windows[start : start + 64] @ bank for start in range(0, blocks, 64)]
    return np.concatenate(parts).ravel()[:count] if parts else np.zeros(0, np.float32)


@functools.cache
def _bank(ratio: int) -> Floats:
    """Return the filter 16 times side by side, each `ratio` samples lower: a column per output sample."""
    taps, per_block = lowpass(ratio), 16
    bank = np.zeros((per_block * ratio + taps.size - ratio, per_block), np.float32)
    for column in range(per_block):
        bank[column * ratio : column * ratio + taps.size, column] = taps
    return bank


class LiveDownsampler:
    """The agent's 24 kHz ticks to the phone's 8 kHz, 3 ms later, without a gap between them.

    Those that are 8 kHz already (`held`) are given as they are.
    """

    _RATIO = AGENT_RATE // PHONE_RATE

    def __init__(self) -> None:
        self._past = bytes(2 * 2 * HALF_LENGTH * self._RATIO)

    def put(self, tick: bytes) -> bytes:
        """Return a sample for three of the tick's."""
        samples = self._past + tick
        self._past = samples[-len(self._past) :]
        if held(narrow := np.frombuffer(tick, "<i2")) and narrow.any():
            return narrow[::HELD_FOR].tobytes()
        return decimate(samples, _taps(self._RATIO), self._RATIO)


class LiveUpsampler:
    """The caller's 8 kHz ticks to a higher rate, 3 ms later, without a gap between them."""

    def __init__(self, rate_out: int = 24000) -> None:
        self._ratio = rate_out // PHONE_RATE
        # Column p makes the p-th of the samples between two ticks' samples: the polyphase form. The filter's
        # last tap belongs to phase 0 alone, so the other phases get a zero there.
        taps = np.append(lowpass(self._ratio) * self._ratio, np.zeros(self._ratio - 1, np.float32))
        self._phases = np.ascontiguousarray(taps.reshape(-1, self._ratio)[::-1])
        self._past: Floats = np.zeros(self._phases.shape[0] - 1, np.float32)

    def put(self, tick: bytes) -> bytes:
        """Return `ratio` samples for each of the tick's."""
        if self._ratio == 1:
            return tick
        samples = np.concatenate((self._past, np.frombuffer(tick, "<i2")), dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(samples, self._phases.shape[0])
        self._past = samples[windows.shape[0] :]
        return pcm16((windows @ self._phases).ravel()).tobytes()
