"""A call that is made for a caller: waited for, and never left behind."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from gateway.call import (
    Announcement,
    Answered,
    Destination,
    Dial,
    Ending,
    HangUp,
    LegEnded,
    Party,
    Reason,
    Result,
)
from gateway.calls.actions.prompter import LegGone
from gateway.calls.actions.second_leg import NOT_NEEDED, beside, dialled, first_over
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.equipment.services import FakeServices

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
DIAL = Dial(Destination("200", "pbx"), Party("+15551230001"))


async def test_who_is_not_kept_is_hung_up() -> None:
    """Also where what they were wanted for breaks."""
    desk = FakeServices()
    desk.there = [Answered()]
    async with desk.services() as services:
        made_for = Call(ScriptedLeg())
        with suppress(ZeroDivisionError):
            async with dialled(services, DIAL, made_for) as leg:
                await leg.answered()
                raise ZeroDivisionError
        assert desk.dialled == [DIAL]
        assert desk.legs[0].orders == [HangUp(NOT_NEEDED)]


async def test_who_is_kept_stays() -> None:
    """They are somebody else's then, with all that happened."""
    desk = FakeServices()
    desk.there = [Answered()]
    async with desk.services() as services:
        async with dialled(services, DIAL, Call(ScriptedLeg())) as leg:
            await leg.answered()
            await leg.hears(Announcement(b"\0\0"))
            second = leg.keep()
        assert not second.over
        assert HangUp not in {type(order) for order in desk.legs[0].orders}


async def test_who_does_not_answer_tells_why() -> None:
    """By the ending of their call; nobody is hung up who is gone."""
    desk = FakeServices()
    busy = Ending(Result.FAILED, Reason.SIGNALLING_FAILED, 486)
    desk.there = [LegEnded(busy)]
    async with desk.services() as services, dialled(services, DIAL, Call(ScriptedLeg())) as leg:
        with pytest.raises(LegGone) as gone:
            await leg.answered()
    assert gone.value.ending == busy
    assert desk.legs[0].orders == []


async def test_something_is_made_while_it_rings() -> None:
    """What nobody waits for any more is not made to its end."""
    rung = asyncio.Event()

    async def make() -> Announcement:
        rung.set()
        return Announcement(b"words")

    async def never() -> Announcement:
        await asyncio.Event().wait()
        return Announcement()

    async def fails() -> None:
        raise LegGone(GONE)

    async def wait() -> None:
        await rung.wait()

    assert await beside(make(), wait()) == Announcement(b"words")
    with pytest.raises(LegGone):
        await beside(never(), fails())


async def test_the_first_end_counts() -> None:
    """The other is waited for no more."""

    async def now() -> Ending:
        return GONE

    async def never() -> Ending:
        await asyncio.Event().wait()
        return NOT_NEEDED

    assert await first_over(now(), never()) == (True, GONE)
    assert await first_over(never(), now()) == (False, GONE)
