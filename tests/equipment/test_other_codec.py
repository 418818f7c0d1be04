"""The far end's codecs keep what they are given."""

from __future__ import annotations

from typing import Literal

import pytest

from tests.equipment import tone
from tests.equipment.other_codec import RATE, OtherCodec


@pytest.mark.parametrize("name", ["g722", "opus"])
def test_a_tone_comes_through(name: Literal["g722", "opus"]) -> None:
    """Its level within half a decibel, in packets of 20 ms."""
    codec = OtherCodec(name)
    packets = codec.packets(tone.sine(1000, 1000, rate=RATE, level_db=-20))
    assert len(packets) in (50, 49)
    heard = codec.heard(packets)
    middle = heard[len(heard) // 4 : -len(heard) // 4]
    assert tone.level_db(middle) == pytest.approx(-23.0, abs=0.5)
