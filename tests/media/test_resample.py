"""Resampling in Python: nothing lost, nothing late, nothing heard that was not said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.media.resample import MODEL_RATES, ItemResampler, LiveUpsampler, lowpass
from tests.equipment import tone


def resampled(sound: tone.Pcm, rate: int = 24_000) -> tone.Pcm:
    """An item in one part."""
    return np.frombuffer(ItemResampler(rate).feed(sound.tobytes(), last=True), "<i2")


@given(cuts=st.lists(st.integers(1, 9000), max_size=20), samples=st.integers(0, 12_000))
def test_parts_joined_are_the_item_resampled_as_a_whole(cuts: list[int], samples: int) -> None:
    """Wherever the model cuts its audio, be it in the middle of a sample; and a third of it, rounded up."""
    sound = (np.random.default_rng(samples).standard_normal(samples) * 5000).astype(np.int16)
    pcm, resampler, parts, start = sound.tobytes(), ItemResampler(), [], 0
    for cut in cuts:
        parts.append(resampler.feed(pcm[start : start + cut]))
        start += cut
    parts.append(resampler.feed(pcm[start:], last=True))
    joined = np.frombuffer(b"".join(parts), "<i2")
    assert len(joined) == -(-samples // 3)
    # A sum of floats taken in another order may round the other way.
    np.testing.assert_allclose(joined, resampled(sound), atol=1)


def test_holds_back_three_milliseconds_and_no_more() -> None:
    """An agent that speaks in real time, 20 ms after 20 ms, has no gaps after the first 3 ms."""
    resampler = ItemResampler()
    given_samples = [len(resampler.feed(bytes(960))) // 2 for _ in range(5)]
    assert given_samples == [136, 160, 160, 160, 160]


def test_begins_anew_after_the_end_of_an_item_and_after_a_reset() -> None:
    """The tail of one answer is never the head of the next."""
    resampler = ItemResampler()
    loud, soft = np.full(4801, 20_000, np.int16).tobytes(), np.zeros(2400, np.int16).tobytes()
    resampler.feed(loud, last=True)
    assert resampler.feed(soft, last=True) == bytes(1600)
    resampler.feed(loud + b"\0")
    resampler.reset()
    assert resampler.feed(soft, last=True) == bytes(1600)


def test_sample_0_stays_sample_0() -> None:
    """No delay is added: a click stays where it was."""
    click = np.zeros(2400, np.int16)
    click[1200] = 30_000
    assert resampled(click).argmax() == 400


@pytest.mark.parametrize("rate", MODEL_RATES)
@pytest.mark.parametrize("frequency", [300, 1000, 3400])
def test_keeps_the_telephone_band(rate: int, frequency: int) -> None:
    """Level within 0.2 dB, and nothing else 75 dB down."""
    got = resampled(tone.sine(frequency, 1000, rate=rate, level_db=-1), rate)[400:-400]
    assert tone.level_db(got) == pytest.approx(-4.01, abs=0.2)
    assert tone.share(got, frequency) > 1 - 10**-7.5


@pytest.mark.parametrize("frequency", [4400, 5000, 8000, 11_500])
def test_what_the_phone_cannot_carry_does_not_fold_back(frequency: int) -> None:
    """Alias products of a full tone lie below -80 dB, where 16 bits end."""
    assert tone.level_db(resampled(tone.sine(frequency, 500, rate=24_000, level_db=-1))[400:-400]) < -80


def test_clips_instead_of_wrapping_round() -> None:
    """A filter overshoots at full scale; a wrapped sample would be a crack."""
    square = np.where(np.arange(4800) // 60 % 2, 32_767, -32_768).astype(np.int16)
    got = resampled(square).astype(np.int32)
    assert np.abs(np.diff(got)).max() < 65_000
    assert np.sign(got[10::20]).tolist() == np.sign(square[30::60].astype(np.int32)).tolist()


def test_the_filter_is_flat_in_the_band_and_closed_beyond() -> None:
    """0.1 dB to 3.4 kHz, -80 dB from 4.4 kHz on, at every ratio."""
    for ratio in (2, 3, 6):
        response = 20 * np.log10(np.abs(np.fft.rfft(lowpass(ratio), 1 << 14)) + 1e-12)
        frequency = np.fft.rfftfreq(1 << 14, 1 / (8000 * ratio))
        assert np.abs(response[frequency <= 3400]).max() < 0.1
        assert response[frequency >= 4400].max() < -80


def test_refuses_a_rate_that_is_no_multiple() -> None:
    """Nobody's model speaks at 44 100 Hz; if one does, it is said at once."""
    with pytest.raises(ValueError, match="44100"):
        ItemResampler(44_100)


def test_the_live_upsampler_joins_its_ticks_without_a_seam() -> None:
    """Tick by tick is the same as one long tick."""
    sound = (np.random.default_rng(2).standard_normal(1600) * 5000).astype(np.int16)
    upsampler = LiveUpsampler()
    ticks = b"".join(upsampler.put(tick.tobytes()) for tick in np.split(sound, 10))
    whole = LiveUpsampler().put(sound.tobytes())
    np.testing.assert_allclose(np.frombuffer(ticks, "<i2"), np.frombuffer(whole, "<i2"), atol=1)
