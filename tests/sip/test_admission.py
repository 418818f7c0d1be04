"""Calls too many for the machine are refused at the door, whatever Python is doing."""

from __future__ import annotations

import pytest

from gateway.call import Answer
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, needs_guard

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
