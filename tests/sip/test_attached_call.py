"""A leg leaves one call for another: what becomes of the call that it has left."""

from __future__ import annotations

import pytest

from gateway.call import AnswerRefer, ReferFollowed
from gateway.sip import attached_call, dialogs
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, needs_guard
from tests.sip.referring import Referral, referral

__all__ = ["referral"]

pytestmark = [*needs_guard, pytest.mark.usefixtures("attentive")]


async def test_whoever_does_not_go_is_let_go(referral: Referral, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that they have answered, and has nothing more to say."""
    monkeypatch.setattr(attached_call, "GOES_WITHIN_S", 0.1)
    rung = await referral.asked()
    await rung.accept()
    assert (await referral.call.ended()).method == "BYE"
    await referral.hears(rung, 900)


async def test_an_answer_that_nobody_has_asked_for(referral: Referral) -> None:
    """Calls nobody."""
    referral.leg.leg.execute(AnswerRefer(follow=True))
    await referral.hears(referral.call, 500)
    assert referral.desk.received == []


async def test_nobody_answers_for_long(referral: Referral, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are let go; the call is as before."""
    monkeypatch.setattr(dialogs, "RINGS_S", 0.3)
    rung = await referral.asked()
    rung.ring()
    await referral.told(180)
    assert (await rung.ended()).method == "CANCEL"
    assert await referral.followed() == ReferFollowed(referral.to, 408)
    await referral.hears(referral.call, 500)


async def test_calls_without_a_trunk_put_nobody_through(sip: Exchange, phone: Phone) -> None:
    """Whatever the trunks may do."""
    call, leg = await sip.answered(phone)
    assert (await call.request("REFER", headers=[("Refer-To", "<sip:2@127.0.0.1>")])).status == 603
    assert leg.silent
