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
    """A port's place in the conference.

    `bytes(frame.buf)` walks the vector byte by byte through SWIG, 257 us a frame; its memory read through
    ctypes costs 2 us. A std::vector begins with a pointer to its first and one behind its last element.
    """

    def __init__(self, port: Ticked) -> None:
        super().__init__()
        self._port = port
        self._downsampler = LiveDownsampler()
        self._agent = pj.ByteVector(TICK_BYTES)
        self._agent_memory = _begin_and_end(self._agent)[0]
        self.createPort("gateway", _phone_format())

    def onFrameRequested(self, frame: Any) -> None:  # noqa: N802 - pjsua2's name
        """Give a tick for the phone."""
        ctypes.memmove(self._agent_memory, self._downsampler.put(self._port.pull()), TICK_BYTES)
        frame.type = pj.PJMEDIA_FRAME_TYPE_AUDIO
        frame.size = TICK_BYTES
        frame.buf = self._agent

    def onFrameReceived(self, frame: Any) -> None:  # noqa: N802 - pjsua2's name
        """Take a tick of the caller."""
        if frame.type == pj.PJMEDIA_FRAME_TYPE_AUDIO:
            begin, end = _begin_and_end(frame.buf)
            if end - begin == TICK_BYTES:
                self._port.put(ctypes.string_at(begin, TICK_BYTES))


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
