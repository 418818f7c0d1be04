"""A line that sends back what comes: nobody is there, and the agent must not go on talking to itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.equipment.programs import Gateway, LocalServer, agent
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.whole_calls.conftest import hang_up_all

QUICK = {"turn_detection": {"silence_duration_ms": 200}}


@pytest.fixture(scope="module")
def house(local_server: LocalServer) -> Iterator[Gateway]:
    """An agent that falls silent when its caller speaks, and one that does not."""
    plans = {
        "yields": agent("100", local_server.url, voice="tone-440-900ms", agent=QUICK),
        "goes-on": agent(
            "101", local_server.url, voice="tone-660-900ms", agent=QUICK, barge_in={"enabled": False}
        ),
    }
    with Gateway(plans, "--no-local") as running:
        yield running


@pytest.fixture
async def caller(house: Gateway, pump: Pump) -> AsyncIterator[Phone]:
    async with Phone(house.sip, pump) as phone:
        yield phone
        await hang_up_all(phone, house)


@pytest.mark.parametrize(("number", "packets"), [("100", 10), ("101", 3)])
async def test_an_agent_does_not_talk_to_itself(
    caller: Phone, house: Gateway, number: str, packets: int
) -> None:
    """Four times in a row its own words have come back: the call is ended, and the log says why."""
    call = caller.call(number)
    await call.answered()
    call.media.echoes_after = packets
    await call.ended(20)
    line = await house.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"], line["status"]) == ("completed", "echo", 200)
