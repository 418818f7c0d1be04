"""Sound between a browser and a leg: PCM16LE mono at 24 kHz on the leg's side, WebRTC's frames elsewhere."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

import av
import numpy as np

from gateway.call import Flush, LegOrder, Play
from gateway.media.media_port import Counters
from gateway.webrtc.arrivals import ArrivingSound
from gateway.webrtc.paced_track import FRAME
from gateway.webrtc.standing_delay import StandingDelay, blended

SILENCE = bytes(2 * FRAME)
MOST_FRAMES, FEWER_FRAMES = 15, 5
"""Frames that wait for the browser before the oldest are left out, and how many stay: clocks differ."""
LEAD = 2 * FRAME
"""Samples of silence before the first of a browser's that come into an empty queue: they come unevenly."""
AHEAD = FRAME
"""Samples of a browser's that may always wait for the line: they come unevenly."""
QUIET, QUIET_FRAMES = 200, 5
"""A sample that nobody hears, and over how many frames of such it is looked whether one can be left out."""
MOST_QUEUED = 20 * FRAME
"""Samples of a browser's that wait for the line before they are left out."""


class ToBrowser:
    """What the browser is sent: what the leg hears, or silence."""

    def __init__(self) -> None:
        self._frames: deque[bytes] = deque()
        self.comes = asyncio.Event()
        """Set as long as there is a frame to send."""
        self._rest = b""

    def hear(self, pcm: bytes) -> None:
        """Take what the leg has heard."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % (2 * FRAME)
        self._rest = pcm[whole:]
        self._frames.extend(pcm[at : at + 2 * FRAME] for at in range(0, whole, 2 * FRAME))
        if len(self._frames) > MOST_FRAMES:
            while len(self._frames) > FEWER_FRAMES:
                self._frames.popleft()
        if self._frames:
            self.comes.set()

    def next_frame(self) -> bytes:
        """Return the next 20 ms."""
        frame = self._frames.popleft() if self._frames else SILENCE
        if not self._frames:
            self.comes.clear()
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
        self._arrivals = ArrivingSound()
        self._delay = StandingDelay(AHEAD)
        self._delay_in_quiet = StandingDelay(AHEAD, QUIET_FRAMES)
        self._left_out = b""
        self._flushes = 0

    def take(self, frame: av.AudioFrame) -> None:
        """Take one frame."""
        pcm = self._arrivals.take(frame)
        queued = self._leg.port.counters().queued_samples
        if queued > MOST_QUEUED:  # the browser's clock is quicker than ours
            self._flushes += 1
            self._leg.execute(Flush())
            queued = 0
        is_quiet = int(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).max(initial=0)) < QUIET
        can_be_less = self._delay_in_quiet.note(queued) and is_quiet
        if self._delay.note(queued) or can_be_less:
            self._left_out = pcm
            return
        pcm, self._left_out = blended(self._left_out, pcm), b""
        if queued < FRAME:
            pcm = bytes(2 * LEAD) + pcm
        self._leg.execute(Play(f"browser_{self._flushes}", pcm))
