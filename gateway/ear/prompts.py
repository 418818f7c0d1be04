"""Sounds that the agent is known to have played, found again in its side of a recording, and judged.

What is known beforehand can be compared: where it stands, how loud it came, what of it is missing, and PESQ
(ITU-T P.862), which says how near to its origin a telephone sound is heard to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from gateway.audio import read_wav
from gateway.ear.stereo import Samples
from gateway.errors import BadInput

RATE = 8_000
"""Hz at which sounds are looked for; PESQ's own for telephone sound."""
PIECE_S = 1.0
"""A prompt is looked for in pieces of this length: one that was interrupted has its beginning at least."""
SHORTEST_S = 0.25
ALIKE = 0.5
"""Correlation from which a piece is the sound looked for: G.711 leaves 0.98, others' words have 0.2."""
BEST = 4.55
"""The highest score of PESQ-NB; G.711 alone has 4.3 and more."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class KnownPrompt:
    """A sound that may have been played: PCM, mono, full scale ±1, at RATE."""

    name: str
    samples: Floats


@dataclass(frozen=True, slots=True)
class HeardPrompt:
    """A known sound in a recording. `at` in seconds of it; `pesq` None where it cannot be told."""

    name: str
    at: float
    seconds: float
    """How long it is by itself."""
    heard: float
    """How many seconds of it were heard, from its beginning or in pieces."""
    gain_db: float
    """By how much it is louder than by itself."""
    pesq: float | None = None


def read_prompt(path: Path) -> KnownPrompt:
    """Read a WAV file of any rate. Raises BadInput."""
    samples = np.frombuffer(read_wav(path, RATE), "<i2").astype(np.float64) / 32768
    loud = np.flatnonzero(np.abs(samples) > 0.004)
    if not len(loud) or loud[-1] - loud[0] < SHORTEST_S * RATE:
        raise BadInput(str(path), "length", f"{len(samples) / RATE:.2f} s", "there is too little sound in it")
    return KnownPrompt(path.name, samples[loud[0] : loud[-1] + 1])


def heard_prompts(agent: Samples, rate: int, known: list[KnownPrompt]) -> list[HeardPrompt]:
    """Return where each known sound was heard first, in order; those that were not are left out."""
    line = np.asarray(soxr.resample(agent.astype(np.float64), rate, RATE), np.float64)
    found = [one for prompt in known if (one := _heard(line, prompt)) is not None]
    return sorted(found, key=lambda one: one.at)


def _heard(line: Floats, prompt: KnownPrompt) -> HeardPrompt | None:
    pieces = list(_pieces(prompt.samples))
    first, alike = _place(line, pieces[0][1])
    if alike < ALIKE:
        return None
    heard, at = 0.0, first
    for offset, piece in pieces:
        around = max(0, at + offset - RATE // 10)
        place, alike = _place(line[around : at + offset + len(piece) + RATE // 10], piece)
        if alike < ALIKE:
            break
        heard += len(piece) / RATE
        at = around + place - offset  # a late packet moves all that follows
    there = line[first : first + round(heard * RATE)]
    origin = prompt.samples[: len(there)]
    gain = 10 * np.log10(np.mean(np.square(there)) / np.mean(np.square(origin)))
    return HeardPrompt(
        prompt.name,
        first / RATE,
        len(prompt.samples) / RATE,
        round(heard, 2),
        round(float(gain), 1),
        pesq(origin, there),
    )


def _pieces(samples: Floats) -> Iterator[tuple[int, Floats]]:
    """Yield pieces with their place; what is short, or nothing but a pause, goes with the one before."""
    size = round(PIECE_S * RATE)
    cuts = [0, *range(size, max(size, len(samples) - size // 2), size), len(samples)]
    level = float(np.sqrt(np.mean(np.square(samples))))
    start = 0
    for _, cut in pairwise(cuts):
        piece = samples[start:cut]
        last = cut == len(samples)
        if last or float(np.sqrt(np.mean(np.square(piece)))) > level / 4:
            yield start, piece
            start = cut


def _place(line: Floats, piece: Floats) -> tuple[int, float]:
    """Return where a piece stands in a line, and how alike the two are there, 1 being the same."""
    if len(line) < len(piece):
        return 0, 0.0
    size = 1 << (len(line) + len(piece) - 1).bit_length()
    both = np.fft.irfft(np.fft.rfft(line, size) * np.conj(np.fft.rfft(piece, size)), size)
    product = both[: len(line) - len(piece) + 1]
    power = np.concatenate(([0.0], np.cumsum(np.square(line))))
    there = power[len(piece) :] - power[: -len(piece)]
    own = float(np.sum(np.square(piece)))
    alike = product / np.sqrt(np.maximum(there, own * 1e-6) * own)
    best = int(np.argmax(alike))
    return best, float(alike[best])


def pesq(origin: Floats, heard: Floats) -> float | None:
    """Return PESQ-NB of a sound beside its origin, at RATE; None of too little of it, or without `pesq`."""
    try:
        import pesq as package  # noqa: PLC0415 - an extra, and slow to load
    except ImportError:
        return None
    if len(origin) < SHORTEST_S * RATE:
        return None
    try:
        return round(float(package.pesq(RATE, origin.astype(np.float32), heard.astype(np.float32), "nb")), 2)
    except (package.NoUtterancesError, ValueError):
        return None
