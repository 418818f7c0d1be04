"""What was kept sounds as it did, is where it was, and takes little room."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.media import kept_sound
from gateway.media.kept_sound import KeptSound, levels
from gateway.media.resample import LiveUpsampler
from tests.equipment import tone

RATE = 24_000
Sound = NDArray[np.float64]

native = pytest.mark.native  # in portable mode sound is kept as it is


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
    """Return the difference of two sounds in dB of the first; -120 where there is none."""
    one, two = (np.frombuffer(each, "<i2").astype(float) for each in (sound, other))
    return float(10 * np.log10(np.square(one - two).mean() / np.square(one).mean() + 1e-12))


def in_ticks(sound: bytes) -> KeptSound:
    """Return it as it is kept when it comes 20 ms at a time."""
    kept = KeptSound()
    for at in range(0, len(sound), 960):
        kept.put(sound[at : at + 960])
    return kept


@native
def test_sound_of_a_telephone_comes_back_as_g711_has_it() -> None:
    """Nothing of it comes sooner or later."""
    sound = pcm(noise(2, 300, 3300))
    kept = in_ticks(sound)
    assert len(kept) == len(sound) == len(kept.pcm())
    assert off_by(sound, kept.pcm()) < -32


@native
@pytest.mark.parametrize("band", [(300, 7000), (5000, 7500)])
def test_what_a_telephone_cannot_carry_is_kept_as_well(band: tuple[int, int]) -> None:
    """Of wideband speech, and of a hiss that is all above a telephone's band."""
    sound = pcm(noise(2, *band))
    assert off_by(sound, in_ticks(sound).between(0, len(sound)).pcm()) < -32


@native
def test_wideband_speech_that_pauses_is_kept_whole() -> None:
    """A vowel without anything above a telephone's band between two hisses, and silence."""
    sound = np.concatenate(
        (noise(0.1, 5000, 7500), noise(0.3, 300, 3300), noise(0.1, 5000, 7500), np.zeros(2400))
    )
    assert off_by(pcm(sound), in_ticks(pcm(sound)).pcm()) < -30


@native
def test_g711_in_the_dress_of_24_khz_is_kept_as_it_is() -> None:
    """Each of its samples three times."""
    narrow = tone.ulaw_decode(tone.ulaw_encode(noise(1, 300, 3300)[::3].astype(np.int16)))
    sound = narrow.astype("<i2").repeat(3).tobytes()
    assert KeptSound(sound).between(0, len(sound)).pcm() == sound


@native
def test_a_call_of_a_narrow_line_takes_a_sixth() -> None:
    """What the gateway itself makes of 8 kHz has nothing above it, whatever tick one looks at."""
    upsampler = LiveUpsampler()
    narrow = noise(3, 200, 3900)[::3].astype("<i2")
    sound = b"".join(upsampler.put(narrow[at : at + 160].tobytes()) for at in range(0, narrow.size, 160))
    kept = in_ticks(sound)
    for tick in range(0, len(sound), 960):
        kept.let_go(tick + 5)  # of six that a code stands for
        assert kept.start == tick


def test_a_part_is_where_it_was() -> None:
    """Whatever pieces it came in, and whatever was let go before it."""
    sound = pcm(noise(3, 300, 3300))
    kept = KeptSound()
    for at in range(0, len(sound), 7200):
        kept.put(sound[at : at + 7200])
    part = kept.between(48_000, 96_000)
    assert len(part) == 48_000
    assert off_by(sound[48_000:96_000], part.pcm()) < -30
    kept.let_go(24_000)
    assert (kept.start, kept.end) == (24_000, len(sound))
    assert off_by(sound[24_000:], kept.pcm()) < -30
    assert off_by(sound[48_000:96_000], kept.between(48_000, 96_000).pcm()) < -30
    assert off_by(sound[24_000:30_000], kept.between(-5, 30_000).pcm()) < -30
    assert off_by(sound[-6_000:], kept.between(len(sound) - 6_000, len(sound) + 5).pcm()) < -30
    assert len(kept.between(96_000, 48_000)) == len(kept.between(0, 24_000)) == 0


def test_all_of_it_may_be_let_go() -> None:
    """More than there is, too; a beginning is let go to the sample that is kept."""
    kept = KeptSound(pcm(noise(1, 300, 3300)))
    kept.let_go(20)
    assert 18 <= kept.start <= 20
    kept.let_go(10)
    assert 18 <= kept.start <= 20
    kept.let_go(1_000_000)
    assert (kept.start, len(kept), kept.pcm(), bool(kept)) == (48_000, 0, b"", False)
    kept.put(bytes(960))
    assert (kept.end, len(kept)) == (48_960, 960)


def test_no_more_is_kept_than_was_asked_for() -> None:
    """The last of it."""
    sound = pcm(noise(2, 300, 3300))
    kept = KeptSound(sound[:4_800], most=9_600)
    for at in range(4_800, len(sound), 1_000):
        kept.put(sound[at : at + 1_000])
    assert (kept.start, kept.end) == (len(sound) - 9_600, len(sound))
    assert off_by(sound[-9_600:], kept.pcm()) < -30


def test_what_does_not_fill_a_tick_is_as_it_came() -> None:
    """A moment of it: it is not worth the work yet."""
    kept = KeptSound()
    kept.put(b"\1\0" * 4800)
    kept.put(b"\3\0" * 50)
    kept.put(b"\5\0" * 50)
    assert kept.between(9600, 9800).pcm() == kept.pcm()[-200:] == b"\3\0" * 50 + b"\5\0" * 50


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


@native
def test_a_frame_has_samples() -> None:
    """Nobody can tell how loud less than one is."""
    with pytest.raises(ValueError, match="a frame has samples"):
        KeptSound(bytes(960)).loudness(2)


@pytest.mark.parametrize("samples", [0, 5, 6, 12_001])
def test_what_is_compared_is_averaged_by_six(samples: int) -> None:
    """Of whole steps, to the nearest of its codes' levels; numpy finds the same."""
    sound = np.random.default_rng(samples).integers(-32768, 32767, samples).astype("<i2")
    averages = sound[: samples // 6 * 6].reshape(-1, 6).astype(np.float64).mean(axis=1)
    for slower in (kept_sound.slower, kept_sound._slower):
        found = levels()[np.frombuffer(slower(sound.tobytes()), np.uint8)]
        assert found.size == averages.size
        assert (np.abs(found - averages) <= np.abs(averages) / 32 + 8).all()


def test_codes_have_the_levels_of_the_standard() -> None:
    """Those that other tests go by."""
    assert levels().tolist() == tone.ULAW_LEVELS.tolist()


def test_what_is_slow_has_codes_of_what_was_put_last() -> None:
    """As if it had come at once."""
    sound = pcm(noise(3, 300, 1700))
    kept = KeptSound(most=48_000, slow=True)
    for at in range(0, len(sound), 960):
        kept.put(sound[at : at + 960])
    assert kept.codes() == kept_sound.slower(sound[-48_000:])
    kept.let_go(kept.end)
    assert kept.codes() == b""
