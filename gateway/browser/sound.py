"""Sound between a browser and a leg: PCM16LE mono at 24 kHz on the leg's side, WebRTC's frames elsewhere."""

from __future__ import annotations

import asyncio
import fractions
from collections import deque
from typing import Protocol

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from gateway.call import Flush, LegOrder, Play
from gateway.media.media_port import Counters

RATE = 24_000
FRAME = RATE // 50
"""Samples of 20 ms."""
MOST_FRAMES, FEWER_FRAMES = 15, 5
"""Frames that wait for the browser before the oldest are left out, and how many stay: clocks differ."""
LEAD = 3 * FRAME
"""Samples of silence before the first of a browser's that come into an empty queue: they come unevenly."""
MOST_QUEUED = 20 * FRAME
"""Samples of a browser's that wait for the line before they are left out."""


class ToBrowser(MediaStreamTrack):
    """What the browser is sent: what the leg hears, or silence, every 20 ms."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._frames: deque[bytes] = deque()
        self._rest = b""
        self._sent = 0  # frames
        self._began = 0.0

    def hear(self, pcm: bytes) -> None:
        """Take what the leg has heard."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (2 * FRAME)
        self._rest = pcm[whole:]
        self._frames.extend(pcm[at : at + 2 * FRAME] for at in range(0, whole, 2 * FRAME))
        if len(self._frames) > MOST_FRAMES:
            while len(self._frames) > FEWER_FRAMES:
                self._frames.popleft()

    async def recv(self) -> av.AudioFrame:
        """Return the next frame when it is due; called by the library."""
        if self.readyState != "live":
            raise MediaStreamError
        loop = asyncio.get_running_loop()
        if not self._sent:
            self._began = loop.time()
        await asyncio.sleep(max(0.0, self._began + self._sent * 0.02 - loop.time()))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(self._frames.popleft() if self._frames else bytes(2 * FRAME))
        frame.pts, frame.sample_rate, frame.time_base = self._sent * FRAME, RATE, fractions.Fraction(1, RATE)
        self._sent += 1
        return frame


class _Port(Protocol):
    def counters(self) -> Counters:
        """See `MediaPort`."""


class SpokenLeg(Protocol):
    """What a browser's sound goes to: a `SipLeg`."""

    @property
    def port(self) -> _Port:
        """Where what is played waits."""

    def execute(self, order: LegOrder) -> None:
        """See `gateway.call.Leg`."""


class FromBrowser:
    """What the browser says, as frames of whatever rate, brought to the leg's line."""

    def __init__(self, leg: SpokenLeg) -> None:
        self._leg = leg
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self._flushes = 0

    def take(self, frame: av.AudioFrame) -> None:
        """Take one frame."""
        pcm = b"".join(bytes(one.planes[0])[: 2 * one.samples] for one in self._resampler.resample(frame))
        queued = self._leg.port.counters().queued_samples
        if queued > MOST_QUEUED:  # the browser's clock is quicker than ours
            self._flushes += 1
            self._leg.execute(Flush())
            queued = 0
        if queued < FRAME:
            pcm = bytes(2 * LEAD) + pcm
        self._leg.execute(Play(f"browser_{self._flushes}", pcm))
