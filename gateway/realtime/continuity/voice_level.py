"""When a voice was last heard in a piece of caller audio, by level alone: a quick look, once in a while.

The line's own detector (`gateway.media.voice`) judges each packet; this one only has to tell a caller who
said something from one who is silent, and from the steady noise of a line.
"""

from __future__ import annotations

from gateway.media.kept_sound import KeptSound

FRAME_MS = 20
FRAME = FRAME_MS * 24
"""The same in samples."""
QUIETEST = 32768.0**2 * 10**-4.6
"""Mean square; -46 dB below full scale, as for the line's detector."""
ABOVE_FLOOR = 6.3
"""8 dB above the quietest tenth of the piece."""
LEAST_MS = 200
"""A click is shorter than a word."""


def voice_ago_ms(sound: KeptSound) -> int | None:
    """Return how long before the end of this sound a voice was last heard; None: never."""
    squares = memoryview(sound.loudness(FRAME)).cast("f").tolist()
    count = len(squares)
    if count * FRAME_MS < LEAST_MS:
        return None
    least = max(QUIETEST, sorted(squares)[count // 10] * ABOVE_FLOOR)
    loud = [frame for frame, square in enumerate(squares) if square > least]
    if len(loud) * FRAME_MS < LEAST_MS:
        return None
    return (count - 1 - loud[-1]) * FRAME_MS
