"""When somebody speaks, judged by loudness alone: what a person with a stop-watch would write down.

Pure: time is the position in the received audio, which flows without a gap for as long as the call lasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

RATE = 24_000
FRAME = 480  # samples of 20 ms
FRAME_S = 0.02
LOUD = 250.0
"""RMS of a frame, of 32768, from which it is sound: about -42 dBFS, far above what G.711 makes of silence."""
PAUSE_S = 0.8
"""Silence after which somebody has finished; sentences of one answer are closer together."""


@dataclass(slots=True)
class Utterance:
    """One stretch of speech: positions in seconds since the audio began. `end` is the last sound so far."""

    start: float
    end: float
    finished: bool = False


class PhoneHearing:
    """Listens to 20 ms frames of PCM16LE 24 kHz and keeps the utterances in them."""

    def __init__(self) -> None:
        self.now = 0.0
        self.utterances: list[Utterance] = []

    @property
    def speaking(self) -> Utterance | None:
        """The utterance that has not finished yet."""
        if self.utterances and not self.utterances[-1].finished:
            return self.utterances[-1]
        return None

    def hear(self, pcm: bytes) -> None:
        """Take the next audio, whole frames."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        for frame in samples.reshape(-1, FRAME):
            self._frame(float(np.sqrt(np.mean(frame * frame))) >= LOUD)

    def _frame(self, loud: bool) -> None:
        current = self.speaking
        start, self.now = self.now, round(self.now + FRAME_S, 2)  # on the grid, however long the call
        if loud and current is None:
            self.utterances.append(Utterance(start, self.now))
        elif loud and current is not None:
            current.end = self.now
        elif current is not None and round(self.now - current.end, 2) >= PAUSE_S:
            current.finished = True


def trimmed(pcm: bytes) -> bytes:
    """Cut silence from both ends of PCM16LE 24 kHz, so that a delay is measured from the last sound."""
    samples = np.frombuffer(pcm, "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > LOUD)
    return b"" if not len(loud) else samples[loud[0] : loud[-1] + 1].tobytes()
