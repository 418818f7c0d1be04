"""Sound that is kept in case somebody asks for it again, in a sixth of its bytes.

What came over a telephone line is kept as its line had it: 8 kHz, G.711. Wideband sound is kept at 24 kHz, in
half of its bytes. Which of the two a tick is, it tells itself: whether there is anything above 4 kHz. What is
`slow`, to be compared and not to be heard again, is at 4 kHz (`gateway.conversation.likeness`). In portable
mode, which has no compiler and four calls, sound is kept as it is.

`KeptSound` is a queue of sound, PCM16LE mono at 24 kHz; places in it are counted in bytes of that, from the
first that was ever put. Other threads may put sound as well: see `MediaPort.send_to`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gateway.arrays import np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["STEP", "KeptSound", "levels", "slower"]

STEP = 6
"""Samples of 24 kHz in one of 4 kHz."""
_PORTION = 1_000
"""Samples that are averaged together: memory for more takes longer to be had than to be worked on."""


class _KeptSound:
    def __init__(self, pcm: bytes = b"", most: int = 0, slow: bool = False) -> None:
        self._pcm = bytearray(pcm)
        self._most = most
        self.start = 0
        """What was put before this place is kept no more."""

    def __len__(self) -> int:
        return len(self._pcm)

    @property
    def end(self) -> int:
        """Where what is put next will be."""
        return self.start + len(self._pcm)

    def put(self, pcm: bytes) -> None:
        """Add a piece; no more than the last `most` bytes are kept, all if that is 0."""
        self._pcm += pcm
        if self._most:
            self.let_go(self.end - self._most)

    def let_go(self, before: int) -> None:
        """Let go of what is before a place, or of some five samples less."""
        count = min(max(before - self.start, 0), len(self._pcm))
        del self._pcm[:count]
        self.start += count

    def between(self, start: int, stop: int) -> _KeptSound:
        """Return a part of it, which is nobody else's."""
        first, last = (max(0, place - self.start) for place in (start, stop))
        return _KeptSound(bytes(self._pcm[first:last]))

    def pcm(self) -> bytes:
        """Return all of it, as it sounded."""
        return bytes(self._pcm)

    def codes(self) -> bytes:
        """Return what is `slow` at 4 kHz: see `slower`."""
        return _slower(bytes(self._pcm))

    def loudness(self, frame: int) -> bytes:
        """Return the mean square of its last whole frames of so many samples, float32."""
        samples = np.frombuffer(bytes(self._pcm), "<i2")
        frames = samples[samples.size % frame :].reshape(-1, frame)[:, ::3].astype(np.float32)
        squares: NDArray[np.float32] = np.square(frames).mean(axis=1, dtype=np.float32)
        return squares.tobytes()


def _slower(pcm: bytes) -> bytes:
    """Return sound at 4 kHz, as mu-law codes. Averages alias, but in a sound and in its echo alike."""
    count = len(pcm) // (2 * STEP)
    whole = np.frombuffer(pcm, "<i2", count=count * STEP).reshape(-1, STEP)
    part = np.full(STEP, 1 / STEP, np.float32)  # by a product: six times as fast as `mean`
    codes = bytearray()
    for start in range(0, count, _PORTION):
        values = (whole[start : start + _PORTION].astype(np.float32) @ part).astype(np.int32) & ~3
        sizes = np.minimum(np.abs(values), 32_635) + 132
        segments = np.log2(sizes).astype(np.int32) - 7
        bits = np.where(values < 0, 0x80, 0) | segments << 4 | (sizes >> segments + 3 & 0x0F)
        codes += (~bits).astype(np.uint8).tobytes()
    return bytes(codes)


@cache
def levels() -> NDArray[np.float32]:
    """Return the PCM value of each code of mu-law (ITU-T G.711, table 2)."""
    bits = ~np.arange(256) & 0xFF
    sizes = ((bits & 0x0F) << 3) + 132 << (bits >> 4 & 7)
    return np.where(bits & 0x80, 132 - sizes, sizes - 132).astype(np.float32)


try:
    from gateway.media._kept_sound import KeptSound, slower
except ImportError:  # portable mode
    KeptSound, slower = _KeptSound, _slower  # type: ignore[assignment,misc]
