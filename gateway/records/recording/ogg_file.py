"""An Ogg file with Opus (RFC 7845), two channels, encoded by FFmpeg as the call goes on.

A page a fifth of a second, none of which needs what comes after it: whatever a killed gateway has written can
be played. What is missing is encoded as silence, before what comes next.
"""

from __future__ import annotations

import io

import av
import numpy as np

from gateway.records.recording.append_file import Appended
from gateway.records.recording.wav_file import FRAME

BITS_A_SECOND = 32_000
"""Of both voices: 14 MB an hour."""
PAGE_US = 200_000
COMPLEXITY = 3
"""Of 10: above it nobody hears a difference on a telephone's sound, and it takes half as long again."""
SILENCE_FRAMES = 8000
"""Encoded at a time."""


class _Pages(io.RawIOBase):
    """Takes what the muxer writes."""

    def __init__(self) -> None:
        self._pages = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        page = bytes(data)  # type: ignore[call-overload]
        self._pages += page
        return len(page)

    def taken(self) -> bytes:
        pages, self._pages = bytes(self._pages), bytearray()
        return pages


class OggFile:
    """One file at `rate` samples a second. Keeps the contract of `sound_file.SoundFile`."""

    def __init__(self, out: Appended, rate: int) -> None:
        self._out = out
        self._rate = rate
        self._frames = 0
        self._pages = _Pages()
        options = {"page_duration": str(PAGE_US), "flush_packets": "1"}
        self._container = av.open(self._pages, "w", format="ogg", options=options)
        coding = {"application": "voip", "compression_level": str(COMPLEXITY)}
        self._stream = self._container.add_stream("libopus", rate=rate, layout="stereo", options=coding)
        self._stream.bit_rate = BITS_A_SECOND

    def write(self, frame: int, pcm: bytes) -> None:
        """See `SoundFile`. What begins before the end of the file is left out so far."""
        self._out.settle()  # before the encoder has the sound: it could not give it back
        self._silence(frame)
        self._encode(pcm[max(0, self._frames - frame) * FRAME :])
        self._out.write(self._pages.taken())

    def settle(self) -> None:
        """See `SoundFile`."""
        self._out.settle()

    def close(self, frames: int) -> None:
        """See `SoundFile`."""
        try:
            self._silence(frames)
            for packet in self._stream.encode(None):
                self._container.mux(packet)
            self._container.close()
            self._out.write(self._pages.taken())
        finally:
            self._out.close()

    def _silence(self, until: int) -> None:
        while self._frames < until:
            self._out.write(self._pages.taken())
            self._out.settle()
            self._encode(bytes(min(SILENCE_FRAMES, until - self._frames) * FRAME))

    def _encode(self, pcm: bytes) -> None:
        if not pcm:
            return
        frame = av.AudioFrame.from_ndarray(
            np.frombuffer(pcm, "<i2").reshape(1, -1), format="s16", layout="stereo"
        )
        frame.sample_rate = self._rate
        frame.pts = self._frames
        self._frames += len(pcm) // FRAME
        for packet in self._stream.encode(frame):
            self._container.mux(packet)
