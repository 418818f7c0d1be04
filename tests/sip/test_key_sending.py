"""Keys go as a trunk wants them, or as the far end has said that it takes them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.call import Answered, SendDigits
from gateway.sip.trunk_keys import TrunkKeys
from tests.equipment import patience
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Listening, exchange, needs_guard

pytestmark = needs_guard

EVENT = 101


async def pressed(pump: Pump, *, dtmf: str, events: bool) -> tuple[Call, Phone]:
    """Have the gateway ring a phone over a trunk, and press 5 when it has answered."""
    trunk = TrunkKeys.model_validate({"peers": ["127.0.0.1"], "keepalive": "off", "dtmf": dtmf})
    async with exchange(trunks={"pbx": trunk}) as running, Phone(running.address, pump) as phone:
        leg = Listening(running.agent.dial(f"sip:desk@127.0.0.1:{phone.local[1]}", trunk="pbx"))
        call = await phone.incoming()
        call.takes_events = events
        await call.accept()
        while not isinstance(await leg.fact(), Answered):
            pass
        leg.leg.execute(SendDigits("5"))
        async with patience.within(5):
            await pump.until(lambda: any(_infos(phone)) or any(_events(call)), "a key")
        await asyncio.sleep(0.2)  # another way would show by now
        return call, phone


def _infos(phone: Phone) -> list[bytes]:
    return [message.body for message in phone.received if message.method == "INFO" and not message.status]


def _events(call: Call) -> list[Any]:
    return [packet for packet in call.media.packets if packet.payload_type == EVENT]


@pytest.mark.parametrize(
    ("dtmf", "events", "as_info"),
    [("auto", True, False), ("auto", False, True), ("info", True, True), ("rfc4733", True, False)],
)
async def test_a_key_goes_one_way(pump: Pump, dtmf: str, events: bool, as_info: bool) -> None:
    """In the audio, or as INFO; never both."""
    call, phone = await pressed(pump, dtmf=dtmf, events=events)
    assert bool(_infos(phone)) is as_info
    assert bool(_events(call)) is not as_info
    if as_info:
        assert b"Signal=5" in _infos(phone)[0].replace(b" ", b"")
