"""Sound on its way to a browser: a frame every 20 ms, whatever there is to say, else silence."""

from __future__ import annotations

import asyncio
import fractions
from collections.abc import Callable

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

RATE = 24_000
FRAME = RATE // 50
"""Samples of 20 ms."""


class PacedTrack(MediaStreamTrack):
    """Sends what `frame` returns: PCM16LE mono at 24 kHz, FRAME samples, asked for when it is due."""

    kind = "audio"

    def __init__(self, frame: Callable[[], bytes]) -> None:
        super().__init__()
        self._frame = frame
        self._sent = 0  # frames
        self._began = 0.0

    async def recv(self) -> av.AudioFrame:
        """Return the next frame when it is due; called by the library."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if not self._sent:
            self._began = loop.time()
        await asyncio.sleep(max(0.0, self._began + self._sent * 0.02 - loop.time()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(self._frame())
        frame.pts, frame.sample_rate, frame.time_base = self._sent * FRAME, RATE, fractions.Fraction(1, RATE)
        self._sent += 1
        return frame
