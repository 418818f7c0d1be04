"""INVITEs at the door, on the wire: who is let in, who waits, who is refused, and what he is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from ipaddress import ip_network

import pytest

from gateway.call import Answer, Ending, HangUp, Reason, Result, Ring
from gateway.sip.leg import SipLeg
from gateway.source_limits import SourceLimits
from tests.equipment import wire_sip
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_sip import Message
from tests.equipment.wire_transport import Transaction
from tests.sip.conftest import Exchange, exchange, needs_guard

pytestmark = needs_guard

TWO = SourceLimits(unacked=2, refusals=5)
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
NEIGHBOUR = "127.0.0.2"


@pytest.fixture
async def strict() -> AsyncIterator[Exchange]:
    """An agent that takes two calls of a source without an ACK."""
    async with exchange(sources=TWO) as running:
        yield running


@pytest.fixture
async def caller(strict: Exchange, pump: Pump) -> AsyncIterator[Phone]:
    """A phone that knows it."""
    async with Phone(strict.address, pump) as ready:
        yield ready


def ring(phone: Phone, *, acks: bool = True) -> Call:
    """Call; without ACKs if so told."""
    call = phone.call("100", invite=False)
    call.acks = acks
    call.invite()
    return call


async def never_acknowledged(exchange_: Exchange, phone: Phone, count: int = 2) -> list[Call]:
    """Have so many calls answered that are not acknowledged."""
    calls = [ring(phone, acks=False) for _ in range(count)]
    for call in calls:
        (await exchange_.leg()).leg.execute(Answer())
        assert (await call.final()).status == 200
    return calls


async def test_a_call_too_many_is_refused_soon(strict: Exchange, caller: Phone) -> None:
    """503 with Retry-After, once the ACKs of the others are overdue; nobody is rung in."""
    await never_acknowledged(strict, caller)
    told = await ring(caller).final()
    assert (told.status, told.header("Retry-After")) == (503, "5")
    assert strict.quiet
    assert len(strict.agent.legs) == 2


async def test_a_call_too_many_waits_for_the_acks_of_the_others(strict: Exchange, caller: Phone) -> None:
    """A burst of callers who acknowledge is let in bit by bit; none is refused, none is sent again."""
    calls = [ring(caller) for _ in range(8)]
    legs: list[SipLeg] = []
    while len(legs) < 8:
        legs.append((await strict.leg()).leg)
        legs[-1].execute(Answer())
    assert [(await call.answered()).status for call in calls] == [200] * 8
    assert caller.retransmissions == 0


async def test_whoever_waits_is_let_in_with_all_that_he_sent(strict: Exchange, caller: Phone) -> None:
    """His INVITE goes on where it was: the same call, its headers and its offer."""
    calls = await never_acknowledged(strict, caller)
    third = caller.call("100", headers=[("X-Third", "yes")])
    for call in calls:
        call.acknowledge(call.messages[-1])
    leg = await strict.leg()
    assert (leg.leg.info.headers["x-third"], leg.leg.info.sip_call_id) == ("yes", third.call_id)
    leg.leg.execute(Answer())
    assert wire_sip.read_sdp((await third.answered()).body).codec == wire_sip.PCMU


async def test_whoever_waits_can_leave(strict: Exchange, caller: Phone) -> None:
    """CANCEL gets 200 and the INVITE 487 (RFC 3261 section 9.2); he is not rung in later."""
    calls = [ring(caller, acks=False) for _ in range(2)]
    legs = [await strict.leg() for _ in calls]
    third = ring(caller)
    assert (await third.cancel()).status == 200
    assert (await third.final()).status == 487
    for leg, call in zip(legs, calls, strict=True):
        leg.leg.execute(Answer())
        call.acknowledge(await call.final())
    (fourth := ring(caller)).acks = True
    leg = await strict.leg()
    assert leg.leg.info.sip_call_id == fourth.call_id


async def test_nobody_waits_for_a_caller_who_rings_on(strict: Exchange, caller: Phone) -> None:
    """After two seconds at most he is told to come back later."""
    for _ in range(2):
        ring(caller)
        (await strict.leg()).leg.execute(Ring())
    assert (await ring(caller).final()).status == 503


async def test_a_retransmission_is_no_other_call(strict: Exchange, caller: Phone) -> None:
    """Of an INVITE that was let in, and of one that waits: each counts once and is answered once."""
    calls = [ring(caller, acks=False) for _ in range(3)]
    legs = [await strict.leg() for _ in range(2)]
    for call in calls:
        for _ in range(3):
            caller.send(call._inviting().request)
    for leg, call in zip(legs, calls, strict=False):
        leg.leg.execute(Answer())
        call.acknowledge(await call.final())
    third = await strict.leg()
    assert third.leg.info.sip_call_id == calls[2].call_id
    third.leg.execute(HangUp(BUSY))
    assert (await calls[2].final()).status == 486
    assert strict.quiet


async def test_a_refusal_that_is_acknowledged_makes_room(strict: Exchange, caller: Phone) -> None:
    """A wrong number is no crime."""
    for _ in range(4):
        call = ring(caller)
        (await strict.leg()).leg.execute(HangUp(BUSY))
        assert (await call.final()).status == 486


async def test_refusals_beyond_the_rate_are_not_answered(strict: Exchange, caller: Phone, pump: Pump) -> None:
    """A flood gets five answers a second; others are answered as always, and so is he later."""
    await never_acknowledged(strict, caller)
    async with Phone(strict.address, pump) as flooder:
        await asyncio.sleep(0.6)  # the ACKs are overdue then
        for _ in range(400):
            flooder.send(invite(flooder))
        told = [(await flooder.stray()).status for _ in range(5)]
        async with Phone(strict.address, pump, host=NEIGHBOUR) as neighbour:
            call = ring(neighbour)
            (await strict.leg()).leg.execute(Answer())
            assert (await call.answered()).status == 200
        assert told == [503] * 5
        assert len(flooder.received) <= 10
        assert (await ring(flooder).final()).status == 503


def invite(phone: Phone) -> Message:
    """Make an INVITE of its own call."""
    return phone.request("INVITE")


async def test_an_exempt_source_is_not_bounded(pump: Pump) -> None:
    """As a load generator or a proxy for many: by network, while its neighbours are."""
    limits = SourceLimits(unacked=1, refusals=5, exempt=(ip_network("127.0.0.2/31"),))
    async with (
        exchange(sources=limits) as running,
        Phone(running.address, pump, host=NEIGHBOUR) as exempt,
        Phone(running.address, pump, host="127.0.0.4") as other,
    ):
        await never_acknowledged(running, exempt, 6)
        await never_acknowledged(running, other, 1)
        assert (await ring(other).final()).status == 503


async def test_a_call_over_tcp_is_held_like_any(strict: Exchange, pump: Pump) -> None:
    """A connection more is no other source, and a refusal comes over the connection that asked."""
    async with (
        Phone(strict.address, pump, transport="tcp") as one,
        Phone(strict.address, pump, transport="tcp") as other,
    ):
        await never_acknowledged(strict, one)
        assert (await ring(other).final()).status == 503


async def test_leaving_with_callers_who_wait(pump: Pump) -> None:
    """The agent closes as always; nothing of theirs is kept."""
    async with exchange(sources=TWO) as running, Phone(running.address, pump) as phone:
        for _ in range(2):
            ring(phone)
            (await running.leg()).leg.execute(Ring())
        for _ in range(5):
            ring(phone)
        assert (await phone.ask("OPTIONS")).status == 200


async def test_the_same_call_by_another_way(strict: Exchange, caller: Phone) -> None:
    """A forked INVITE that meets itself here is told so (RFC 3261 section 8.2.2.2), and counts once."""
    call = ring(caller)
    leg = await strict.leg()
    first = call._inviting().request
    branch = f";branch={first.branch}"
    headers = [(n, v.replace(branch, ";branch=z9hG4bKother") if n == "Via" else v) for n, v in first.headers]
    merged: Transaction = caller.transact(Message(first.start, headers, first.body))
    assert (await merged.final()).status == 482
    leg.leg.execute(Answer())
    assert (await call.answered()).status == 200
    assert strict.quiet
