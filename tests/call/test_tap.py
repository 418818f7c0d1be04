"""The contract of a tap: its values."""

from __future__ import annotations

import pytest

from gateway.call import TapBlock


@pytest.mark.parametrize("rate", [8000, 16000, 48000])
def test_a_block_knows_how_long_it_is(rate: int) -> None:
    """Two channels of 16 bits: so many ticks of 20 ms."""
    assert TapBlock(tick=7, rate=rate, pcm=bytes(4 * rate // 50 * 3)).ticks == 3
