"""Our own hold on the wire: the phone sees it, goes on hearing us, and is not missed."""

from __future__ import annotations

import pytest

from gateway.call import FinishItem, Held, Hold, LegState, Play, Resume, Resumed
from gateway.sip import own_hold
from tests.equipment import patience, tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange

RATE = 24_000


async def seen(call: Call, direction: str) -> None:
    """Wait until the phone was offered this direction."""
    async with patience.within(10):
        while not (call.remote_sdp and call.remote_sdp.direction == direction):
            await call.changed()


async def test_a_phone_sees_that_it_is_held(sip: Exchange, phone: Phone) -> None:
    """It is offered `sendonly`, and `sendrecv` again; meanwhile it hears what is played."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(Hold())
    assert await leg.fact() == Held(ours=True)
    assert leg.leg.state is LegState.HELD
    await seen(call, "sendonly")
    leg.leg.execute(Play("music", tone.sine(660, 400, rate=RATE, fade_ms=5).tobytes()))
    leg.leg.execute(FinishItem("music"))
    await call.hears(lambda: tone.sound_ms(call.media.heard()) >= 380, "the music")
    leg.leg.execute(Resume())
    await seen(call, "sendrecv")
    while not isinstance(fact := await leg.fact(), Resumed):
        pass
    assert fact == Resumed(ours=True)
    assert leg.leg.state is LegState.ANSWERED


@pytest.mark.native  # portable mode answers OPTIONS in a call with 500
async def test_a_wait_is_not_told(sip: Exchange, phone: Phone) -> None:
    """Who is only kept waiting for a moment is offered nothing."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(Hold(tells=False))
    leg.leg.execute(Resume())
    assert [await leg.fact(), await leg.fact()] == [Held(ours=True), Resumed(ours=True)]
    assert (await call.request("OPTIONS")).status == 200
    assert [one.method for one in call.messages if not one.status] == ["INVITE"] * 0


@pytest.mark.usefixtures("impatient")
async def test_who_is_held_need_not_send(sip: Exchange, phone: Phone) -> None:
    """A held phone sends nothing: that is no lost line. Taken back, it would be one."""
    call, leg = await sip.answered(phone)
    leg.leg.execute(Hold())
    await seen(call, "sendonly")
    await call.listens(2000)
    assert not call.over


async def test_both_sides_hold(sip: Exchange, phone: Phone) -> None:
    """It is told once, and over when both are back."""
    call, leg = await sip.answered(phone)
    await call.reinvite(direction="sendonly")
    assert await leg.fact() == Held()
    leg.leg.execute(Hold(tells=False))
    await call.reinvite(direction="sendrecv")
    assert leg.leg.state is LegState.HELD
    leg.leg.execute(Resume())
    assert await leg.fact() == Resumed(ours=True)
    assert leg.silent


async def test_an_offer_that_crosses_another_is_tried_again(
    sip: Exchange, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """491 to the first (RFC 3261 section 14.1): after a while the phone is offered it again, and takes it."""
    monkeypatch.setattr(own_hold, "AGAIN_S", ((0.1, 0.2), (0.1, 0.2)))
    call, leg = await sip.answered(phone)
    call.glares = 1
    leg.leg.execute(Hold())
    await seen(call, "sendonly")
    offers = [one for one in call.messages if one.method == "INVITE" and not one.status]
    assert len(offers) == 2
    leg.leg.execute(Resume())
    await seen(call, "sendrecv")


async def test_a_phone_that_cannot_be_held(sip: Exchange, phone: Phone) -> None:
    """It has its reasons, and is not asked again; we hold it all the same."""
    call, leg = await sip.answered(phone)
    call.takes_offers = False
    phone.answers["INVITE"] = 488
    leg.leg.execute(Hold())
    assert await leg.fact() == Held(ours=True)
    async with patience.within(10):
        while not [one for one in call.messages if one.method == "INVITE" and not one.status]:
            await call.changed()
    assert not call.over
