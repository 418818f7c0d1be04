"""Keys as sound: two tones, as loud as they were asked for."""

from __future__ import annotations

import pytest

from tests.equipment import tone
from tests.equipment.keys import OVERLOAD_DBM0, key, keys


def test_a_key_is_two_tones_at_a_level() -> None:
    """A sine of full scale is 3.14 dBm0, and 3 dB below full scale in the mean."""
    five = key("5", 500, dbm0=-25)
    assert tone.level_db(five) == pytest.approx(-25 - OVERLOAD_DBM0 - 3.01, abs=0.1)
    assert tone.share(five, 770) == pytest.approx(0.5, abs=0.05)
    assert tone.share(five, 1336) == pytest.approx(0.5, abs=0.05)


def test_twist_is_the_high_tones() -> None:
    """6 dB: four times the power."""
    five = key("5", 500, twist_db=6)
    assert tone.share(five, 1336) / tone.share(five, 770) == pytest.approx(4, rel=0.1)


def test_keys_stand_apart() -> None:
    """50 ms each, 50 between."""
    assert [span.ms for span in tone.spans(keys("12"), join_ms=0)] == [50, 50]
