"""When a side speaks: stretches of sound between silences, found by loudness over the side's own noise.

Loudness and not a neural detector: what is judged here is what was audible, coughs and tones included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.ear.stereo import Samples

FRAME_S = 0.01
QUIETEST = -55.0
"""dBFS: what is softer is silence on any line; G.711's own noise is at -66."""
LOUDEST = -35.0
"""dBFS: on a line with more noise than this, speech has to be as loud as this at least."""
OVER_NOISE = 10.0
"""dB by which sound is louder than the side's own noise."""
BRIDGED_S = 0.25
"""A silence between two words, or in a plosive; longer is a pause."""
SHORTEST_S = 0.06
"""Shorter is a click, not a sound that somebody makes."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One stretch of sound, in seconds of the recording."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start

    def overlap(self, other: Phrase) -> float:
        """Return for how many seconds both go on; 0 if never."""
        return max(0.0, min(self.end, other.end) - max(self.start, other.start))


def levels(samples: Samples, rate: int, frame_s: float = FRAME_S) -> NDArray[np.float32]:
    """Return the level of each whole frame in dBFS (0: full scale square); -120 is digital silence."""
    size = round(rate * frame_s)
    frames = samples[: len(samples) // size * size].reshape(-1, size)
    power = np.mean(np.square(frames), axis=1) if len(frames) else np.zeros(0, np.float32)
    return np.asarray(10 * np.log10(np.maximum(power, 1e-12)), np.float32)


def threshold(level: NDArray[np.float32]) -> float:
    """Return the level in dBFS from which a frame of this side is sound."""
    heard = level[level > -100]
    noise = float(np.percentile(heard, 10)) if len(heard) else QUIETEST
    return min(max(noise + OVER_NOISE, QUIETEST), LOUDEST)


def runs(true: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where each run of true values begins, and where the one behind its last stands."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], true, [False])).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def phrases(samples: Samples, rate: int) -> list[Phrase]:
    """Return the phrases of a side, in order, to 10 ms."""
    level = levels(samples, rate)
    loud = level >= threshold(level)
    found: list[Phrase] = []
    for first, last in runs(loud):
        start, end = first * FRAME_S, last * FRAME_S
        if found and start - found[-1].end < BRIDGED_S:
            found[-1] = Phrase(found[-1].start, end)
        else:
            found.append(Phrase(start, end))
    return [phrase for phrase in found if phrase.seconds >= SHORTEST_S - 1e-9]


def active_level(samples: Samples, rate: int, spoken: list[Phrase]) -> float | None:
    """Return the mean level in dBFS of what is spoken, without pauses (after ITU-T P.56); None of nothing."""
    level = levels(samples, rate)
    loudest = [
        level[round(one.start / FRAME_S) : round(one.end / FRAME_S)] for one in spoken if one.seconds > 0
    ]
    if not loudest:
        return None
    every = np.concatenate(loudest)
    active = every[every >= threshold(level)]
    return float(10 * np.log10(np.mean(10 ** (active / 10)))) if len(active) else None
