"""An edge hears each second that a call is still being set up; nobody else does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from gateway.call import Ending, HangUp, Reason, Result, Ring
from tests.equipment import patience
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

EDGE, PHONE = "127.0.0.99", "127.0.0.1"
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)


@pytest.fixture
async def guarded() -> AsyncIterator[Exchange]:
    """An agent with one edge."""
    async with exchange(edges=(ip_network(EDGE),)) as running:
        yield running


def tryings(call: Call) -> int:
    """Return how many 100 have come."""
    return sum(message.status == 100 for message in call.messages)


async def until(call: Call, count: int) -> None:
    """Wait for so many of them."""
    async with patience.within(8):
        while tryings(call) < count:  # noqa: ASYNC110 - what comes before an answer is no news
            await asyncio.sleep(0.02)


async def test_100_comes_again_until_there_is_an_answer(guarded: Exchange, pump: Pump) -> None:
    """Also while it rings, and never behind the answer; a call from elsewhere hears it once."""
    async with Phone(guarded.address, pump, host=EDGE) as edge, Phone(guarded.address, pump) as phone:
        call, other = edge.call("100"), phone.call("100")
        legs = [(await guarded.leg()).leg for _ in range(2)]
        await until(call, 2)
        for leg in legs:
            leg.execute(Ring())
        await call.progress(180)
        await until(call, tryings(call) + 1)
        for leg in legs:
            leg.execute(HangUp(BUSY))
        assert (await call.final()).status == 486
        before = tryings(call)
        await asyncio.sleep(1.2)
        assert tryings(call) == before
        assert tryings(other) == 1


async def test_a_call_that_is_cancelled(guarded: Exchange, pump: Pump) -> None:
    """487 is an answer as well."""
    async with Phone(guarded.address, pump, host=EDGE) as edge:
        call = edge.call("100")
        await guarded.leg()
        await until(call, 2)
        assert (await call.cancel()).status == 200
        assert (await call.final()).status == 487
        before = tryings(call)
        await asyncio.sleep(1.2)
        assert tryings(call) == before
