"""What was kept sounds as it did, is where it was, and takes little room."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.media.kept_sound import TOGETHER, KeptSound, keep
from gateway.media.resample import LiveUpsampler
from tests.equipment import tone

RATE = 24_000
Sound = NDArray[np.float64]

pytestmark = pytest.mark.native  # in portable mode sound is kept as it is


def noise(seconds: float, low: float, high: float) -> Sound:
    """Return noise of a band."""
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(7).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    spectrum[(hertz < low) | (hertz > high)] = 0
    sound = np.fft.irfft(spectrum, count)
    return np.asarray(sound / np.abs(sound).max() * 12_000)


def pcm(sound: Sound) -> bytes:
    return np.rint(sound).astype("<i2").tobytes()


def off_by(sound: bytes, other: bytes) -> float:
    """Return the difference of two sounds in dB of the first."""
    one, two = (np.frombuffer(each, "<i2").astype(float) for each in (sound, other))
    return float(10 * np.log10(np.square(one - two).mean() / np.square(one).mean()))


def test_sound_of_a_telephone_takes_a_sixth() -> None:
    """It comes back as G.711 has it, and nothing of it comes sooner or later."""
    sound = pcm(noise(2, 300, 3300))
    kept = KeptSound()
    for at in range(0, len(sound), 960):
        kept.put(sound[at : at + 960])
    assert len(kept) == len(sound) == len(kept.pcm())
    assert off_by(sound, kept.pcm()) < -32
    assert len(keep(sound)) == 1 + len(sound) // 6


def test_what_a_telephone_cannot_carry_is_kept_as_well() -> None:
    """Of wideband speech, and of a hiss that is all above a telephone's band."""
    for low, high in ((300, 7000), (5000, 7500)):
        sound = pcm(noise(2, low, high))
        kept = KeptSound(sound)
        kept.put(b"")
        assert off_by(sound, kept.between(0, len(sound)).pcm()) < -32
        assert len(keep(sound)) == 1 + len(sound) // 2


def test_g711_in_the_dress_of_24_khz_is_kept_as_it_is() -> None:
    """Each of its samples three times."""
    narrow = tone.ulaw_decode(tone.ulaw_encode(noise(1, 300, 3300)[::3].astype(np.int16)))
    sound = narrow.astype("<i2").repeat(3).tobytes()
    assert KeptSound(sound).between(0, len(sound)).pcm() == sound
    assert len(keep(sound)) == 1 + len(sound) // 6


def test_a_call_of_a_narrow_line_is_kept_small() -> None:
    """What the gateway itself makes of 8 kHz has nothing above it, whatever piece one looks at."""
    upsampler = LiveUpsampler()
    narrow = noise(3, 200, 3900)[::3].astype("<i2")
    sound = b"".join(upsampler.put(narrow[at : at + 160].tobytes()) for at in range(0, narrow.size, 160))
    pieces = [sound[at : at + TOGETHER] for at in range(0, len(sound) - TOGETHER, TOGETHER)]
    assert {len(keep(piece)) for piece in pieces} == {1 + TOGETHER // 6}


def test_a_part_is_where_it_was() -> None:
    """Whatever pieces it came in, and whatever was let go before it."""
    sound = pcm(noise(3, 300, 3300))
    kept = KeptSound()
    for at in range(0, len(sound), 7200):
        kept.put(sound[at : at + 7200])
    part = kept.between(48_000, 96_000)
    assert len(part) == 48_000
    assert off_by(sound[48_000:96_000], part.pcm()) < -30
    assert kept.drop(24_000) == 24_000
    assert off_by(sound[24_000:], kept.pcm()) < -30
    assert off_by(sound[48_000:96_000], kept.between(24_000, 72_000).pcm()) < -30


def test_all_of_it_may_be_let_go() -> None:
    """More than there is, too; a beginning is let go to the sample that is kept."""
    kept = KeptSound(pcm(noise(1, 300, 3300)))
    assert kept.drop(20) == 18
    assert kept.drop(1_000_000) == 48_000 - 18
    assert (len(kept), kept.pcm(), bool(kept)) == (0, b"", False)


def test_what_came_last_is_as_it_came() -> None:
    """A moment of it: it is not worth the work yet."""
    kept = KeptSound()
    kept.put(b"\1\0" * 2400)
    kept.put(b"\2\0" * 2400)
    kept.put(b"\3\0" * 100)
    assert kept.between(9600, 9800).pcm() == b"\3\0" * 100
    assert kept.pcm()[-200:] == b"\3\0" * 100


@pytest.mark.parametrize("spare", [0, 7, 480])
@pytest.mark.parametrize("high", [3300, 7000])
def test_it_is_as_loud_as_it_was(high: int, spare: int) -> None:
    """Frame by frame, counted from its end, whatever it was kept as; the last as it came."""
    quiet, loud = noise(1, 300, high)[: 24_000 + spare] / 20, noise(1.05, 300, high)
    sound = np.concatenate((quiet, loud))
    kept = KeptSound()
    for at in range(0, sound.size, 1500):
        kept.put(pcm(sound[at : at + 1500]))
    frames = sound[sound.size % 480 :].reshape(-1, 480)
    wanted = 10 * np.log10(np.square(frames).mean(axis=1))
    got = 10 * np.log10(np.frombuffer(kept.loudness(480), np.float32))
    assert got.shape == wanted.shape
    assert np.abs(got - wanted).max() < 2
    assert np.abs(got - wanted).mean() < 0.5


def test_full_scale_does_not_run_over() -> None:
    """In no kind of piece."""
    for sound in (b"\0\x80" * 9600, b"\0\x80\xff\x7f" * 4800, (b"\0\x80" * 3 + b"\xff\x7f" * 3) * 1600):
        squares = np.frombuffer(KeptSound(sound * 2).loudness(480), np.float32)
        assert squares.size == 40
        assert np.abs(10 * np.log10(squares) - 20 * np.log10(32768)).max() < 0.5
