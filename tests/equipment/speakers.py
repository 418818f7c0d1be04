"""Who speaks in tests of answered calls: people who recorded Debian's prompts, and several synthetic voices.

Each is on one of two sides: nobody may tune anything by those that are `put_aside`. People of one side are on
no other, also where they speak another language there.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

Wave = NDArray[np.float64]
"""8 kHz, -1 to 1."""
RATE = 8_000
PROMPTS = Path("/usr/share/asterisk/sounds")
NO_WORDS = ("beep", "ascending", "descending", "silence", "confbridge-join", "confbridge-leave.", "tone")
"""Recordings of tones."""
SHORT_S, LONG_S = (0.4, 3.1), (1.2, 6.0)
"""Of what a person says who answers, up to ten words; of a sentence of a machine."""
RECORDED = {"en_US_f_Allison": False, "es_MX_f_Allison": False, "fr_CA_f_June": False} | dict.fromkeys(
    ("it_IT_m_Carlo", "it_IT_f_Menardi", "ru_RU_f_IvrvoiceRU"), True
)
"""Debian's packages asterisk-core-sounds-*-wav and asterisk-prompt-*-wav, and whether they are put aside."""
SYNTHETIC = {
    ("espeak-ng", "en-us+m3"): False,
    ("espeak-ng", "en-gb-x-rp+f2"): False,
    ("flite", "slt"): False,
    ("espeak-ng", "en-gb-scotland+m7"): True,
    ("espeak-ng", "en-us+f4"): True,
    ("flite", "awb"): True,
    ("flite", "rms"): True,
    ("flite", "kal16"): True,
}
"""Program and voice: those of flite were built from recordings of four people, Debian's package `flite`."""
GREETINGS = (
    "Hello?",
    "Yes?",
    "Hi.",
    "Miller.",
    "Speaking.",
    "Hello, who is this?",
    "Hi, this is Ann.",
    "Good morning, Ann Miller.",
    "Bob here, what is it?",
    "Yes, hello, Bob Carter speaking.",
    "Hello? Hello, who is calling please?",
    "Acme, Ann speaking, how can I help?",
)
"""One to ten words."""
ANNOUNCEMENTS = (
    "Hello, you have reached Ann Miller, I cannot take your call right now.",
    "Please leave your name and your number after the tone.",
    "Thank you for calling Acme, we are closed at the moment.",
    "Our office hours are Monday to Friday, from nine to five.",
    "The person you are calling is not available.",
    "At the tone, please record your message.",
    "When you have finished recording, you may hang up.",
    "Hi, this is Bob, I am probably out on my bike.",
    "For sales, press one, for anything else, press two.",
    "Your call is important to us, please stay on the line.",
)


class Speaker(Protocol):
    """Somebody who says something, another thing each time."""

    @property
    def name(self) -> str:
        """Who that is."""

    @property
    def put_aside(self) -> bool:
        """Nobody may tune anything by them."""

    def greets(self, rng: random.Random) -> Wave:
        """Return what a person says who answers."""

    def announces(self, rng: random.Random) -> Wave:
        """Return a sentence of an answering machine."""


@cache
def speakers() -> tuple[Speaker, ...]:
    """Return all whose recordings, or programs, are installed here."""
    recorded = (RecordedSpeaker(name, aside) for name, aside in RECORDED.items() if (PROMPTS / name).is_dir())
    made = (SyntheticSpeaker(*voice, aside) for voice, aside in SYNTHETIC.items() if shutil.which(voice[0]))
    return (*recorded, *made)


@dataclass(frozen=True)
class RecordedSpeaker:
    """Keeps the contract `Speaker` with the prompts of one folder."""

    name: str
    put_aside: bool

    def greets(self, rng: random.Random) -> Wave:
        """See `Speaker`."""
        return self._some(rng, *SHORT_S)

    def announces(self, rng: random.Random) -> Wave:
        """See `Speaker`."""
        return self._some(rng, *LONG_S)

    def _some(self, rng: random.Random, least_s: float, most_s: float) -> Wave:
        files = _files(self.name)
        while True:
            sound = _trimmed(rng.choice(files))
            if least_s * RATE <= len(sound) <= most_s * RATE:
                return sound


@dataclass(frozen=True)
class SyntheticSpeaker:
    """Keeps it with a program that speaks."""

    program: str
    voice: str
    put_aside: bool

    @property
    def name(self) -> str:
        """See `Speaker`."""
        return f"{self.program} {self.voice}"

    def greets(self, rng: random.Random) -> Wave:
        """See `Speaker`."""
        return _spoken(self.program, self.voice, rng.choice(GREETINGS))

    def announces(self, rng: random.Random) -> Wave:
        """See `Speaker`."""
        return _spoken(self.program, self.voice, rng.choice(ANNOUNCEMENTS))


@cache
def _files(name: str) -> tuple[Path, ...]:
    found: Iterator[Path] = (PROMPTS / name).rglob("*.wav")
    return tuple(sorted(file for file in found if not file.name.startswith(NO_WORDS)))


def _trimmed(file: Path) -> Wave:
    """Return a recording at 8 kHz, without the silence at its ends; nothing of what is no sound."""
    with wave.open(str(file)) as sound:
        rate, pcm = sound.getframerate(), np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    samples = pcm.astype(np.float64) / 32768
    samples = samples if rate == RATE else soxr.resample(samples, rate, RATE)
    loud = np.flatnonzero(np.abs(samples) > 0.02)
    return samples[loud[0] : loud[-1]] if len(loud) else samples[:0]


@cache
def _spoken(program: str, voice: str, text: str) -> Wave:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "said.wav")
        if program == "flite":
            command = ["flite", "-voice", voice, "-t", text, "-o", str(file)]
        else:
            command = ["espeak-ng", "-v", voice, "-w", str(file), text]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=30)
        return _trimmed(file)
