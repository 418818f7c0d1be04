"""A REFER of ours, and what a far side makes of it; seen from a phone on the wire."""

from __future__ import annotations

import pytest

from gateway.call import (
    TRANSFERRED,
    Answered,
    Ending,
    HangUp,
    LegEnded,
    Reason,
    Refer,
    ReferProgress,
    Result,
    Ringing,
    read_destination,
)
from tests.equipment.referred import asked, notify
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, Listening

DESK = read_destination("sip:200@127.0.0.1:5999")
OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


@pytest.mark.parametrize("status", [200, 486])
async def test_what_becomes_of_it_is_told(sip: Exchange, phone: Phone, status: int) -> None:
    """That it was agreed to, that it rings, and how it came out; the call is up until we end it."""
    phone.answers["REFER"] = 202
    call, leg = await sip.answered(phone)
    leg.leg.execute(Refer(DESK))
    request = await asked(call)
    assert request.header("Refer-To") == f"<{DESK.uri}>"
    assert await leg.fact() == ReferProgress(100)
    assert [await notify(call, told) for told in (180, status)] == [200, 200]
    assert [await leg.fact(), await leg.fact()] == [ReferProgress(180), ReferProgress(status)]
    assert not call.over
    leg.leg.execute(HangUp(OURS))
    assert await leg.fact() == LegEnded(OURS)


@pytest.mark.native  # portable mode answers OPTIONS in a call with 500
async def test_the_first_result_counts(sip: Exchange, phone: Phone) -> None:
    """One that is not said to be the last is; whatever PJSIP makes of its end is not told."""
    phone.answers |= {"REFER": 202, "SUBSCRIBE": 481}
    call, leg = await sip.answered(phone)
    leg.leg.execute(Refer(DESK))
    assert await leg.fact() == ReferProgress(100)
    assert await notify(call, 200, over=False) == 200
    assert await leg.fact() == ReferProgress(200)
    assert (await call.request("OPTIONS")).status == 200
    assert leg.silent


async def test_a_far_side_that_refuses(sip: Exchange, phone: Phone) -> None:
    """Its own status is the result, and a NOTIFY is nobody's then."""
    phone.answers["REFER"] = 405
    call, leg = await sip.answered(phone)
    leg.leg.execute(Refer(DESK))
    assert await leg.fact() == ReferProgress(405)
    assert not call.over


async def test_who_hangs_up_after_agreeing_has_transferred(sip: Exchange, phone: Phone) -> None:
    """Many do before they tell how it came out; who has told of a failure has hung up."""
    phone.answers["REFER"] = 202
    for told, ending in ((180, TRANSFERRED), (486, Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))):
        call, leg = await sip.answered(phone)
        leg.leg.execute(Refer(DESK))
        await asked(call)
        await notify(call, told)
        await call.hang_up()
        assert (await leg.ended()).ending == ending


async def test_a_second_call_is_to_be_taken_over(sip: Exchange, phone: Phone, pump: Pump) -> None:
    """REFER names the other dialog by its Call-ID and tags (RFC 3891); one that is gone cannot be."""
    phone.answers["REFER"] = 202
    async with Phone(sip.address, pump, user="desk") as desk:
        call, leg = await sip.answered(phone)
        second = Listening(sip.agent.dial(f"sip:desk@{desk.local[0]}:{desk.local[1]}"))
        rung = await desk.incoming()
        rung.ring()
        assert await second.fact() == Ringing(180)
        await rung.accept()
        assert await second.fact() == Answered()
        leg.leg.execute(Refer(DESK, replaces=second.leg.info.id))
        told = (await asked(call)).header("Refer-To")
        assert told.startswith(f"<sip:desk@{desk.local[0]}:{desk.local[1]}?")
        assert f"to-tag%3D{rung.tag}" in told
        assert rung.call_id.split("@")[0] in told
        assert await leg.fact() == ReferProgress(100)
        leg.leg.execute(Refer(DESK, replaces="nobody"))
        assert await leg.fact() == ReferProgress(500)
