"""A new offer that overtakes the ACK of the last one, as behind a proxy of several processes."""

from __future__ import annotations

import asyncio

from gateway.call import Answer, Answered, Held, Resumed
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, Listening, needs_guard

pytestmark = needs_guard


async def overtaking(call: Call, direction: str) -> int:
    """Offer anew, acknowledge what was accepted before only then; return the status of the answer."""
    accepted = next(one for one in reversed(call.messages) if one.status == 200 and one.method == "INVITE")
    call.acks = True
    call.invite(direction=direction)
    await asyncio.sleep(0.05)
    call.acknowledge(accepted)
    return (await call.final()).status


async def unacknowledged(sip: Exchange, phone: Phone) -> tuple[Call, Listening]:
    """A call whose 200 the phone has, and has not acknowledged."""
    call = phone.call("100")
    call.acks = False
    leg = await sip.leg()
    leg.leg.execute(Answer())
    await call.final()
    return call, leg


async def test_it_waits_for_the_ack_of_the_call(sip: Exchange, phone: Phone) -> None:
    """Then it is taken, as if it had come after it."""
    call, leg = await unacknowledged(sip, phone)
    assert await overtaking(call, "sendonly") == 200
    assert isinstance(await leg.fact(), Answered)
    assert isinstance(await leg.fact(), Held)


async def test_it_waits_for_the_ack_of_another_offer(sip: Exchange, phone: Phone) -> None:
    """A hold, and its end that comes before the ACK of the hold."""
    call, leg = await sip.answered(phone)
    call.acks = False
    call.invite(direction="sendonly")
    await call.final()
    assert await overtaking(call, "sendrecv") == 200
    assert isinstance(await leg.fact(), Held)
    assert isinstance(await leg.fact(), Resumed)


async def test_what_is_sent_again_is_the_same(sip: Exchange, phone: Phone) -> None:
    """Two copies of it wait as one, which is answered once."""
    call, leg = await unacknowledged(sip, phone)
    accepted = next(one for one in call.messages if one.status == 200)
    assert call.local_sdp is not None
    request = call.make("INVITE", body=call.local_sdp.changed(direction="sendonly").write())
    transaction = phone.transact(request)
    phone.send(request)
    await asyncio.sleep(0.05)
    call.acknowledge(accepted)
    assert (await transaction.final()).status == 200
    assert isinstance(await leg.fact(), Answered)
    assert isinstance(await leg.fact(), Held)


async def test_ack_that_does_not_come_is_not_waited_for(sip: Exchange, phone: Phone) -> None:
    """491 then (RFC 5407 section 3.1.5), and the call goes on when the ACK is there after all."""
    call, leg = await unacknowledged(sip, phone)
    accepted = next(one for one in call.messages if one.status == 200)
    call.invite(direction="sendonly")
    assert (await call.final()).status == 491
    call.acknowledge(accepted)
    assert isinstance(await leg.fact(), Answered)
