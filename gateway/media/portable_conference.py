"""What the portable plane has in PJSIP's conference: a port's place there, and what shows its clock."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, Protocol

import pjsua2 as pj

from gateway.media.media_port import PHONE_RATE, PHONE_TICK
from gateway.media.resample import LiveDownsampler

TICK_BYTES = 2 * PHONE_TICK


class Ticked(Protocol):
    """Who is heard and speaks there, tick by tick."""

    def pull(self) -> bytes:
        """Return a tick of the agent, at 24 kHz."""

    def put(self, caller: bytes) -> None:
        """Take a tick of the caller, at 8 kHz."""


def _phone_format() -> Any:
    audio = pj.MediaFormatAudio()
    audio.init(pj.PJMEDIA_FORMAT_PCM, PHONE_RATE, 1, 20_000, 16)
    return audio


class ConferencePort(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 ships no types
    """A place in the conference, for one port after the other.

    PJSIP's clock thread calls it once a tick for as long as it is there, joined to a call or not, and also
    while it is being destroyed: SWIG lets go of the interpreter's lock for that, the call brings an object to
    life that is half gone, and it is freed twice. So nothing destroys one while the clock runs.

    `bytes(frame.buf)` walks the vector byte by byte through SWIG, 257 us a frame; its memory read through
    ctypes costs 2 us. A std::vector begins with a pointer to its first and one behind its last element.
    """

    def __init__(self) -> None:
        super().__init__()
        self._port: Ticked | None = None
        self._downsampler = LiveDownsampler()
        self._agent = pj.ByteVector(TICK_BYTES)
        self._agent_memory = _begin_and_end(self._agent)[0]
        self.createPort("gateway", _phone_format())

    def serve(self, port: Ticked | None) -> None:
        """Speak and listen for a port from now on; None: for nobody."""
        self._downsampler = LiveDownsampler()
        self._port = port

    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802 - pjsua2's name
        """Give a tick for the phone."""
        if (port := self._port) is None:
            frame.type = pj.PJMEDIA_FRAME_TYPE_NONE
            return
        ctypes.memmove(self._agent_memory, self._downsampler.put(port.pull()), TICK_BYTES)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.size = TICK_BYTES
        frame.buf = self._agent

    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802 - pjsua2's name
        """Take a tick of the caller."""
        if (port := self._port) is not None and frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO:
            begin, end = _begin_and_end(frame.buf)
            if end - begin == TICK_BYTES:
                port.put(ctypes.string_at(begin, TICK_BYTES))


class ConferencePorts:
    """SIP thread: the places that there are; one that is given back waits for the next port."""

    def __init__(self) -> None:
        self._free: list[ConferencePort] = []
        self._all: list[ConferencePort] = []

    def take(self, port: Ticked) -> ConferencePort:
        """Return a place that serves a port."""
        if not self._free:
            self._all.append(ConferencePort())
            self._free.append(self._all[-1])
        place = self._free.pop()
        place.serve(port)
        return place

    def give_back(self, place: ConferencePort) -> None:
        """Have a place, which is joined to no call any more, serve nobody."""
        place.serve(None)
        self._free.append(place)

    def clear(self) -> None:
        """Destroy them all: the clock has stopped."""
        self._free.clear()
        self._all.clear()


class Metronome(pj.AudioMediaPort):  # type: ignore[misc] # pjsua2 ships no types
    """A silent port joined to the null device, so that the clock's ticks are seen even without a call."""

    def __init__(self, ticks: Callable[[], None]) -> None:
        super().__init__()
        self._ticks = ticks
        self.createPort("metronome", _phone_format())

    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802 - pjsua2's name
        """Give nothing, and tell of the tick."""
        frame.type = pj.PJMEDIA_FRAME_TYPE_NONE
        self._ticks()


def _begin_and_end(vector: Any) -> tuple[int, int]:
    """Return the addresses of a pj.ByteVector's memory."""
    begin, end = (ctypes.c_void_p * 2).from_address(int(vector.this))
    return begin or 0, end or 0
