"""Callers for tests that need the speech engines: synthesised, or people recorded; all as a telephone has it.

Recordings are Debian's `asterisk-core-sounds-en-wav` (one professional speaker, 8 kHz, CC-BY-SA 3.0).
"""

from __future__ import annotations

import wave
from functools import cache

import numpy as np
import pytest
import soxr

from gateway.errors import SpeechError
from gateway.loadtest.caller_audio import recordings
from gateway.local.engines import stt, tts
from tests.equipment import tone

RECORDED = recordings()
HINT = "install Debian's asterisk-core-sounds-en-wav for the recorded callers"

needs_recordings = pytest.mark.skipif(RECORDED is None, reason=HINT)


def engines_or_skip() -> None:
    """Skip the module that calls this when the engines are not installed."""
    try:
        stt.recogniser()
        tts.synthesiser()
    except SpeechError as error:
        pytest.skip(str(error), allow_module_level=True)


def telephone(pcm: tone.Pcm) -> tone.Pcm:
    """Put 8 kHz audio through G.711."""
    return tone.ulaw_decode(tone.ulaw_encode(pcm))


@cache
def caller_8k(text: str) -> tone.Pcm:
    """Say a sentence over a telephone line; nothing but the speech, no silence around it."""
    said = np.frombuffer(tts.synthesize(text), np.int16)
    line = telephone(soxr.resample(said, 24_000, 8_000))
    loud = np.flatnonzero(np.abs(line) > 300)
    return line[loud[0] : loud[-1] + 1]


def caller(text: str) -> bytes:
    """Say a sentence as a session gets it from a telephone: PCM 24 kHz."""
    return to_24k(caller_8k(text))


def recorded_8k(name: str) -> tone.Pcm:
    """Return one of the recorded prompts."""
    assert RECORDED is not None, HINT
    with wave.open(str(RECORDED / f"{name}.wav")) as file:
        assert file.getframerate() == 8000
        return telephone(np.frombuffer(file.readframes(file.getnframes()), np.int16))


def to_24k(line: tone.Pcm) -> bytes:
    """Return 8 kHz audio at the session's rate."""
    return bytes(soxr.resample(line, 8_000, 24_000).tobytes())
