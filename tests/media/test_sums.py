"""The sums over sound in C++ are those that numpy forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.conversation import likeness
from gateway.conversation.likeness import FAINT, RATE, SAME_COURSE, SILENCE, STEADY, WEAKEST
from tests.equipment import tone

if TYPE_CHECKING:
    from gateway.conversation.likeness import Floats

sums = pytest.importorskip("gateway.media._sums", reason="the C++ modules are not built")
FRAME = RATE // 100


def codes(samples: Floats) -> bytes:
    """Return it as the sums take it."""
    return tone.ulaw_encode(samples.clip(-32768, 32767).astype("<i2"))


def speech(seed: int, seconds: float) -> Floats:
    """Return noise in syllables, at the low rate."""
    rng = np.random.default_rng(seed)
    count = round(seconds * RATE)
    loudness = np.repeat(rng.uniform(0, 8000, count // 600 + 1), 600)[:count]
    return (rng.standard_normal(count) * loudness).astype(np.float32)


@pytest.mark.parametrize("count", [1, 40, 350])
def test_the_loudest_frames_are_those_that_numpy_finds(count: int) -> None:
    """The first ones, where others are as loud."""
    said = codes(np.tile(speech(5, 1.75), 2))
    found = sums.loudest_frame(said, FRAME, count)
    assert found == likeness._loudest_frame(said, FRAME, count)
    assert sums.loudest_frame(bytes(len(said)), FRAME, count) == 0


@pytest.mark.parametrize("at", [0, 1600, 9960])
def test_a_course_of_loudness_is_found_where_numpy_finds_it(at: int) -> None:
    """In the piece's own place, and in no more."""
    said = speech(1, 3.5)
    piece = said[at : at + 1600] * np.float32(0.5)
    found = sums.same_course(codes(piece), codes(said), FRAME, STEADY, SAME_COURSE)
    assert found == likeness._same_course(codes(piece), codes(said), FRAME, STEADY, SAME_COURSE)
    assert at // FRAME in found


def test_what_is_steady_has_no_course() -> None:
    """A tone is as loud everywhere."""
    hum = np.sin(np.arange(1600) * 2 * np.pi / 40).astype(np.float32) * 1000
    said = codes(speech(1, 3.5))
    assert sums.same_course(codes(hum), said, FRAME, STEADY, SAME_COURSE) is None
    assert sums.same_course(SILENCE * 1600, said, FRAME, STEADY, SAME_COURSE) is None


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1, 0.001])
@pytest.mark.parametrize("seconds", [0.42, 3.5])
def test_waveforms_are_as_alike_as_numpy_says(seconds: float, gain: float) -> None:
    """However loud, and not at all where one of them is faint or weak."""
    said = speech(2, seconds)
    said[200:900] = 0
    piece = said[40:1640] * np.float32(gain) + speech(3, 0.4) * np.float32(0.05 * gain)
    both = sums.correlation, likeness._correlation
    got, wanted = (dict(each(codes(piece), codes(said), FAINT, WEAKEST, -1.1)) for each in both)
    assert list(got) == list(wanted)
    np.testing.assert_allclose([*got.values()], [*wanted.values()], atol=1e-3)


def test_nothing_to_sum_is_refused() -> None:
    """A mistake of whoever asks, not a crash."""
    some = bytes(200)
    with pytest.raises(ValueError, match="as long as"):
        sums.loudest_frame(some, FRAME, 9)
    with pytest.raises(ValueError, match="one frame"):
        sums.same_course(b"", some, FRAME, STEADY, SAME_COURSE)
    with pytest.raises(ValueError, match="shorter"):
        sums.correlation(some, b"", FAINT, WEAKEST, 0.5)
