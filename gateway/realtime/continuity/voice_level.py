"""When a voice was last heard in a piece of caller audio, by level alone: a quick look, once in a while.

The line's own detector (`gateway.media.voice`) judges each packet; this one only has to tell a caller who
said something from one who is silent, and from the steady noise of a line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.arrays import np
from gateway.audio import BYTES_PER_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_MS = 20
QUIETEST = 32768.0**2 * 10**-4.6
"""Mean square; -46 dB below full scale, as for the line's detector."""
ABOVE_FLOOR = 6.3
"""8 dB above the quietest tenth of the piece."""
SPARSE = 4
"""Each fourth sample tells how loud a frame is nearly as well as all of them."""
LEAST_MS = 200
"""A click is shorter than a word."""


def voice_ago_ms(pcm: bytes) -> int | None:
    """Return how long before the end of this audio (PCM16LE 24 kHz) a voice was last heard; None: never."""
    size = FRAME_MS * BYTES_PER_MS
    count = len(pcm) // size
    if count * FRAME_MS < LEAST_MS:
        return None
    squares = memoryview(levels(pcm, size // 2, SPARSE)).cast("f").tolist()
    least = max(QUIETEST, sorted(squares)[count // 10] * ABOVE_FLOOR)
    loud = [frame for frame, square in enumerate(squares) if square > least]
    if len(loud) * FRAME_MS < LEAST_MS:
        return None
    return (count - 1 - loud[-1]) * FRAME_MS


def _levels(pcm: bytes, frame: int, sparse: int) -> bytes:
    whole = np.frombuffer(pcm, "<i2", offset=len(pcm) % (2 * frame)).reshape(-1, frame)
    samples = whole[:, ::sparse].astype(np.float32)
    squares: NDArray[np.float32] = np.einsum("ij,ij->i", samples, samples) / np.float32(samples.shape[1])
    return squares.tobytes()


try:
    from gateway.media._sums import levels
except ImportError:  # portable mode: no compiler
    levels = _levels
