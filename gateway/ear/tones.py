"""Sounds that machines make: keys, ringing, beeps. They begin and end hard, and are nobody's words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from gateway.ear.phrases import FRAME_S as PHRASE_FRAME_S
from gateway.ear.phrases import Phrase, levels, runs
from gateway.ear.stereo import Samples

WINDOW_S = 0.032
BINS = 2
"""Around a peak of the spectrum: the main lobe of its window."""
PEAKS = 2
"""A key has two tones, ringing one or two."""
PURE = 0.99
"""The part of a frame's power that is in its peaks: tones through G.711 have 0.999, vowels seldom so much."""
MOSTLY = 0.65
"""The part of a phrase's sounding frames that has to be pure."""
PAUSE_DB = 20.0
"""Below the loudest of a phrase: between two keys it is silent."""
SHORTEST_FRAMES = 4
"""Of 10 ms, of a sound that is looked at; what is shorter is an edge."""
STEADY_HZ = 5.0
"""How far the middle of the spectrum may move, as a standard deviation: of tones 0.3, voices glide."""


def tones(samples: Samples, rate: int, spoken: list[Phrase]) -> list[Phrase]:
    """Return the phrases that are tones, or several with pauses, as a number that is keyed in."""
    return [
        one
        for one in spoken
        if (sounds := list(_sounds(samples[round(one.start * rate) : round(one.end * rate)], rate)))
        and all(is_tone(sound, rate) for sound in sounds)
    ]


def _sounds(samples: Samples, rate: int) -> Iterator[Samples]:
    """Yield what is between the pauses of a phrase."""
    level, size = levels(samples, rate), round(rate * PHRASE_FRAME_S)
    for first, last in runs(level >= float(level.max(initial=-120.0)) - PAUSE_DB):
        if last - first >= SHORTEST_FRAMES:
            yield samples[first * size : last * size]


def is_tone(samples: Samples, rate: int) -> bool:
    """Return whether a sound is one tone or two at a time, from its beginning to its end."""
    size = round(WINDOW_S * rate)
    frames = samples[: len(samples) // size * size].reshape(-1, size).astype(np.float64)
    if not len(frames):
        return False
    level = np.sqrt(np.mean(np.square(frames), axis=1))
    sounding = frames[level > 0.25 * float(level.max(initial=0.0))]
    if not len(sounding):
        return False
    power = np.abs(np.fft.rfft(sounding * np.hanning(size), axis=1)) ** 2
    whole = np.maximum(power.sum(axis=1), 1e-12)
    middle = power @ np.arange(power.shape[1]) / whole * rate / size
    return bool(np.mean(_purity(power) >= PURE) >= MOSTLY and np.std(middle) <= STEADY_HZ)


def _purity(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for each frame the part of its power that is in a few peaks."""
    left = power.copy()
    rows = np.arange(len(power))
    for _ in range(PEAKS):
        peak = left.argmax(axis=1)
        for offset in range(-BINS, BINS + 1):
            left[rows, np.clip(peak + offset, 0, power.shape[1] - 1)] = 0.0
    return np.asarray(1 - left.sum(axis=1) / np.maximum(power.sum(axis=1), 1e-12))
