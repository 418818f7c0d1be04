"""What waits between two clocks for no reason, left out a little at a time. Pure.

A process that stands still for a moment has more waiting afterwards, and for good: as much comes as goes.
What was never used up for a while is not needed against unevenness either; it only makes both sides late.
"""

from __future__ import annotations

import numpy as np

FRAMES = 25
"""Over so many frames, half a second: what waited at least then is not needed."""


class StandingDelay:
    """Of one direction. `kept`: so much may always wait, in whatever it is counted; `frames`: see FRAMES."""

    def __init__(self, kept: int, frames: int = FRAMES) -> None:
        self._kept = kept
        self._over = frames
        self._least = 0
        self._frames = 0

    def note(self, waiting: int) -> bool:
        """Take how much waits at this frame; return whether one frame is to be left out."""
        self._least = waiting if not self._frames else min(self._least, waiting)
        self._frames += 1
        if self._frames < self._over:
            return False
        self._frames = 0
        return self._least > self._kept


def blended(left_out: bytes, kept: bytes) -> bytes:
    """Return a frame (PCM16LE) that begins as the one which is left out would have, and ends as it does."""
    if len(left_out) != len(kept):
        return kept
    first, second = (np.frombuffer(one, "<i2").astype(np.float64) for one in (left_out, kept))
    share = np.linspace(0, 1, len(first), endpoint=False)
    return np.rint(first * (1 - share) + second * share).astype("<i2").tobytes()
