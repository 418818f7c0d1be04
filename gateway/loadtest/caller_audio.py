"""What callers say: real speech if there is some, cut into lines that SIPp can play in a loop.

Asterisk's prompts (Debian: asterisk-core-sounds-en-wav) are a woman's voice at 8 kHz; without them the
embedded agent's voice speaks, and without that a sum of harmonics with a voice's ups and downs stands in.
"""

from __future__ import annotations

import shutil
import wave
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError
from gateway.loadtest.listening import LEVELS, LOUD_DB

RATE = 8000
SOUNDS = "tests/sounds"
"""Where the scenario files look for sounds, from the folder in which SIPp runs."""
SCENARIOS = Path(__file__).parent / "scenarios"
ASTERISK = Path("/usr/share/asterisk/sounds")
PROMPTS = ("vm-whichbox", "agent-user", "please-enter-the", "vm-goodbye", "conf-getpin", "vm-youhave")
TEXT = "I would like to know what time it is, when you open tomorrow, and whether I can come at noon."
LEVEL_DB = -20.0
"""Active speech on a telephone network (ITU-T G.223: about -20 dBm0)."""

Pcm = NDArray[np.int16]


@dataclass(frozen=True)
class CallerVoiceAudio:
    """Speech, and where it came from, for the report."""

    pcm: Pcm
    origin: str


def prepare(folder: Path) -> str:
    """Write the sounds of all scenarios below `folder`; says whose voice it is."""
    voice = find_voice()
    sounds = folder / SOUNDS
    sounds.mkdir(parents=True)
    # A question of 2.4 s every 8 s; and somebody who talks over the agent every 4 s, for so long that it is
    # not a sign of listening, whatever is said (`conversation.interjection`).
    (sounds / "talk.ul").write_bytes(line(voice.pcm, 2.4, 1.0, 8.0))
    (sounds / "barge-in.ul").write_bytes(line(voice.pcm, 1.6, 2.0, 4.0))
    shutil.copy(SCENARIOS / "digits.rtp", sounds)
    return voice.origin


def line(speech: Pcm, seconds: float, after: float, period: float) -> bytes:
    """Return one round of a caller's line as mu-law: silence, speech, silence."""
    out = np.zeros(round(period * RATE), np.int16)
    piece = speech[: round(seconds * RATE)]
    start = round(after * RATE)
    out[start : start + len(piece)] = piece
    return encode(out)


def find_voice() -> CallerVoiceAudio:
    """Find speech of at least 2.4 s, without pauses that a server would take for an end."""
    if (pcm := _asterisk()) is not None:
        return CallerVoiceAudio(_shaped(pcm), "Asterisk's prompts")
    if (pcm := _synthesised()) is not None:
        return CallerVoiceAudio(_shaped(pcm), "the embedded agent's voice")
    return CallerVoiceAudio(_shaped(_harmonics()), "a synthetic vowel")


def recordings(below: Path = ASTERISK) -> Path | None:
    """Find the folder of the English prompts: after the language, each package names country and speaker."""
    return min((path.parent for path in below.glob("en*/**/vm-goodbye.wav")), default=None)


def _asterisk() -> Pcm | None:
    if (folder := recordings()) is None:
        return None
    pieces = []
    for name in PROMPTS:
        path = folder / f"{name}.wav"
        if path.exists():
            with wave.open(str(path), "rb") as file:
                if file.getframerate() == RATE and file.getsampwidth() == 2:
                    pieces.append(np.frombuffer(file.readframes(file.getnframes()), np.int16))
    whole = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
    return whole if len(whole) > 4 * RATE else None


def _synthesised() -> Pcm | None:
    try:
        from hibari import Hibari  # noqa: PLC0415 - an optional package

        voice = Hibari()
        said = np.asarray(voice(TEXT), np.float32)
    except (ImportError, OSError, RuntimeError, GatewayError):
        return None
    import soxr  # noqa: PLC0415

    line_rate = np.asarray(soxr.resample(said, voice.sample_rate, RATE), np.float64)
    return (np.clip(line_rate, -1, 1) * 32767).astype(np.int16)


def _harmonics() -> Pcm:
    time = np.arange(4 * RATE) / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 15 * np.sin(2 * np.pi * 0.7 * time)) / RATE
    wave_ = np.sum([np.sin(pitch * n) / n for n in range(1, 25)], axis=0)
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)
    voiced: NDArray[np.float64] = wave_ * syllables * 4000
    return voiced.astype(np.int16)


def _shaped(pcm: Pcm) -> Pcm:
    """Take out pauses and quiet breaths, and bring it to the level of a telephone."""
    frames = pcm[: len(pcm) // 160 * 160].reshape(-1, 160).astype(np.float64)
    level = np.sqrt(np.square(frames).mean(axis=1))
    spoken = frames[level > 32768 * 10 ** ((LOUD_DB + 10) / 20)]
    gain = 32768 * 10 ** (LEVEL_DB / 20) / np.sqrt(np.square(spoken).mean())
    loud: NDArray[np.float64] = np.clip(spoken.ravel() * gain, -32000, 32000)
    return loud.astype(np.int16)


def encode(pcm: Pcm) -> bytes:
    """Encode as mu-law: for each sample the code whose value is nearest."""
    order = np.argsort(LEVELS, kind="stable")
    ranked = LEVELS[order].astype(np.int32)
    edges = (ranked[1:] + ranked[:-1]) / 2
    return order[np.searchsorted(edges, pcm)].astype(np.uint8).tobytes()
