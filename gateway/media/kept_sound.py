"""Sound that is kept in case somebody asks for it again, in a sixth of its bytes. Pure.

What came over a telephone line is kept as its line had it: 8 kHz, G.711. Wideband sound is kept at 24 kHz, in
half of its bytes. Which of the two a piece is, it tells itself: whether there is anything above 4 kHz. In
portable mode, which has no compiler and four calls, sound is kept as it is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from gateway.arrays import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

TOGETHER = 9_600
"""Bytes of 24 kHz that are made little together, 200 ms: what is cut smaller costs more than it spares."""
RAW = b"r"
_BYTES_A_CODE = {ord("n"): 6, ord("h"): 6, ord("w"): 2, ord(RAW): 1}
"""Bytes of 24 kHz that a byte stands for, by a piece's first byte: see `kept_sound.cpp`."""


def _keep(pcm: bytes) -> bytes:
    return RAW + pcm


def _bring_back(pieces: Sequence[bytes]) -> bytes:
    return b"".join(piece[1:] for piece in pieces)


def _loudness(pieces: Sequence[bytes], frame: int) -> bytes:
    samples = np.frombuffer(_bring_back(pieces), "<i2")
    frames = samples[samples.size % frame :].reshape(-1, frame)[:, ::3].astype(np.float32)
    squares: NDArray[np.float32] = np.square(frames).mean(axis=1, dtype=np.float32)
    return squares.tobytes()


try:
    from gateway.media._kept_sound import bring_back, keep, loudness
except ImportError:  # portable mode
    keep, bring_back, loudness = _keep, _bring_back, _loudness


class KeptSound:
    """A queue of sound, PCM16LE mono at 24 kHz, counted in bytes of that."""

    def __init__(self, pcm: bytes = b"") -> None:
        self._pieces: deque[bytes] = deque()
        self._kept = 0  # bytes that those stand for
        self._tail = [pcm] if pcm else []  # what came last, as it came
        self._tail_bytes = len(pcm)

    def __len__(self) -> int:
        return self._kept + self._tail_bytes

    def put(self, pcm: bytes) -> None:
        """Add a piece."""
        self._tail.append(pcm)
        self._tail_bytes += len(pcm)
        if self._tail_bytes >= TOGETHER:
            self._settle()

    def drop(self, count: int) -> int:
        """Let go of the first `count` bytes, or some three samples less; return how many."""
        if count >= self._kept:
            self._settle()
        dropped = 0
        while self._pieces and count > dropped:
            piece = self._pieces[0]
            size = _length(piece)
            if size <= count - dropped:
                self._pieces.popleft()
                dropped += size
                continue
            codes = (count - dropped) // _BYTES_A_CODE[piece[0]]
            self._pieces[0] = piece[:1] + piece[1 + codes :]
            dropped += codes * _BYTES_A_CODE[piece[0]]
            break
        self._kept -= dropped
        return dropped

    def between(self, start: int, stop: int) -> KeptSound:
        """Return a part of it."""
        part, at = KeptSound(), 0
        for piece in self._all():
            step, size = _BYTES_A_CODE[piece[0]], _length(piece)
            first, last = max(start - at, 0) // step, min(max(stop - at, 0), size) // step
            if first < last:
                whole = first == 0 and last * step == size
                part._pieces.append(piece if whole else piece[:1] + piece[1 + first : 1 + last])
                part._kept += (last - first) * step
            at += size
        return part

    def pcm(self) -> bytes:
        """Return all of it, as it sounded."""
        return bring_back(self._all())

    def loudness(self, frame: int) -> bytes:
        """Return the mean square of its last whole frames of so many samples, float32."""
        return loudness(self._all(), frame)

    def _all(self) -> tuple[bytes, ...]:
        return (*self._pieces, b"".join((RAW, *self._tail)))

    def _settle(self) -> None:
        if self._tail_bytes:
            self._pieces.append(keep(b"".join(self._tail)))
            self._kept += _length(self._pieces[-1])
            self._tail.clear()
            self._tail_bytes = 0


def _length(piece: bytes) -> int:
    return (len(piece) - 1) * _BYTES_A_CODE[piece[0]]
