"""A stereo WAV file of a call: the phone on the left, the far end on the right, in step with each other."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
Stereo = NDArray[np.int16]


class Recording:
    """Both directions of a call; the received audio is the clock, what was said is laid beside it."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._said: list[tuple[int, bytes]] = []

    def hear(self, pcm: bytes) -> None:
        """Append received audio, PCM16LE 24 kHz."""
        self._heard += pcm

    def say(self, at: float, pcm: bytes) -> None:
        """Lay PCM16LE 24 kHz at `at` seconds of the received audio."""
        self._said.append((round(at * RATE), pcm))

    def cut(self, start: float, end: float) -> bytes:
        """Return received audio between two positions in seconds."""
        return bytes(self._heard[2 * round(start * RATE) : 2 * round(end * RATE)])

    @property
    def seconds(self) -> float:
        """How much was received."""
        return len(self._heard) / 2 / RATE

    def sides(self) -> Stereo:
        """Return both sides: samples by (ours, the far end's)."""
        heard = np.frombuffer(bytes(self._heard), "<i2")
        stereo = np.zeros((len(heard), 2), "<i2")
        stereo[:, 1] = heard
        for start, pcm in self._said:
            said = np.frombuffer(pcm, "<i2")[: max(0, len(heard) - start)]
            stereo[start : start + len(said), 0] = said
        return stereo

    def save(self, path: Path) -> None:
        """Write the file. Raises OSError."""
        with path.open("wb") as out, wave.open(out, "wb") as file:
            file.setparams((2, 2, RATE, 0, "NONE", ""))
            file.writeframes(self.sides().tobytes())
