"""A piece of sound is found where it occurs, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.conversation import likeness
from gateway.conversation.likeness import RATE, Places, Slow, alike, loudest
from gateway.media.kept_sound import slower
from tests.conversation.test_echo import line, voice
from tests.equipment import tone

PIECE = round(0.4 * RATE)


def sound(seed: int, seconds: float = 3.5) -> Slow:
    """Return something like speech at the low rate."""
    return slower(voice(seed, seconds).astype("<i2").tobytes())


def heard(seed: int, gain: float = 1.0) -> Slow:
    """Return the same after a telephone line, PCM of another grid of samples."""
    return slower(line(voice(seed, 3.5) * gain)[3:].astype("<i2").tobytes())


def part(whole: Slow, at: int, count: int = PIECE) -> Slow:
    """Return so many samples from one on."""
    return whole[at : at + count]


def best(piece: Slow, said: Slow) -> tuple[int, float]:
    """Return where a piece is most alike, and how much."""
    return max(alike(piece, said, 0.0), key=lambda place: place[1], default=(-1, 0.0))


@pytest.mark.parametrize("gain", [1.0, 0.3])
@pytest.mark.parametrize("at", [0, 1, 777, 5003, 12_399])
def test_a_piece_is_found_where_it_is(at: int, gain: float) -> None:
    """To the sample, however loud."""
    place, likeness_there = best(part(heard(7, gain), at), sound(7))
    assert abs(place - at) <= 1
    assert likeness_there > 0.8  # half a sample beside the grid is the worst


def test_places_that_are_less_alike_are_not_told() -> None:
    """In order, those that are."""
    everywhere = alike(part(heard(7), 777), sound(7), 0.0)
    near = [(place, found) for place, found in everywhere if found >= 0.7]
    assert alike(part(heard(7), 777), sound(7), 0.7) == near
    assert [place for place, _ in near] == sorted(place for place, _ in near)
    assert 0 < len(near) < len(everywhere)


@pytest.mark.parametrize("other", range(8, 28))
def test_another_voice_is_not_found(other: int) -> None:
    """Whether the waveforms were looked at or not."""
    piece = heard(other)
    assert not alike(part(piece, loudest(piece, PIECE)), sound(7), 0.6)


def test_most_other_voices_need_no_closer_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """That is what makes it cheap."""
    looked: list[int] = []
    correlation = vars(likeness)["correlation"]

    def counted(piece: Slow, said: Slow, *bounds: float) -> Places:
        looked.append(len(said) - len(piece) + 1)
        found: Places = correlation(piece, said, *bounds)
        return found

    monkeypatch.setattr(likeness, "correlation", counted)
    places = len(sound(7)) - PIECE + 1
    for other in range(8, 28):
        piece = heard(other)
        alike(part(piece, loudest(piece, PIECE)), sound(7), 0.6)
    assert sum(looked) < 20 * places / 5


def test_both_ways_of_multiplying_agree() -> None:
    """By hand and by Fourier transforms."""
    said = tone.ulaw_decode(sound(7)).astype(np.float32)
    piece = said[5000 : 5000 + PIECE] - said[5000 : 5000 + PIECE].mean()
    whole = likeness._products(piece, said)
    part = likeness._products(piece, said[4950 : 4950 + PIECE + 100])
    assert np.allclose(whole[4950:5051], part, rtol=1e-3, atol=np.abs(whole).max() * 1e-4)


@pytest.fixture
def by_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no C++ module, as in portable mode."""
    for name in ("loudest_frame", "same_course", "correlation"):
        monkeypatch.setattr(likeness, name, getattr(likeness, f"_{name}"))


@pytest.mark.usefixtures("by_numpy")
def test_portable_mode_finds_the_same() -> None:
    """A piece where it is, and another voice nowhere."""
    place, likeness_there = best(part(heard(7), 5003), sound(7))
    assert abs(place - 5003) <= 1
    assert likeness_there > 0.8
    test_another_voice_is_not_found(8)
    test_the_loudest_part()


def test_a_tone_is_found_though_its_loudness_tells_nothing() -> None:
    """It is like itself at each of its periods."""
    said = slower(tone.sine(440, 3000, rate=24_000).astype("<i2").tobytes())
    assert alike(part(said, 2000), said, 0.99)


@pytest.mark.parametrize(("piece", "said"), [(0.002, 1.0), (1.0, 0.002), (0.1, 1.0)])
def test_what_is_faint_is_not_compared(piece: float, said: float) -> None:
    """Neither of them; nor what is much weaker than what was said."""
    one = tone.ulaw_decode(sound(7))
    faint, loud = (tone.ulaw_encode((one * gain).astype(np.int16)) for gain in (piece, said))
    assert not alike(part(faint, 5000), loud, 0.0)


def test_the_loudest_part() -> None:
    """Where its energy is greatest."""
    quiet = np.full(1000, 10, "<i2")
    quiet[600:700] = 1000
    assert loudest(tone.ulaw_encode(quiet), 100) == 600
