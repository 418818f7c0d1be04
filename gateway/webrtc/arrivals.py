"""What a browser says, as it arrives: PCM16LE mono at 24 kHz, with what was lost on the way filled in.

The library's own jitter buffer holds four frames back, and loses five for each packet that is lost. In its
place each packet is decoded as it comes, and the gap before it is filled with the sound before that, fading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import av
import numpy as np
from aiortc.jitterbuffer import JitterFrame
from aiortc.utils import uint16_gt
from numpy.typing import NDArray

RATE = 24_000
FADE = 0.6
"""By how much each frame that is filled in is softer than the one before it."""
BUFFER = "_RTCRtpReceiver__jitter_buffer"
"""Where a receiver of the library, whose version is pinned, keeps its jitter buffer."""
MOST_FILLED = 10
"""Frames that are filled in at most: whoever has said nothing for longer was silent."""


Taken = Callable[[Any], bool]
"""Takes an RTP packet; returns whether that is all that is to be done with it."""


def _nobody(_packet: Any) -> bool:
    return False


class PacketsAsTheyCome:
    """Stands in for the library's jitter buffer: a packet later than the next one is left out.

    What is `taken` is not decoded.
    """

    def __init__(self, taken: Taken = _nobody) -> None:
        self._last: int | None = None
        self._taken = taken

    def add(self, packet: Any) -> tuple[bool, JitterFrame | None]:
        """Take an RTP packet; return whether to ask for a picture, and the frame that is whole now."""
        if self._taken(packet):
            return False, None
        if self._last is not None and not uint16_gt(packet.sequence_number, self._last):
            return False, None
        self._last = packet.sequence_number
        return False, JitterFrame(packet._data, packet.timestamp)  # noqa: SLF001 - the receiver puts it there


def as_they_come(receiver: Any, taken: Taken = _nobody) -> None:
    """Have a receiver (`RTCRtpReceiver`) of the library decode packets as they come, but for those taken."""
    assert hasattr(receiver, BUFFER)
    setattr(receiver, BUFFER, PacketsAsTheyCome(taken))


class ArrivingSound:
    """One browser's sound. `filled`: frames that were lost, and made up for."""

    def __init__(self) -> None:
        self._resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        self._next_pts: int | None = None
        self._last: NDArray[np.int16] = np.zeros(0, np.int16)
        self.filled = 0

    def take(self, frame: av.AudioFrame) -> bytes:
        """Take a frame, of whatever rate; return what is to be heard of it, and of those lost before it."""
        missing = self._missing(frame)
        pcm = b"".join(
            bytes(one.planes[0])[: 2 * one.samples] for one in self._resampler.resample(_untimed(frame))
        )
        filler = b"".join(self._filler(number) for number in range(1, missing + 1))
        self.filled += missing
        if pcm:
            self._last = np.frombuffer(pcm, np.int16)
        return filler + pcm

    def _missing(self, frame: av.AudioFrame) -> int:
        before, pts = self._next_pts, frame.pts
        if pts is None or not frame.samples:
            return 0
        self._next_pts = pts + frame.samples
        missing = 0 if before is None else (pts - before) // frame.samples
        return missing if 0 < missing <= MOST_FILLED else 0

    def _filler(self, number: int) -> bytes:
        """Return the last sound again, softer by its number, backwards each second time: no edge is heard."""
        sound = self._last[::-1] if number % 2 else self._last
        gains = np.linspace(FADE ** (number - 1), FADE**number, len(sound))
        return (sound * gains).astype("<i2").tobytes()


def _untimed(frame: av.AudioFrame) -> av.AudioFrame:
    """Return a frame without its time: the resampler would fill a gap with silence of its own."""
    frame.pts = None
    return frame
