"""Callers with different voices on a telephone: the embedded one, higher and lower, and espeak-ng's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial

import numpy as np
import soxr

from gateway.local.engines import tts
from gateway.rehearsal import accents
from gateway.rehearsal.sounds import faster, noisy
from tests.equipment import tone

Voice = Callable[[str], bytes]
"""Says a text as PCM16LE 24 kHz."""


@cache
def _heart(text: str) -> bytes:
    return tts.synthesize(text)


def _shifted(text: str, speed: float) -> bytes:
    return faster(_heart(text), speed)


VOICES: Mapping[str, Voice] = {
    "heart": _heart,
    "heart, lower and slower": partial(_shifted, speed=0.88),
    "heart, higher and faster": partial(_shifted, speed=1.12),
    "espeak, American man": partial(accents.say, voice="man", accent="american"),
    "espeak, British woman": partial(accents.say, voice="woman", accent="british"),
    "espeak, Scottish man": partial(accents.say, voice="man", accent="scottish"),
}


def on_the_phone(pcm: bytes, noise_db: float | None = None) -> tone.Pcm:
    """Return words as they come out of a line, 8 kHz through G.711, with noise so many dB below them."""
    wide = np.frombuffer(noisy(pcm, noise_db), np.int16)
    return tone.ulaw_decode(tone.ulaw_encode(soxr.resample(wide, 24_000, 8_000)))
