"""The dialogs of a user agent: made, found by their legs, let go."""

from __future__ import annotations

import gc

import pytest

from gateway.call import Ending, HangUp, Reason, Result
from gateway.sip.dialog import Dialog
from gateway.sip.dialogs import NOT_PLACED
from tests.equipment.wire_phone import Phone
from tests.sip.conftest import Exchange, Listening, needs_guard
from tests.sip.referring import Referral, referral

__all__ = ["referral"]

pytestmark = needs_guard

OURS = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)


@pytest.mark.parametrize(("uri", "trunk"), [("sip:200@127.0.0.1", "nowhere"), ("nonsense", "")])
async def test_what_cannot_be_sent_is_told(sip: Exchange, uri: str, trunk: str) -> None:
    """The leg has ended, as that of a call that was refused."""
    assert (await Listening(sip.agent.dial(uri, trunk=trunk)).ended()).ending == NOT_PLACED


async def test_who_calls_is_one_line(sip: Exchange, phone: Phone) -> None:
    """Whatever headers come with it."""
    uri = f"sip:desk@127.0.0.1:{phone.local[1]}"
    leg = Listening(sip.agent.dial(uri, headers={"X-Account": "12\r\nX-Evil: 1"}))
    invite = (await phone.incoming()).messages[0]
    assert (invite.header("X-Account"), invite.header("X-Evil")) == ("12X-Evil: 1", "")
    leg.leg.execute(HangUp(OURS))


async def test_a_leg_that_goes_on_with_another_keeps_neither(referral: Referral) -> None:
    """A `Call` object that outlives its slot hangs up the next call in it."""
    rung = await referral.asked()
    await rung.accept()
    await referral.leg.fact()
    await referral.call.hang_up()
    await rung.hang_up()
    await referral.leg.ended()
    gc.collect()
    assert [one for one in gc.get_objects() if isinstance(one, Dialog)] == []
