"""What a leg hears over and over while it waits: the twin of `music.hpp` in Python, for portable ports.

Pure: no PJSIP, no clock, no lock. `mix` runs where ticks run, everything else anywhere.
"""

from __future__ import annotations

import numpy as np

from gateway.media.media_port import TICK_SAMPLES
from gateway.media.playout import Samples

RISE_TICKS = 10
"""Back to its level within 200 ms after it gave way; gone within one tick."""


class PortableSound:
    """See `join.Sound`."""

    def __init__(self, pcm: bytes) -> None:
        if not pcm or len(pcm) % 2:
            raise ValueError("music is whole samples")
        self.samples: Samples = np.frombuffer(pcm, "<i2")


class Music:
    """One leg's. It is added to what the leg is said, gives way to it, and goes on where it was."""

    def __init__(self, samples: Samples, level: float) -> None:
        self._samples = samples
        self._full = level
        self._level = 0.0  # at the end of the last tick
        self._position = 0
        self._stopping = False

    def stop(self) -> None:
        """Fade, and sound no more."""
        self._stopping = True

    def mix(self, out: Samples, *, gives_way: bool) -> None:
        """Add a tick; `gives_way`: something else is said in it."""
        wanted = 0.0 if self._stopping or gives_way else self._full
        after = min(wanted, self._level + self._full / RISE_TICKS)
        if self._level or after:
            places = (self._position + np.arange(TICK_SAMPLES)) % self._samples.size
            self._position = (self._position + TICK_SAMPLES) % self._samples.size
            level = self._level + (after - self._level) * np.arange(1, TICK_SAMPLES + 1) / TICK_SAMPLES
            out[:] = np.clip(np.rint(out + level * self._samples[places]), -32768, 32767)
        self._level = after
