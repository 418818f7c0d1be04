"""A piece of sound is found where it occurs, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from gateway.conversation import likeness
from gateway.conversation.likeness import RATE, alike, loudest, slower
from tests.conversation.test_echo import line, voice
from tests.equipment import tone

if TYPE_CHECKING:
    from gateway.conversation.likeness import Samples

PIECE = round(0.4 * RATE)


def sound(seed: int, seconds: float = 3.5) -> Samples:
    """Return something like speech at the low rate."""
    return slower(voice(seed, seconds).astype("<i2").tobytes()).astype(np.float32)


def heard(seed: int, gain: float = 1.0) -> Samples:
    """Return the same after a telephone line, PCM of another grid of samples."""
    return slower(line(voice(seed, 3.5) * gain)[3:].astype("<i2").tobytes()).astype(np.float32)


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("at", [0, 1, 777, 5003, 12_399])
def test_a_piece_is_found_where_it_is(at: int, gain: float) -> None:
    """To the sample, however loud."""
    found = alike(heard(7, gain)[at : at + PIECE], sound(7))
    assert abs(int(found.argmax()) - at) <= 1
    assert found.max() > 0.8  # half a sample beside the grid is the worst


@pytest.mark.parametrize("other", range(8, 28))
def test_another_voice_is_not_found(other: int) -> None:
    """Whether the waveforms were looked at or not."""
    piece = heard(other)
    at = loudest(piece, PIECE)
    assert alike(piece[at : at + PIECE], sound(7)).max() < 0.6


def test_most_other_voices_need_no_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what makes it cheap."""
    looked: list[int] = []
    correlation = vars(likeness)["correlation"]

    def counted(piece: Samples, said: Samples, faint: float, weakest: float) -> bytes:
        looked.append(len(said) - len(piece) + 1)
        found: bytes = correlation(piece, said, faint, weakest)
        return found

    monkeypatch.setattr(likeness, "correlation", counted)
    places = len(sound(7)) - PIECE + 1
    for other in range(8, 28):
        piece = heard(other)
        at = loudest(piece, PIECE)
        alike(piece[at : at + PIECE], sound(7))
    assert sum(looked) < 20 * places / 5


def test_both_ways_of_multiplying_agree() -> None:
    """By hand and by Fourier transforms."""
    said = sound(7)
    piece = said[5000 : 5000 + PIECE] - said[5000 : 5000 + PIECE].mean()
    whole = likeness._products(piece, said)
    part = likeness._products(piece, said[4950 : 4950 + PIECE + 100])
    assert np.allclose(whole[4950:5051], part, rtol=1e-3, atol=np.abs(whole).max() * 1e-4)


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no C++ module, as in portable mode."""
    for name in ("averages", "same_course", "correlation"):
        monkeypatch.setattr(likeness, name, getattr(likeness, f"_{name}"))


@pytest.mark.usefixtures("by_numpy")
def test_portable_mode_finds_the_same() -> None:
    """A piece where it is, and another voice nowhere."""
    found = alike(heard(7)[5003 : 5003 + PIECE], sound(7))
    assert abs(int(found.argmax()) - 5003) <= 1
    assert found.max() > 0.8
    test_another_voice_is_not_found(8)
    test_averages()


def test_a_tone_is_found_though_its_loudness_tells_nothing() -> None:
    """It is like itself at each of its periods."""
    said = slower(tone.sine(440, 3000, rate=24_000).astype("<i2").tobytes()).astype(np.float32)
    assert alike(said[2000 : 2000 + PIECE], said).max() > 0.99


@pytest.mark.parametrize(("piece", "said"), [(0.002, 1.0), (1.0, 0.002), (0.1, 1.0)])
def test_what_is_faint_is_not_compared(piece: float, said: float) -> None:
    """Neither of them; nor what is much weaker than what was said."""
    one = sound(7)
    assert alike(one[5000 : 5000 + PIECE] * np.float32(piece), one * np.float32(said)).max() == 0.0


def test_the_loudest_part() -> None:
    """Where its energy is greatest."""
    quiet = np.full(1000, 10, np.float32)
    quiet[600:700] = 1000
    assert loudest(quiet, 100) == 600


def test_averages() -> None:
    """Six samples become one, without fractions; a rest of less is left out."""
    assert slower(np.arange(13, dtype="<i2").tobytes()).tolist() == [2, 8]
