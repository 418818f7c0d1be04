"""Frames for a browser, each when it is due."""

from __future__ import annotations

import asyncio
import itertools

import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError

from gateway.webrtc.paced_track import FRAME, RATE, PacedTrack
from gateway.webrtc.standing_delay import FRAMES
from tests.equipment import patience


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


class Source:
    """Frames with a clock of their own: numbers, 0 in their place."""

    def __init__(self) -> None:
        self.comes = asyncio.Event()
        self._waiting: list[int] = []

    def come(self, *numbers: int) -> None:
        self._waiting += numbers
        self.comes.set()

    def next_frame(self) -> bytes:
        number = self._waiting.pop(0) if self._waiting else 0
        if not self._waiting:
            self.comes.clear()
        return np.full(FRAME, number, np.int16).tobytes()


async def numbers_of(track: PacedTrack, count: int) -> list[int]:
    """Return what the next frames are."""
    return [int(np.frombuffer(bytes((await track.recv()).planes[0]), np.int16)[-1]) for _ in range(count)]


async def test_frames_with_a_clock_of_their_own_are_sent_as_they_come() -> None:
    """At once, also several; where none comes for too long there is something in its place."""
    source = Source()
    track = PacedTrack(source.next_frame, source.comes)
    loop = asyncio.get_running_loop()
    source.come(1, 2, 3)
    began = loop.time()
    assert await numbers_of(track, 3) == [1, 2, 3]
    assert loop.time() - began < patience.seconds(0.02)
    loop.call_later(0.03, source.come, 4)
    assert await numbers_of(track, 1) == [4]
    assert await numbers_of(track, 2) == [0, 0]


async def test_what_was_in_their_place_is_made_good_for() -> None:
    """The browser's clock goes by how many frames there were: one less, where they put us ahead for long."""
    source = Source()
    track = PacedTrack(source.next_frame, source.comes)
    source.come(*range(1, 3 * FRAMES))
    sent = await numbers_of(track, 3 * FRAMES - 2)
    assert len(set(range(1, 3 * FRAMES)) - set(sent)) == 1
    assert sent[-1] == 3 * FRAMES - 1
