"""A WAV file (RIFF, PCM 16 bit, two channels) that is whole at any moment, also when its writer is killed.

Sound is written where it belongs by its time, so that whatever was not written, be it a hold, a pause or a
disk that was full, is silence of the right length; on most file systems it takes no room. The sizes in the
head are brought up to date after the sound: a reader never finds less than they say.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

CHANNELS = 2
FRAME = 2 * CHANNELS
"""Bytes of one sample of both channels."""
HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
MOST_BYTES = 0xFFFF_FFFF - HEAD.size
"""Of sound: sizes have 32 bits. 37 hours of a telephone's; what is beyond is not written."""


def head(rate: int, size: int) -> bytes:
    """Return the beginning of a file with `size` bytes of sound at `rate` samples a second."""
    return HEAD.pack(
        *(b"RIFF", HEAD.size - 8 + size, b"WAVE", b"fmt ", 16, 1, CHANNELS),
        *(rate, rate * FRAME, FRAME, 16, b"data", size),
    )


class WavFile:
    """One file, made new, which only its owner may read. Raises OSError as long as it cannot be written."""

    def __init__(self, path: Path, rate: int) -> None:
        self._rate = rate
        self._frames = 0
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        _put(self._file, head(rate, 0), 0)

    def write(self, frame: int, pcm: bytes) -> None:
        """Write sound from this frame on: PCM16LE, the channels interleaved."""
        begin = frame * FRAME
        pcm = pcm[: max(0, MOST_BYTES - begin)]
        _put(self._file, pcm, HEAD.size + begin)
        self._frames = max(self._frames, frame + len(pcm) // FRAME)

    def settle(self) -> None:
        """Say in the head how long the file is by now."""
        _put(self._file, head(self._rate, self._frames * FRAME), 0)

    def close(self, frames: int) -> None:
        """End the file, so many frames long: what is missing at its end is silence. Closes it in any case."""
        try:
            self._frames = max(self._frames, min(frames, MOST_BYTES // FRAME))
            os.ftruncate(self._file, HEAD.size + self._frames * FRAME)
            self.settle()
        finally:
            os.close(self._file)


def _put(file: int, data: bytes, at: int) -> None:
    """Write all of it. Raises OSError when there is no room for the rest."""
    left = memoryview(data)
    while left:
        written = os.pwrite(file, left, at)
        left, at = left[written:], at + written
