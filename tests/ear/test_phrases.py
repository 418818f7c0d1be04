"""When a side speaks."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.ear.phrases import Phrase, active_level, levels, phrases, runs, threshold
from gateway.ear.stereo import Samples

RATE = 8000


def _sound(
    *spans: tuple[float, float], noise_db: float = -70, db: float = -20, seconds: float = 4
) -> Samples:
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 10 ** (noise_db / 20), round(seconds * RATE))
    for start, end in spans:
        size = round((end - start) * RATE)
        samples[round(start * RATE) : round(start * RATE) + size] += rng.normal(0, 10 ** (db / 20), size)
    return samples.astype(np.float32)


@pytest.mark.parametrize("noise_db", [-100, -70, -45])
def test_words_and_pauses(noise_db: float) -> None:
    found = phrases(_sound((0.5, 1.0), (1.1, 1.5), (2.5, 3.0), noise_db=noise_db), RATE)
    assert [(round(one.start, 2), round(one.end, 2)) for one in found] == [(0.5, 1.5), (2.5, 3.0)]


def test_a_click_is_no_phrase() -> None:
    assert phrases(_sound((1.0, 1.02)), RATE) == []


def test_silence_has_no_phrases_and_no_level() -> None:
    silence = np.zeros(RATE, np.float32)
    assert phrases(silence, RATE) == []
    assert active_level(silence, RATE, []) is None
    assert phrases(silence[:0], RATE) == []


def test_somebody_who_speaks_all_the_time() -> None:
    assert phrases(_sound((0, 4)), RATE) == [Phrase(0, 4)]


def test_levels_are_of_full_scale() -> None:
    square = np.ones(RATE, np.float32)
    assert levels(square, RATE)[0] == pytest.approx(0, abs=0.01)
    assert levels(np.float32(0.1) * square, RATE)[0] == pytest.approx(-20, abs=0.01)
    assert threshold(levels(square, RATE)) == -35


def test_the_level_of_speech_leaves_its_pauses_out() -> None:
    speech = _sound((0.5, 1.0), (1.2, 1.7), db=-20)
    assert active_level(speech, RATE, phrases(speech, RATE)) == pytest.approx(-20, abs=0.5)


def test_runs() -> None:
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]
    assert runs(np.zeros(0, bool)) == []


def test_overlap() -> None:
    assert Phrase(1, 3).overlap(Phrase(2, 5)) == 1
    assert Phrase(1, 2).overlap(Phrase(2, 3)) == 0
    assert Phrase(1, 3).seconds == 2
