"""Calls too many for the machine are refused at the door, whatever Python is doing."""

from __future__ import annotations

import pytest

from gateway.call import Answer
from gateway.source_limits import SourceLimits
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard


async def test_as_many_come_in_as_there_is_room_for(sip: Exchange, phone: Phone) -> None:
    """One more gets 503 with Retry-After and is never rung in; who is up goes on, and a word makes room."""
    guard = sip.agent.beat.guard
    assert guard is not None
    guard.admit(1, False)
    talking, _ = await sip.answered(phone)
    refusal = await phone.call("100").final()
    assert (refusal.status, refusal.header("Retry-After")) == (503, "5")
    assert sip.quiet
    assert guard.refused_for_load() == 1
    assert guard.refused_for_load() == 0
    assert (await phone.ask("OPTIONS")).status == 200
    assert (await talking.request("OPTIONS")).status == 200
    heard = len(talking.media.packets)
    await talking.hears(lambda: len(talking.media.packets) > heard + 5, "sound as before")
    guard.admit(5, False)
    late = phone.call("100")
    (await sip.leg()).leg.execute(Answer())
    assert (await late.answered()).status == 200


@pytest.mark.parametrize("full", [False, True])
async def test_a_balancer_is_told(sip: Exchange, phone: Phone, full: bool) -> None:
    """OPTIONS is 503 with Retry-After for as long as the machine is full."""
    guard = sip.agent.beat.guard
    assert guard is not None
    guard.admit(0, full)
    answer = await phone.ask("OPTIONS")
    assert (answer.status, answer.header("Retry-After")) == ((503, "5") if full else (200, ""))
    guard.admit(-1, False)
    assert (await phone.ask("OPTIONS")).status == 200


async def test_everybody_is_told_of_a_machine_that_is_full(pump: Pump) -> None:
    """However many calls of one address: none is left without an answer for those before it."""
    async with exchange(sources=SourceLimits(refusals=5)) as full, Phone(full.address, pump) as trunk:
        guard = full.agent.beat.guard
        assert guard is not None
        guard.admit(0, True)
        told = [(await trunk.call("100").final()).status for _ in range(40)]
        assert told == [503] * 40
        assert full.quiet
