"""A WAV file (RIFF, PCM 16 bit, two channels) that is whole at any moment, also when its writer is killed.

Sound is written where it belongs by its time, so that whatever was not written, be it a hold, a pause or a
disk that was full, is silence of the right length; on most file systems it takes no room. The sizes in the
head are brought up to date after the sound: a reader never finds less than they say.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path

from gateway.records.recording.append_file import Appended

CHANNELS = 2
FRAME = 2 * CHANNELS
"""Bytes of one sample of both channels."""
HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")
SILENCE_FRAMES = 16_000
"""Written at a time, where silence is to be written."""
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
        self._headed = False  # not here: a disk may be full, and the file is there nevertheless
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, frame: int, pcm: bytes) -> None:
        """Write sound from this frame on: PCM16LE, the channels interleaved."""
        if not self._headed:
            self.settle()
        begin = frame * FRAME
        pcm = pcm[: max(0, MOST_BYTES - begin)]
        _put(self._file, pcm, HEAD.size + begin)
        self._frames = max(self._frames, frame + len(pcm) // FRAME)

    def settle(self) -> None:
        """Say in the head how long the file is by now."""
        _put(self._file, head(self._rate, self._frames * FRAME), 0)
        self._headed = True

    def close(self, frames: int) -> None:
        """End the file, so many frames long: what is missing at its end is silence. Closes it in any case."""
        try:
            self._frames = max(self._frames, min(frames, MOST_BYTES // FRAME))
            os.ftruncate(self._file, HEAD.size + self._frames * FRAME)
            self.settle()
        finally:
            os.close(self._file)


class WavStream:
    """The same where nothing that was written can be changed: as in an encrypted file.

    The head says nothing of the length: whoever reads the file writes another (`sized`).
    """

    def __init__(self, out: Appended, rate: int) -> None:
        self._out = out
        self._rate = rate
        self._frames = 0
        self._begun = False

    def write(self, frame: int, pcm: bytes) -> None:
        """Write sound from this frame on; what begins before the end of the file is left out so far."""
        self._out.settle()
        self._silence(frame)
        self._add(pcm[max(0, self._frames - frame) * FRAME :])

    def settle(self) -> None:
        """Write what waits for the disk."""
        self._out.settle()

    def close(self, frames: int) -> None:
        """End the file, so many frames long: what is missing at its end is silence. Closes it in any case."""
        try:
            self._silence(frames)
        finally:
            self._out.close()

    def _silence(self, until: int) -> None:
        while self._frames < until:
            self._out.settle()
            self._add(bytes(min(SILENCE_FRAMES, until - self._frames) * FRAME))

    def _add(self, pcm: bytes) -> None:
        beginning = b"" if self._begun else head(self._rate, 0)
        self._begun = True
        self._frames += len(pcm) // FRAME
        self._out.write(beginning + pcm)


def sized(beginning: bytes, size: int) -> bytes:
    """Return the first bytes of a stream of `size` bytes with a head that says how long it is."""
    rate = int(HEAD.unpack(beginning[: HEAD.size])[7])
    return head(rate, min(size - HEAD.size, MOST_BYTES)) + beginning[HEAD.size :]


def _put(file: int, data: bytes, at: int) -> None:
    """Write all of it. Raises OSError when there is no room for the rest."""
    left = memoryview(data)
    while left:
        written = os.pwrite(file, left, at)
        left, at = left[written:], at + written
