"""Callers with other voices than the embedded one: espeak-ng's, of Debian, with the accents that it has.

They sound like the machine that they are, and are understood worse than people; good for what another voice
does.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from typing import Literal

import numpy as np
import soxr

from gateway.audio import SESSION_RATE
from gateway.errors import SpeechError

Accent = Literal[
    "american", "british", "caribbean", "lancashire", "midlands", "new york", "received", "scottish"
]
VoiceName = Literal["heart", "man", "woman"]
"""`heart` is the embedded voice, which has one accent."""

_ACCENTS: dict[str, str] = {
    "american": "en-us",
    "british": "en-gb",
    "caribbean": "en-029",
    "lancashire": "en-gb-x-gbclan",
    "midlands": "en-gb-x-gbcwmd",
    "new york": "en-us-nyc",
    "received": "en-gb-x-rp",
    "scottish": "en-gb-scotland",
}
_VOICES = {"man": "", "woman": "+f3"}
WORDS_A_MINUTE = 160
SPEAKS_WITHIN_S = 20.0
PROGRAM = "espeak-ng"


def say(text: str, voice: VoiceName = "man", accent: Accent = "american", speed: float = 1.0) -> bytes:
    """Say a text as PCM16LE mono at 24 kHz, with silence around it. Blocks. Raises SpeechError."""
    program = shutil.which(PROGRAM)
    if program is None:
        raise SpeechError("other voices and accents need espeak-ng: sudo apt-get install espeak-ng")
    named = f"{_ACCENTS[accent]}{_VOICES.get(voice, '')}"
    command = [
        program,
        "-v",
        named,
        "-s",
        str(round(WORDS_A_MINUTE * speed)),
        "-b",
        "1",
        "--stdin",
        "--stdout",
    ]
    try:
        done = subprocess.run(  # noqa: S603 - a program of the system, and words only on its standard input
            command, input=text.encode(), capture_output=True, check=True, timeout=SPEAKS_WITHIN_S
        )
        with wave.open(io.BytesIO(done.stdout)) as file:
            # Written to a pipe, its header does not know how long it is.
            samples = np.frombuffer(file.readframes(len(done.stdout)), "<i2")
            return bytes(soxr.resample(samples, file.getframerate(), SESSION_RATE).tobytes())
    except (OSError, subprocess.SubprocessError, wave.Error, EOFError) as error:
        raise SpeechError(f"espeak-ng did not say {text[:60]!r}: {error}") from None
