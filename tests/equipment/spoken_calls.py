"""Recorded calls made of Debian's prompts through G.711, with and without faults at known places."""

from __future__ import annotations

import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.ear.stereo import StereoCall
from gateway.loadtest.caller_audio import RATE, encode, recordings
from gateway.loadtest.listening import LEVELS

Pcm = NDArray[np.int16]

SAID = ("agent-newlocation", "conf-getconfno", "vm-instructions", "auth-thankyou", "vm-intro", "demo-nogo")
"""Sentences of 2 s and more; others may come in another release, so that those missing are passed over."""
GAP_S = 0.6
LEVEL_DB = -26.0


@cache
def sentences() -> list[Pcm]:
    """Return sentences at 8 kHz and one level, without silence at their ends. Skips where there are none."""
    folder = recordings()
    if folder is None:
        pytest.skip("needs asterisk-core-sounds-en-wav")
    found = [_read(folder / f"{name}.wav") for name in SAID if (folder / f"{name}.wav").exists()]
    assert len(found) >= 4
    return found


def _read(path: Path) -> Pcm:
    with wave.open(str(path), "rb") as file:
        return levelled(np.frombuffer(file.readframes(file.getnframes()), "<i2")[: 4 * RATE])


def levelled(sound: Pcm) -> Pcm:
    """Return words at 8 kHz at one level, without the silence around them, soft at both ends."""
    pcm = sound.astype(np.float64)
    loud = np.flatnonzero(np.abs(pcm) > 40)
    pcm = pcm[loud[0] : loud[-1] + 1]
    spoken = pcm[np.abs(pcm) > 300]
    gain = 32768 * 10 ** (LEVEL_DB / 20) / np.sqrt(np.mean(np.square(spoken)))
    pcm *= min(gain, 30000 / np.abs(pcm).max())
    fade = round(0.03 * RATE)  # some files begin or end in mid-breath, long ones were cut here
    pcm[:fade] *= np.linspace(0, 1, fade)
    pcm[-fade:] *= np.linspace(1, 0, fade)
    return pcm.astype(np.int16)


@dataclass(slots=True)
class SpokenCall:
    """Both sides as they grow; positions in samples."""

    sides: dict[str, list[tuple[int, Pcm]]] = field(default_factory=lambda: {"caller": [], "agent": []})
    end: int = 0

    def say(self, who: str, pcm: Pcm, after_s: float = GAP_S) -> int:
        """Lay words `after_s` behind the end of all that was said; returns where they begin."""
        start = self.end + round(after_s * RATE)
        self.sides[who].append((start, pcm))
        self.end = max(self.end, start + len(pcm))
        return start

    def recorded(self, change: Callable[[Pcm], None] = lambda _agent: None, noise: int = 4) -> StereoCall:
        """Return the recording, with an ending of 0.5 s; `change` spoils the agent before G.711."""
        made: list[Pcm] = []
        for seed, (who, said) in enumerate(self.sides.items()):
            line = np.random.default_rng(seed).normal(0, noise, self.end + RATE // 2)
            for start, pcm in said:
                line[start : start + len(pcm)] += pcm
            side = np.clip(line, -32768, 32767).astype(np.int16)
            if who == "agent":
                change(side)
            made.append(LEVELS[np.frombuffer(encode(side), np.uint8)].astype(np.int16))
        caller, agent = (np.float32(1 / 32768) * side.astype(np.float32) for side in made)
        return StereoCall(RATE, caller, agent)


def conversation(seed: int = 0) -> SpokenCall:
    """Return a call without a fault: greeting, question, answer, question, answer."""
    said, call = sentences(), SpokenCall()
    rng = np.random.default_rng(seed)
    for who in ("agent", "caller", "agent", "caller", "agent"):
        pcm = (said[int(rng.integers(len(said)))] * rng.uniform(0.7, 1.3)).astype(np.int16)
        call.say(who, pcm, float(rng.uniform(0.3, 1.2)))
    return call


def save(call: StereoCall, path: Path) -> None:
    """Write a recording as a stereo WAV file."""
    both = np.stack((call.caller, call.agent), axis=1) * 32767
    with path.open("wb") as out, wave.open(out, "wb") as file:
        file.setparams((2, 2, call.rate, 0, "NONE", ""))
        file.writeframes(both.astype("<i2").tobytes())
