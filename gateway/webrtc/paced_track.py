"""Sound on its way to a browser: a frame every 20 ms, whatever there is to say, else silence."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
from collections.abc import Callable

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from gateway.tasks import until
from gateway.webrtc.standing_delay import StandingDelay, blended

RATE = 24_000
FRAME = RATE // 50
"""Samples of 20 ms."""
FRAME_S = 0.02


class PacedTrack(MediaStreamTrack):
    """Sends what `frame` returns: PCM16LE mono at 24 kHz, FRAME samples, asked for when it is due.

    `comes`, where the frames have a clock of their own: set as long as there is one. It is sent at once then;
    only where none has come for another 20 ms `frame` is asked for what is sent in its place.
    """

    kind = "audio"

    def __init__(self, frame: Callable[[], bytes], comes: asyncio.Event | None = None) -> None:
        super().__init__()
        self._frame = frame
        self._comes = comes
        self._early_ms = StandingDelay(0)
        self._sent = 0  # frames
        self._began = 0.0

    async def recv(self) -> av.AudioFrame:
        """Return the next frame when it is due; called by the library."""
        if self.readyState != "live":
            raise MediaStreamError
        if not self._sent:
            self._began = asyncio.get_running_loop().time()
        pcm = await (self._due() if self._comes is None else self._come(self._comes))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(pcm)
        frame.pts, frame.sample_rate, frame.time_base = self._sent * FRAME, RATE, fractions.Fraction(1, RATE)
        self._sent += 1
        return frame

    async def _due(self) -> bytes:
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._began + self._sent * FRAME_S - now))
        return self._frame()

    async def _come(self, comes: asyncio.Event) -> bytes:
        """Return the next frame once it is there; one less where those in their place have put us ahead."""
        due = self._began + self._sent * FRAME_S
        await _set_by(comes, due + FRAME_S)
        pcm = self._frame()
        early = due - asyncio.get_running_loop().time()
        if self._early_ms.note(round(1000 * early)):
            await _set_by(comes, due + 2 * FRAME_S)
            pcm = blended(pcm, self._frame())
        return pcm


async def _set_by(event: asyncio.Event, when: float) -> None:
    if not event.is_set():
        with contextlib.suppress(TimeoutError):
            async with until(when):
                await event.wait()
