from __future__ import annotations

import numpy as np
import pytest

from gateway.realtime.sample_rates import RATES, RateConverter, RateListener, RateSpeaker
from tests.equipment import tone


@pytest.mark.parametrize("rate_in", RATES)
@pytest.mark.parametrize("rate_out", RATES)
def test_a_tone_keeps_its_pitch_and_its_length(rate_in: int, rate_out: int) -> None:
    """Between all rates, in pieces that end in the middle of a sample: as high, as loud, as long."""
    sent = tone.sine(1000, 500, rate=rate_in, fade_ms=20)
    converter, raw = RateConverter(rate_in, rate_out), sent.tobytes()
    got = np.frombuffer(b"".join(converter.put(raw[at : at + 377]) for at in range(0, len(raw), 377)), "<i2")
    assert abs(got.size - sent.size * rate_out / rate_in) <= 1
    middle = got[rate_out // 10 : rate_out // 10 * 4]
    assert tone.share(middle, 1000, rate=rate_out) > 0.99
    assert abs(tone.level_db(middle) - tone.level_db(sent[rate_in // 10 : rate_in // 10 * 4])) < 0.5
    assert tone.clicks(got, rate=rate_out) == []


@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_what_is_too_high_for_the_narrower_side_is_not_heard_as_something_else(rate: int) -> None:
    """A tone beyond half of the lower rate would come back as another one."""
    sent = tone.sine(rate * 0.6, 500, rate=24_000)
    got = np.frombuffer(RateSpeaker(rate).encode(sent.tobytes()), "<i2")
    assert tone.level_db(got[rate // 10 :]) < tone.level_db(sent) - 60


def test_each_item_begins_anew() -> None:
    """The end of one sentence does not sound in the next."""
    listener = RateListener(16_000)
    listener.decode("a", np.full(1600, 20_000, "<i2").tobytes())
    assert not any(listener.decode("b", bytes(3200)))


def test_small_pieces_are_one_stream() -> None:
    """Single samples give what the whole gives."""
    noise = np.random.default_rng(1).normal(0, 3000, 900).astype("<i2").tobytes()
    whole, parts = RateConverter(48_000, 16_000), RateConverter(48_000, 16_000)
    assert b"".join(parts.put(noise[at : at + 2]) for at in range(0, len(noise), 2)) == whole.put(noise)
