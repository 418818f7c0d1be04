"""What is heard when a call of ours is answered: a labelled set, made of recordings and tones, through G.711.

People say one to ten words and wait; machines greet at length, with pauses between their sentences, and beep
or do not; and there are lines on which nobody speaks: silence, noise, ringing, music. Each kind is made many
times, each with a speaker (`tests.equipment.speakers`), level, noise and beginning of its own; `held_out` are
those that nobody may tune anything by, where others speak.
"""

from __future__ import annotations

import random
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.equipment import tone
from tests.equipment.speakers import RATE, Speaker, Wave, speakers

Pcm = NDArray[np.int16]
LASTS_S = 12.0
MUSIC = Path(__file__).parents[2] / "gateway" / "calls" / "sounds" / "music.wav"
BEEPS_HZ = (440, 800, 1000, 1400, 2000)


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """One of them."""

    kind: str
    who: str
    """`human`, `machine` or `unknown`: what a listener should find."""
    pcm: Pcm
    """8 kHz."""
    beep_ends_s: float | None
    held_out: bool
    speaker: str = ""


def answered_calls(each: int = 40, seed: int = 20261128) -> Iterator[AnsweredCall]:
    """Yield so many of each kind; every other one is held out, and spoken by others."""
    sides = {aside: [one for one in speakers() if one.put_aside is aside] for aside in (False, True)}
    if not all(sides.values()):
        return
    for kind, (who, make) in KINDS.items():
        for number in range(each):
            held_out = number % 2 == 1
            rng = random.Random(f"{seed} {kind} {number}")
            speaker = sides[held_out][number // 2 % len(sides[held_out])]
            sound, beep = make(rng, speaker)
            name = speaker.name if who != "unknown" else ""
            yield AnsweredCall(kind, who, _line(rng, sound), beep, held_out, name)


Made = tuple[Wave, float | None]


def _person(rng: random.Random, who: Speaker) -> Made:
    return np.concatenate((_pause(rng, 0.1, 1.2), who.greets(rng))), None


def _machine(rng: random.Random, who: Speaker, *, beeps: bool) -> Made:
    pieces = [_pause(rng, 0.2, 1.0)]
    length = rng.uniform(4.5, 9.0)
    while sum(map(len, pieces)) < length * RATE:
        pieces += [who.announces(rng), _pause(rng, 0.15, 0.7)]
    if not beeps:
        return np.concatenate(pieces), None
    pieces.append(_pause(rng, 0.2, 0.8))
    hz, seconds = rng.choice(BEEPS_HZ), rng.uniform(0.2, 0.7)
    pieces.append(np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE) * 0.2)
    sound = np.concatenate(pieces)
    return sound, len(sound) / RATE


def _silence(rng: random.Random, _who: Speaker) -> Made:
    return np.zeros(0), None


def _noise(rng: random.Random, _who: Speaker) -> Made:
    noise = np.random.default_rng(rng.randrange(2**32)).standard_normal(int(LASTS_S * RATE))
    for _ in range(rng.choice([0, 1])):
        noise[1:] = 0.5 * noise[1:] + 0.5 * noise[:-1]
    return noise * 10 ** (rng.uniform(-45, -25) / 20), None


def _ringing(rng: random.Random, _who: Speaker) -> Made:
    pair, on_s, off_s = rng.choice([((425, 425), 1.0, 4.0), ((440, 480), 2.0, 4.0), ((400, 450), 0.9, 0.2)])
    at = np.arange(int(on_s * RATE)) / RATE
    ring = (np.sin(2 * np.pi * pair[0] * at) + np.sin(2 * np.pi * pair[1] * at)) * 0.1
    pieces = [_pause(rng, 0.0, 1.0)]
    while sum(map(len, pieces)) < LASTS_S * RATE:
        pieces += [ring, np.zeros(int(off_s * RATE))]
    return np.concatenate(pieces), None


def _music(rng: random.Random, _who: Speaker) -> Made:
    with wave.open(str(MUSIC), "rb") as file:
        rate, raw = file.getframerate(), file.readframes(file.getnframes())
    pcm = np.frombuffer(raw, "<i2").astype(np.float64) / 32768
    pcm = np.interp(np.arange(0, len(pcm), rate / RATE), np.arange(len(pcm)), pcm)
    if rng.random() < 0.6:
        pcm = _chords(rng)
    begin = rng.randrange(len(pcm))
    return np.concatenate((_pause(rng, 0.0, 0.4), np.roll(pcm, -begin))), None


def _chords(rng: random.Random) -> Wave:
    """Make a few bars of plucked chords."""
    bars = []
    for _ in range(16):
        root, length = rng.choice([196, 220, 262, 294, 330]), rng.choice([0.25, 0.5, 0.5, 1.0])
        at = np.arange(int(length * RATE)) / RATE
        notes = sum(
            np.sin(2 * np.pi * root * ratio * harmonic * at) / harmonic
            for ratio in (1, 1.25, 1.5)
            for harmonic in (1, 2, 3, 4)
        )
        bars.append(np.asarray(notes) * np.exp(-at * rng.uniform(0.5, 3)) * 0.08)
    return np.concatenate(bars)


KINDS: dict[str, tuple[str, Callable[[random.Random, Speaker], Made]]] = {
    "person": ("human", _person),
    "machine with a beep": ("machine", lambda rng, who: _machine(rng, who, beeps=True)),
    "machine without": ("machine", lambda rng, who: _machine(rng, who, beeps=False)),
    "silence": ("unknown", _silence),
    "noise": ("unknown", _noise),
    "ringing": ("unknown", _ringing),
    "music": ("unknown", _music),
}


def _pause(rng: random.Random, least_s: float, most_s: float) -> Wave:
    return np.zeros(int(rng.uniform(least_s, most_s) * RATE))


def _line(rng: random.Random, sound: Wave) -> Pcm:
    """Return it as it comes out of a telephone line: at some level, with some noise, through G.711."""
    whole = np.zeros(int(LASTS_S * RATE))
    sound = sound[: len(whole)] * 10 ** (rng.uniform(-9, 3) / 20)
    whole[: len(sound)] = sound
    hiss = np.random.default_rng(rng.randrange(2**32)).standard_normal(len(whole))
    whole += hiss * 10 ** (rng.uniform(-75, -55) / 20)
    pcm = np.clip(whole * 32768, -32768, 32767).astype(np.int16)
    return tone.ulaw_decode(tone.ulaw_encode(pcm))
