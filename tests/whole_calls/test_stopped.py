"""A gateway that was stopped for a while, and goes on."""

from __future__ import annotations

import asyncio

import pytest

from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Sdp

LONG_S = 2.3
"""After which nobody waits for an answer any more (`stale.cpp`)."""


@pytest.mark.native
async def test_who_went_elsewhere_meanwhile_is_not_answered(local_server: LocalServer, pump: Pump) -> None:
    """Who has just come is, or who still asks."""
    plans = {"tone": agent("100", local_server.url)}
    with Gateway(plans, "--no-local") as gateway:
        async with Phone(gateway.sip, pump) as phone:
            call = phone.call("100")
            await call.answered()
            await call.hang_up()
            body = Sdp(*call.media.local).write()
            with gateway.halted():
                phone.send(phone.request("INVITE", headers=[("Content-Type", "application/sdp")], body=body))
                await asyncio.sleep(LONG_S)  # what is tried is an age
                waits = phone.call("100")
            await waits.answered()
            await waits.hang_up()
            assert (await gateway.said("sip.read_late"))["calls"] == 1
            await gateway.said("call.ended", sip_call_id=waits.call_id)
            assert phone._strays.empty()  # not even a 100, which would have come before
            assert len(gateway.events("call.started")) == 2
