"""What waits to be played is packed, and sounds as it was."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.media.media_port import TICK_SAMPLES, MediaPort
from tests.equipment import tone
from tests.media.test_playout import ticks

TICKS = 20
RANDOM = np.random.default_rng(3)
SOUNDS = {
    "silence": np.zeros(TICKS * TICK_SAMPLES, "<i2"),
    "a tone": tone.sine(440, 400, rate=24_000),
    "noise": RANDOM.integers(-32768, 32767, TICKS * TICK_SAMPLES, "<i2", endpoint=True),
    "noise of every loudness": RANDOM.integers(-32768, 32767, TICKS * TICK_SAMPLES, "<i2")
    >> (np.arange(TICKS * TICK_SAMPLES, dtype="<i2") // 64 % 16),
    "the largest steps there are": np.tile(np.array([-32768, 32767], "<i2"), TICKS * TICK_SAMPLES // 2),
    "a click in silence": np.roll(np.eye(1, TICKS * TICK_SAMPLES, dtype="<i2")[0] * -32768, 1234),
}


@pytest.mark.parametrize("piece", [1, 7, 16, 479, 4800])
@pytest.mark.parametrize("sound", SOUNDS.values(), ids=SOUNDS)
def test_every_sample_is_heard_as_it_was(port: MediaPort, sound: tone.Pcm, piece: int) -> None:
    """In pieces of any length, which no tick ends with."""
    for start in range(0, sound.size, piece):
        port.play(1, sound[start : start + piece].tobytes())
    np.testing.assert_array_equal(ticks(port, TICKS), sound)
