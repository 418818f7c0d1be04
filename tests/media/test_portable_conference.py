"""SWIG's memory, as the portable plane's ports read and write it, and their places in the conference."""

from __future__ import annotations

import ctypes
import importlib.util

import pytest

if importlib.util.find_spec("pjsua2") is None:
    pytest.skip("there is no pjsua2: neither built nor from the extra `portable`", allow_module_level=True)

import pjsua2 as pj

from gateway.media import portable_conference
from gateway.media.media_port import PHONE_TICK
from gateway.media.portable_conference import TICK_BYTES, ConferencePorts


def test_a_vectors_memory_is_where_it_is_looked_for() -> None:
    """The layout of std::vector is not promised by anybody: this says when it changes."""
    vector = pj.ByteVector([1, 2, 3, 255])
    begin, end = portable_conference._begin_and_end(vector)
    assert ctypes.string_at(begin, end - begin) == bytes([1, 2, 3, 255])
    assert portable_conference._begin_and_end(pj.ByteVector()) == (0, 0)


class Counting:
    """A port that counts its ticks."""

    def __init__(self) -> None:
        self.pulled = 0
        self.heard: list[bytes] = []

    def pull(self) -> bytes:
        """Return silence of a tick, at 24 kHz."""
        self.pulled += 1
        return bytes(3 * TICK_BYTES)

    def put(self, caller: bytes) -> None:
        """Keep a tick."""
        self.heard.append(caller)


@pytest.fixture
def places(monkeypatch: pytest.MonkeyPatch) -> ConferencePorts:
    """Places in a conference that is not there."""
    monkeypatch.setattr(portable_conference.ConferencePort, "createPort", lambda *_: None)
    return ConferencePorts()


def test_a_place_is_used_again_and_never_destroyed(places: ConferencePorts) -> None:
    """PJSIP's clock calls it at any time: destroyed under such a call, it ended the process."""
    first, second, third = Counting(), Counting(), Counting()
    place, other = places.take(first), places.take(second)
    assert place is not other
    places.give_back(place)
    assert places.take(third) is place
    assert len(places._all) == 2


def test_a_place_that_was_given_back_serves_nobody(places: ConferencePorts) -> None:
    """Neither is the former call pulled from, nor does it hear the next one."""
    first, second = Counting(), Counting()
    place = places.take(first)
    frame = pj.MediaFrame()
    place.onFrameRequested(frame)
    assert (first.pulled, frame.type) == (1, pj.PJMEDIA_FRAME_TYPE_AUDIO)
    frame.buf = pj.ByteVector([7] * TICK_BYTES)
    place.onFrameReceived(frame)
    assert first.heard == [bytes([7]) * 2 * PHONE_TICK]
    places.give_back(place)
    place.onFrameReceived(frame)
    place.onFrameRequested(frame)
    assert (first.pulled, len(first.heard), frame.type) == (1, 1, pj.PJMEDIA_FRAME_TYPE_NONE)
    places.take(second)
    place.onFrameRequested(frame)
    assert (first.pulled, second.pulled) == (1, 1)
