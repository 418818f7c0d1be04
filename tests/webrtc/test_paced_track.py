"""Frames for a browser, each when it is due."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from gateway.webrtc.paced_track import FRAME, RATE, PacedTrack


async def test_frames_come_when_they_are_due() -> None:
    """Each with its samples and time; none is asked for before."""
    numbers = itertools.count(1)
    track = PacedTrack(lambda: np.full(FRAME, next(numbers), np.int16).tobytes())
    loop = asyncio.get_running_loop()
    began = loop.time()
    frames = [await track.recv() for _ in range(4)]
    assert loop.time() - began >= 0.055
    assert [(frame.pts, frame.sample_rate) for frame in frames] == [(n * FRAME, RATE) for n in range(4)]
    assert [np.frombuffer(bytes(frame.planes[0]), np.int16)[0] for frame in frames] == [1, 2, 3, 4]
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()
