"""A source that only sends INVITEs, beside people who talk: nobody notices but one line of the log."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.equipment.flood import flooding
from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump, is_loud
from tests.sip.conftest import needs_guard

pytestmark = needs_guard

TALKING = 5
FLOODER = "127.0.0.66"
HONEST = "127.0.0.2"


@pytest.fixture
def gateway(local_server: LocalServer) -> Iterator[Gateway]:
    """A gateway of its own, whose agents do not stop talking."""
    plans = {"tone": agent("100", local_server.url, voice="tone-440-60s")}
    with Gateway(plans, "--no-local", env={"GATEWAY_DRAIN_SECONDS": "0"}) as running:
        yield running


async def talking(phone: Phone) -> Call:
    """Make a call, and hear its agent."""
    call = phone.call("100")
    await call.answered()
    await call.hears_sound()
    return call


def invites(gateway: Gateway, source: str) -> int:
    """Count the calls of a source that the gateway took."""
    return sum(str(line["source"]).startswith(f"{source}:") for line in gateway.events("call.started"))


async def test_two_thousand_invites_a_second_from_one_source(gateway: Gateway, pump: Pump) -> None:
    """Ten are let in; agents go on, others are answered, and memory and log stay small."""
    async with Phone(gateway.sip, pump) as phone, Phone(gateway.sip, pump, host=HONEST) as other:
        calls = [await talking(phone) for _ in range(TALKING)]
        before = gateway.rss_kb(), [len(call.media.packets) for call in calls]
        with flooding(gateway.sip[1], source=FLOODER, rate=2000, seconds=4) as flooder:
            while flooder.running:
                await (await talking(other)).hang_up()
                await asyncio.sleep(0.5)
        for call, heard in zip(calls, before[1], strict=True):
            assert not call.over
            assert all(is_loud(packet) for packet in call.media.packets[heard:])
            assert call.media.lost() == 0
            await call.hang_up()
        assert other.retransmissions == 0
    assert invites(gateway, FLOODER) == 10
    assert gateway.rss_kb() - before[0] < 60 * 1024
    told = await gateway.said("sip.invites_turned_away")
    assert told["most_of"][FLOODER] > 500
    assert len(gateway.events("sip.invites_turned_away")) <= 2
