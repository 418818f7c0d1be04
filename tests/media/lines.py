"""What comes over a telephone line besides speech, and speech with it: noise, tones, echoes."""

from __future__ import annotations

import numpy as np

from tests.equipment import tone


def noise(samples: int, level_db: float, seed: int = 1) -> tone.Pcm:
    """White noise of a level (root mean square, below full scale)."""
    wave = np.random.default_rng(seed).normal(0, tone.FULL_SCALE * 10 ** (level_db / 20), samples)
    return clipped(wave)


def ring(ms: float, frequencies: tuple[int, ...] = (440, 480), level_db: float = -13) -> tone.Pcm:
    """Several sines at once."""
    return clipped(sum(tone.sine(each, ms, level_db=level_db).astype(np.float64) for each in frequencies))


def cadence(frequencies: tuple[int, ...], on_ms: float, off_ms: float, count: int) -> tone.Pcm:
    """Tones and pauses in turn; they do not begin with a frame."""
    once = tone.join([tone.silence(7), ring(on_ms, frequencies), tone.silence(off_ms)])
    return tone.join([once] * count)


def mixed(one: tone.Pcm, other: tone.Pcm) -> tone.Pcm:
    """Both at once, as long as the first."""
    sum_ = one.astype(np.float64)
    sum_[: len(other)] += other[: len(one)]
    return clipped(sum_)


def scaled(pcm: tone.Pcm, db: float) -> tone.Pcm:
    """Louder or softer."""
    return clipped(pcm * 10 ** (db / 20))


def telephone(pcm: tone.Pcm) -> tone.Pcm:
    """As G.711 passes it on."""
    return tone.ulaw_decode(tone.ulaw_encode(pcm))


def clipped(wave: object) -> tone.Pcm:
    """Whole samples within 16 bits."""
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)  # type: ignore[call-overload, no-any-return]
