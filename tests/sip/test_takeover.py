"""A far side puts our call through to somebody else (REFER): the leg is theirs when they answer."""

from __future__ import annotations

import pytest

from gateway.call import (
    AnswerRefer,
    Ending,
    HangUp,
    Held,
    LegEnded,
    LegState,
    Reason,
    ReferAsked,
    ReferFollowed,
    Result,
    Resumed,
    read_destination,
)
from gateway.sip.endings import CALLEE_HUNG_UP, CALLER_HUNG_UP
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import needs_guard
from tests.sip.referring import Referral, referral

__all__ = ["referral"]

pytestmark = [*needs_guard, pytest.mark.usefixtures("attentive")]

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


async def test_the_leg_is_theirs_when_they_answer(referral: Referral) -> None:
    """Who has asked is told how far it is; the agent talks on, and is not hung up on with them."""
    rung = await referral.asked()
    assert await referral.told(100) == "active;expires=60"
    await referral.hears(referral.call, 500)
    rung.ring()
    await referral.told(180)
    await rung.accept()
    assert await referral.followed() == ReferFollowed(referral.to, 200)
    assert await referral.told(200) == "terminated;reason=noresource"
    await referral.hears(rung, 900)
    await referral.call.hang_up()
    assert referral.leg.leg.state is LegState.ANSWERED
    await referral.hears(rung, 1100)
    await rung.hang_up()
    ended = await referral.leg.ended()
    assert ended.ending == CALLEE_HUNG_UP


async def test_whoever_holds_first_holds_nobody_afterwards(referral: Referral) -> None:
    """As an exchange does before it puts somebody through."""
    await referral.call.reinvite(direction="sendonly")
    assert await referral.leg.fact() == Held()
    rung = await referral.asked()
    await rung.accept()
    assert [await referral.leg.fact(), await referral.leg.fact()] == [
        Resumed(),
        ReferFollowed(referral.to, 200),
    ]
    await referral.hears(rung, 900)


async def test_whoever_hangs_up_at_once_leaves_us_to_them(referral: Referral) -> None:
    """RFC 5589 section 6.1 lets them."""
    rung = await referral.asked()
    await referral.call.hang_up()
    rung.ring()
    await rung.accept()
    assert await referral.followed() == ReferFollowed(referral.to, 200)
    await referral.hears(rung, 900)
    referral.leg.leg.execute(HangUp(OURS))
    assert (await rung.ended()).method == "BYE"


async def test_nobody_is_there_after_all(referral: Referral) -> None:
    """Who has asked is gone, and whom they meant is busy: that is the end of the call."""
    rung = await referral.asked()
    await referral.call.hang_up()
    rung.reject(486)
    assert await referral.followed() == ReferFollowed(referral.to, 486)
    assert (await referral.leg.ended()).ending == CALLER_HUNG_UP


async def test_they_do_not_want_to(referral: Referral) -> None:
    """The call stays as it was, and may be put through again; that a second one is meant, is said."""
    for number in range(2):
        rung = await referral.asked()
        rung.reject(486)
        assert await referral.followed() == ReferFollowed(referral.to, 486)
        assert await referral.told(486) == "terminated;reason=noresource"
        events = {one.header("Event") for one in referral.call.messages if one.method == "NOTIFY"}
        assert len(events) == number + 1
    await referral.hears(referral.call, 500)


async def test_it_is_decided_elsewhere(referral: Referral) -> None:
    """Who was promised to be called need not be."""
    assert await referral.refer() == 202
    assert await referral.leg.fact() == ReferAsked(referral.to)
    referral.leg.leg.execute(AnswerRefer(follow=False))
    assert await referral.told(603) == "terminated;reason=noresource"
    assert referral.desk.received == []


@pytest.mark.parametrize(
    "to",
    [
        "<sip:300@127.0.0.1:{port}>",
        "<sip:200@127.0.0.2:{port}>",
        "<sip:200@127.0.0.1:{port};maddr=127.0.0.1>",
        "<sip:200@127.0.0.1:{port}?Subject=x>",
        "<sip:200@127.0.0.1:{port}?Replaces=a%3Bto-tag%3D1>",
        "<sip:2%0d%0a@127.0.0.1:{port}>",
        "<tel:200>",
        "<sip:127.0.0.1:{port}>",
    ],
)
async def test_whom_its_trunk_does_not_list_is_not_called(referral: Referral, to: str) -> None:
    """603, and the call goes on."""
    assert await referral.refer(to.format(port=referral.desk.local[1])) == 603
    assert referral.leg.silent
    assert referral.desk.received == []
    await referral.hears(referral.call, 500)


async def test_one_at_a_time(referral: Referral) -> None:
    """A second one is refused while the first is under way; the first that comes again is not another."""
    request = referral.call.make("REFER", headers=[("r", f'"Desk" <{referral.to.uri}>')])
    target = ("127.0.0.1", referral.call.phone.target[1])
    first = await referral.call.phone.transact(request, target).final()
    assert (first.status, first.header("Contact") != "") == (202, True)
    assert await referral.leg.fact() == ReferAsked(referral.to)
    referral.leg.leg.execute(AnswerRefer(follow=True))
    rung = await referral.desk.incoming()
    assert await referral.refer() == 603
    rung.reject(603)
    assert await referral.followed() == ReferFollowed(referral.to, 603)


async def test_the_agent_hangs_up_while_it_rings(referral: Referral) -> None:
    """Nobody is left ringing."""
    rung = await referral.asked()
    rung.ring()
    await referral.told(180)
    referral.leg.leg.execute(HangUp(OURS))
    assert (await rung.ended()).method == "CANCEL"
    assert (await referral.call.ended()).method == "BYE"
    assert (await referral.leg.ended()) == LegEnded(OURS)


async def test_the_call_whose_place_ours_takes_is_named(referral: Referral) -> None:
    """Who has talked with them already says which call that was (RFC 3891)."""
    named = "talk%40127.0.0.1%3Bto-tag%3Da1%3Bfrom-tag%3Db2"
    assert await referral.refer(f"<{referral.to.uri}?Replaces={named}>") == 202
    await referral.leg.fact()
    referral.leg.leg.execute(AnswerRefer(follow=True))
    invite = (await referral.desk.incoming()).messages[0]
    assert invite.header("Replaces") == "talk@127.0.0.1;to-tag=a1;from-tag=b2"
    assert invite.header("Require") == "replaces"


async def test_they_may_put_it_through_as_well(referral: Referral, pump: Pump) -> None:
    """Over the same trunk, by the same rules."""
    rung = await referral.asked()
    await rung.accept()
    await referral.leg.fact()
    await referral.call.hang_up()
    async with Phone(rung.phone.target, pump, user="third") as third:
        to = read_destination(f"sip:201@127.0.0.1:{third.local[1]}")
        assert (await rung.request("REFER", headers=[("Refer-To", f"<{to.uri}>")])).status == 202
        assert await referral.leg.fact() == ReferAsked(to)
        referral.leg.leg.execute(AnswerRefer(follow=True))
        last = await third.incoming()
        await last.accept()
        assert await referral.followed() == ReferFollowed(to, 200)
        await rung.hang_up()
        await referral.hears(last, 900)
