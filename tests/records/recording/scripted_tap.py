"""A tap that hears what a test says."""

from __future__ import annotations

import numpy as np

from gateway.call import TapBlock


class ScriptedTap:
    """Keeps the contract of `gateway.call.LegTap`."""

    def __init__(self, *blocks: TapBlock) -> None:
        self.waiting = list(blocks)
        self.lost = 0
        self.closed = False

    def read(self) -> list[TapBlock]:
        """Give what waits."""
        blocks, self.waiting = self.waiting, []
        return blocks

    def close(self) -> None:
        """Hear no more."""
        self.closed = True


def block(tick: int, ticks: int = 1, *, rate: int = 8000, level: int = 100, **more: bool) -> TapBlock:
    """Return so many ticks: the caller's samples are `level`, what he is sent is one more."""
    frames = np.full((ticks * rate // 50, 2), (level, level + 1), "<i2")
    return TapBlock(tick, rate, frames.tobytes(), **more)
