from __future__ import annotations

import numpy as np
import pytest

from gateway.audio import BYTES_PER_MS
from gateway.media.kept_sound import KeptSound, _KeptSound
from gateway.realtime.continuity.voice_level import voice_ago_ms
from tests.equipment import tone

RATE = 24_000
RANDOM = np.random.default_rng(1)


def silence(ms: int) -> bytes:
    return bytes(ms * BYTES_PER_MS)


def noise(ms: int, level: float) -> bytes:
    return RANDOM.normal(0, level, ms * 24).astype("<i2").tobytes()


def word(ms: int = 400) -> bytes:
    return tone.sine(300, ms, rate=RATE).tobytes()


@pytest.mark.parametrize("pause", [0, 500, 2000])
@pytest.mark.parametrize("level", [0, 100, 700])
def test_a_word_is_found_with_what_came_after_it(pause: int, level: float) -> None:
    """In silence and in the noise of a line, within one frame."""
    heard = np.frombuffer(silence(1500) + word() + silence(pause), "<i2")
    heard = heard + np.frombuffer(noise(heard.size // 24, level), "<i2") if level else heard
    ago = voice_ago_ms(KeptSound(heard.astype("<i2").tobytes()))
    assert ago is not None
    assert abs(ago - pause) <= 20


@pytest.mark.parametrize(
    "heard",
    [b"", silence(100), silence(3000), noise(3000, 100), noise(3000, 3000), silence(1000) + word(60)],
    ids=["nothing", "a moment", "silence", "a line", "a loud line", "a click"],
)
def test_what_is_no_word_is_none(heard: bytes) -> None:
    """However loud it is, if it is always there."""
    assert voice_ago_ms(KeptSound(heard)) is None


def test_portable_mode_finds_the_same() -> None:
    """Without the C++ module, on a line that hums."""
    heard = silence(15) + noise(1500, 100) + word() + noise(500, 100)
    assert voice_ago_ms(KeptSound(heard)) == voice_ago_ms(_KeptSound(heard)) == 500  # type: ignore[arg-type]
