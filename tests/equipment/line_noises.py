"""Sounds without words that come over a telephone: made by a seed, 8 kHz, as loud as they are there."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tests.equipment import tone
from tests.equipment.tone import Pcm

Wave = npt.NDArray[np.float64]
RATE = 8000


def _band(wave: Wave, low: float, high: float) -> Wave:
    spectrum = np.fft.rfft(wave)
    at = np.fft.rfftfreq(len(wave), 1 / RATE)
    spectrum[(at < low) | (at > high)] *= 0.03
    return np.fft.irfft(spectrum, len(wave))


def _decay(count: int, rise_ms: float, fall_ms: float) -> Wave:
    at = np.arange(count) / 8.0
    return np.minimum(at / rise_ms, 1.0) * np.exp(-np.maximum(at - rise_ms, 0.0) / fall_ms)


def _harmonics(pitch: Wave, count: int, formants: tuple[tuple[float, float], ...]) -> Wave:
    phase = np.cumsum(2 * np.pi * pitch / RATE)
    out = np.zeros(len(pitch))
    for n in range(1, count + 1):
        strength = sum(np.exp(-(((n * pitch - middle) / width) ** 2)) for middle, width in formants) + 0.05
        out += np.where(n * pitch < 3600, strength, 0.0) * np.sin(n * phase)
    return out


def cough(rng: np.random.Generator) -> Wave:
    """Return one or two bursts of breath."""
    bursts = []
    for _ in range(int(rng.integers(1, 4))):
        count = int(rng.uniform(180, 320) * 8)
        burst = _band(rng.normal(0, 1, count), 300, rng.uniform(2200, 3400)) * _decay(
            count, 8, rng.uniform(50, 90)
        )
        bursts += [burst, np.zeros(int(rng.uniform(60, 180) * 8))]
    return np.concatenate(bursts)


def throat(rng: np.random.Generator) -> Wave:
    """Return a throat that is cleared."""
    count = int(rng.uniform(350, 700) * 8)
    pitch = rng.uniform(45, 70) * (1 + 0.3 * rng.normal(0, 1, count).cumsum() / 90)
    growl = _harmonics(np.clip(pitch, 30, 110), 30, ((450, 200), (1300, 300)))
    return (growl + 0.8 * _band(rng.normal(0, 1, count), 200, 2000)) * _decay(count, 60, 300)


def breath(rng: np.random.Generator) -> Wave:
    """Return air on a microphone."""
    count = int(rng.uniform(500, 1200) * 8)
    return _band(rng.normal(0, 1, count), 400, 2600) * np.hanning(count)


def keys(rng: np.random.Generator) -> Wave:
    """Return somebody typing."""
    out = np.zeros(int(rng.uniform(900, 2000) * 8))
    at = 0
    while at < len(out) - 400:
        click = _band(rng.normal(0, 1, 240), 900, 3600) * _decay(240, 0.5, 6)
        out[at : at + 240] += click * rng.uniform(0.4, 1)
        at += int(rng.uniform(90, 240) * 8)
    return out


def door(rng: np.random.Generator) -> Wave:
    """Return a door that falls shut."""
    count = int(rng.uniform(300, 600) * 8)
    thump = np.sin(2 * np.pi * np.cumsum(np.linspace(rng.uniform(120, 180), 70, count)) / RATE)
    return thump * _decay(count, 3, 70) + 0.7 * _band(rng.normal(0, 1, count), 150, 1800) * _decay(
        count, 1, 40
    )


def ring(rng: np.random.Generator) -> Wave:
    """Return another telephone."""
    count = int(rng.uniform(900, 1800) * 8)
    at = np.arange(count) / RATE
    first, second = rng.choice([(425.0, 425.0), (440.0, 480.0), (1300.0, 1000.0), (900.0, 1150.0)])
    warble = (np.floor(at * rng.uniform(12, 20)) % 2).astype(bool)
    return np.where(warble, np.sin(2 * np.pi * first * at), np.sin(2 * np.pi * second * at))


def dog(rng: np.random.Generator) -> Wave:
    """Return a dog that barks."""
    barks = []
    for _ in range(int(rng.integers(1, 5))):
        count = int(rng.uniform(130, 230) * 8)
        pitch = np.linspace(rng.uniform(500, 700), rng.uniform(250, 380), count)
        bark = _harmonics(pitch, 8, ((700, 350), (1500, 400))) + 0.9 * _band(
            rng.normal(0, 1, count), 300, 2800
        )
        barks += [bark * _decay(count, 12, 60), np.zeros(int(rng.uniform(200, 450) * 8))]
    return np.concatenate(barks)


def laugh(rng: np.random.Generator) -> Wave:
    """Return somebody laughing."""
    parts = []
    pitch = rng.uniform(150, 300)
    for n in range(int(rng.integers(3, 6))):
        count = int(rng.uniform(70, 110) * 8)
        voiced = _harmonics(np.full(count, pitch * (1 - 0.06 * n)), 16, ((750, 200), (1250, 250)))
        parts += [(voiced + 0.5 * rng.normal(0, 1, count)) * np.hanning(count), 0.3 * rng.normal(0, 1, 640)]
    return np.concatenate(parts)


def baby(rng: np.random.Generator) -> Wave:
    """Return a baby crying."""
    count = int(rng.uniform(700, 1300) * 8)
    pitch = rng.uniform(380, 480) * (1 + 0.15 * np.sin(np.linspace(0, np.pi, count)))
    return _harmonics(pitch, 8, ((1100, 400), (2600, 500))) * _decay(count, 80, 900)


def music(rng: np.random.Generator) -> Wave:
    """Return chords of an instrument."""
    out = []
    for _ in range(int(rng.integers(3, 7))):
        count = int(rng.uniform(300, 600) * 8)
        root = 220 * 2 ** (rng.integers(0, 12) / 12)
        at = np.arange(count) / RATE
        chord = sum(
            np.sin(2 * np.pi * root * ratio * n * at) / n for ratio in (1, 1.26, 1.5) for n in (1, 2, 3)
        )
        out.append(chord * _decay(count, 10, 350))
    return np.concatenate(out)


def hiss(rng: np.random.Generator) -> Wave:
    """Return a kettle, a street, a tap."""
    count = int(rng.uniform(800, 2000) * 8)
    return (
        _band(rng.normal(0, 1, count), rng.uniform(200, 800), rng.uniform(1800, 3400))
        * np.hanning(count) ** 0.5
    )


KINDS: tuple[Callable[[np.random.Generator], Wave], ...] = (
    cough, throat, breath, keys, door, ring, dog, laugh, baby, music, hiss,
)  # fmt: skip


def noises(count: int, seed: int) -> list[tuple[str, Pcm]]:
    """Return so many noises, each kind in its turn, -42 to -20 dB below full scale, through G.711."""
    rng = np.random.default_rng(seed)
    return [
        (kind.__name__, at_level(kind(rng), float(rng.uniform(-42, -20))))
        for kind in (KINDS[n % len(KINDS)] for n in range(count))
    ]


def at_level(wave: Wave, level_db: float) -> Pcm:
    """Return a sound whose loud parts have this level, as it is on a telephone line."""
    loud = np.abs(wave) > 0.2 * np.abs(wave).max()
    scaled = wave * (32768 * 10 ** (level_db / 20) / np.sqrt(np.mean(wave[loud] ** 2)))
    return tone.ulaw_decode(tone.ulaw_encode(np.clip(np.rint(scaled), -32000, 32000).astype(np.int16)))
