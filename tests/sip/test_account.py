"""What an INVITE brings along."""

from __future__ import annotations

from gateway.call import Answer, Ring
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange


async def test_a_call_comes_in_with_what_is_known_of_it(sip: Exchange, pump: Pump) -> None:
    """Who, to whom, from where, and its headers; 100 Trying was sent before anybody decided anything."""
    async with Phone(sip.address, pump, user="+15551230001", transport="tcp") as phone:
        call = phone.call("200", headers=[("X-Campaign", "spring")])
        leg = (await sip.leg()).leg
        assert (leg.info.caller.user, leg.info.caller.display_name) == ("+15551230001", "Test phone")
        assert (leg.info.called.user, leg.info.to.user) == ("200", "200")
        assert (leg.info.sip_call_id, leg.info.transport) == (call.call_id, "tcp")
        assert leg.info.source == f"127.0.0.1:{phone.local[1]}"
        assert leg.info.headers["x-campaign"] == "spring"
        await call.progress(100)
        assert 180 not in call.times
        leg.execute(Ring())
        await call.progress(180)
        leg.execute(Answer())
        await call.answered()
