"""The ear of the tests is tested first: what it hears is what was made."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.equipment import tone

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # audioop leaves the library in 3.13
    audioop = pytest.importorskip("audioop")

EVERY_SAMPLE = np.arange(-32768, 32768).astype(np.int16)


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_g711_decodes_like_the_standard_library(law: str) -> None:
    """Each of the 256 codes has the level that CPython's own tables give it."""
    codes = bytes(range(256))
    theirs = np.frombuffer(getattr(audioop, f"{law}2lin")(codes, 2), np.int16)
    assert np.array_equal(getattr(tone, f"{law}_decode")(codes), theirs)


@pytest.mark.parametrize("law", ["ulaw", "alaw"])
def test_g711_encodes_to_the_nearest_level(law: str) -> None:
    """A sample comes back no farther away than any other encoder would bring it."""
    encode, decode = getattr(tone, f"{law}_encode"), getattr(tone, f"{law}_decode")
    ours = np.abs(decode(encode(EVERY_SAMPLE)).astype(int) - EVERY_SAMPLE)
    codes = getattr(audioop, f"lin2{law}")(EVERY_SAMPLE.tobytes(), 2)
    theirs = np.abs(decode(codes).astype(int) - EVERY_SAMPLE)
    assert (ours <= theirs).all()


def test_a_tone_survives_g711() -> None:
    """A sine put through mu-law keeps nearly all energy at its frequency and none elsewhere."""
    heard = tone.ulaw_decode(tone.ulaw_encode(tone.sine(440, 1000)))
    assert tone.share(heard, 440) > 0.99
    assert tone.share(heard, 523) < 0.001


def test_silence_has_no_tone() -> None:
    """Nothing is found in silence, and its level is very low."""
    assert tone.share(tone.silence(500), 440) == 0
    assert tone.tones(tone.silence(500)) == []
    assert tone.tones(tone.sine(30, 500)) == []
    assert tone.level_db(tone.silence(500)) == -120
    assert tone.spans(tone.silence(500)) == []


def test_two_tones_share_the_energy() -> None:
    """Two callers on one line are both heard, each with its half."""
    both = tone.sine(400, 1000, level_db=-12) + tone.sine(900, 1000, level_db=-12)
    assert tone.share(both, 400) == pytest.approx(0.5, abs=0.02)
    assert tone.share(both, 900) == pytest.approx(0.5, abs=0.02)
    assert tone.tones(both) == []


def test_tones_are_found_where_they_are() -> None:
    """A sequence of tones is told apart in frequency and in time."""
    pcm = tone.join([tone.silence(300), tone.sine(440, 600), tone.silence(240), tone.sine(660, 480)])
    first, second = tone.tones(pcm)
    assert first.frequency == pytest.approx(440, abs=3)
    assert second.frequency == pytest.approx(660, abs=3)
    assert (first.start_ms, first.end_ms) == (300, 900)
    assert (second.start_ms, second.end_ms) == (1140, 1620)


def test_spans_join_short_pauses_only() -> None:
    """A pause between syllables does not split a sentence; a pause between sentences does."""
    pcm = tone.join([tone.sine(440, 200), tone.silence(50), tone.sine(440, 200), tone.silence(300)])
    assert tone.spans(tone.join([pcm, pcm])) == [tone.Span(0, 450), tone.Span(750, 1200)]
    assert tone.sound_ms(pcm) == 400
    assert tone.longest_silence_ms(pcm) == 300


@pytest.mark.parametrize("frequency", [220, 440, 1000, 2500])
def test_a_hard_cut_clicks_and_a_fade_does_not(frequency: int) -> None:
    """A tone cut at full level is heard as a click; the same tone with a 5 ms fade is not."""
    quarter = 1000 / frequency / 4
    cut = tone.join([tone.sine(frequency, 200 + quarter), tone.silence(200)])
    faded = tone.join([tone.sine(frequency, 200 + quarter, fade_ms=5), tone.silence(200)])
    assert any(at == pytest.approx(200, abs=3) for at in tone.clicks(cut))
    assert tone.clicks(tone.ulaw_decode(tone.ulaw_encode(faded))) == []


def test_a_lost_frame_clicks() -> None:
    """A stream with a frame missing jumps in phase, and the jump is found."""
    whole = tone.sine(450, 400, fade_ms=5)
    broken = np.delete(whole, slice(1600, 1640))
    assert tone.clicks(tone.ulaw_decode(tone.ulaw_encode(whole))) == []
    assert [at for at in tone.clicks(broken) if abs(at - 200) < 3]


def test_pink_noise_has_as_much_power_in_each_octave() -> None:
    """At a level of 1, none below 50 Hz, and the same each time."""
    noise = tone.pink_noise(32_000)
    power = np.abs(np.fft.rfft(noise)) ** 2
    octaves = [power[low * 4 : low * 8].sum() for low in (100, 200, 400, 800, 1600)]
    assert max(octaves) < 1.3 * min(octaves)
    assert power[: 4 * 49].sum() < 1e-6 * power.sum()
    assert np.sqrt(np.mean(noise**2)) == pytest.approx(1)
    assert np.array_equal(noise, tone.pink_noise(32_000))
