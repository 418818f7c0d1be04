"""Calls' RTP ports, in real calls: a port that is given back rests, over all accounts."""

from __future__ import annotations

import pytest

from gateway.call import LegEnded
from tests.equipment import ports, tone
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import exchange

pytestmark = pytest.mark.native


async def test_a_call_does_not_hear_the_one_before(pump: Pump) -> None:
    """Four calls one after another have four ports; what comes late for the first, nobody hears."""
    low, _ = ports.free_range(10)
    async with exchange(rtp_low=low, rtp_high=low + 7) as sip, Phone(sip.address, pump) as phone:
        used = []
        for _ in range(4):
            call, leg = await sip.answered(phone)
            assert call.media.remote is not None
            used.append(call.media.remote[1])
            await call.hang_up()
            assert isinstance(await leg.fact(), LegEnded)
        assert used == [low, low + 2, low + 4, low + 6]
        call, leg = await sip.answered(phone)
        assert call.media.remote == ("127.0.0.1", low)
        call.media.say(tone.sine(440, 300))
        await call.hears(lambda: len(leg.heard) > 20_000, "the caller")


async def test_all_ports_may_be_in_use_and_the_last_one_that_came_free_is_taken(pump: Pump) -> None:
    """Two fit, and a third after one of them is over; the one that is still up is passed over."""
    low, _ = ports.free_range(6)
    async with exchange(rtp_low=low, rtp_high=low + 3) as sip, Phone(sip.address, pump) as phone:
        _, _ = await sip.answered(phone)
        for _ in range(3):
            call, leg = await sip.answered(phone)
            assert call.media.remote == ("127.0.0.1", low + 2)
            await call.hang_up()
            assert isinstance(await leg.fact(), LegEnded)
