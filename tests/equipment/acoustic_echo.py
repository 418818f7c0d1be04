"""What a phone sends back of the voice that it plays: softer, later, distorted, in the noise of a room."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.equipment import tone
from tests.equipment.tone import Pcm

REFLECTIONS = ((0, 1.0), (37, 0.4), (91, -0.25), (190, 0.15), (310, -0.08))
"""Samples at 8 kHz and part: a small room."""
MOST_WAITING_MS = 120
"""A phone that hears more than it has played lets the oldest go: its delay grows no further."""


class AcousticEcho:
    """One phone's. `level_db`: of the echo to the voice; `delay_ms`: at the phone, beside the network's.

    `distorted`: a small loudspeaker at its limit. `noise_db`: of the room, below full scale.
    """

    def __init__(
        self,
        level_db: float,
        delay_ms: float,
        *,
        distorted: bool = False,
        noise_db: float = -60,
        seed: int = 1,
    ) -> None:
        self._gain = 10 ** (level_db / 20)
        self._distorted = distorted
        self._noise = 32768 * 10 ** (noise_db / 20)
        self._rng = np.random.default_rng(seed)
        self._most = round((delay_ms + MOST_WAITING_MS) * 8)
        self._waiting: npt.NDArray[np.float64] = np.zeros(round(delay_ms * 8))
        self._tail: npt.NDArray[np.float64] = np.zeros(REFLECTIONS[-1][0])

    def hear(self, pcm: Pcm) -> None:
        """Play what comes."""
        played = pcm.astype(np.float64)
        if self._distorted:
            played = 6000 * np.tanh(played / 6000 + 0.3 * (played / 12000) ** 2)
        line = np.concatenate([self._tail, played])
        start = len(self._tail)
        room = sum(part * line[start - shift : len(line) - shift] for shift, part in REFLECTIONS)
        self._tail = line[len(line) - start :]
        self._waiting = np.concatenate([self._waiting, room * self._gain])[-self._most :]

    def back(self, said: Pcm) -> Pcm:
        """Return what the microphone has while its owner says this."""
        count = len(said)
        echo, self._waiting = self._waiting[:count], self._waiting[count:]
        echo = np.pad(echo, (0, count - len(echo)))
        mixed = said + echo + self._rng.normal(0, self._noise, count)
        return np.clip(np.rint(mixed), -32768, 32767).astype(np.int16)


def spoiled(pcm: Pcm, echo: AcousticEcho) -> Pcm:
    """Return the echo of a whole sound, through G.711 both ways."""
    out = []
    for at in range(0, len(pcm) - 159, 160):
        echo.hear(tone.ulaw_decode(tone.ulaw_encode(pcm[at : at + 160])))
        out.append(echo.back(np.zeros(160, np.int16)))
    return tone.ulaw_decode(tone.ulaw_encode(tone.join(out)))
