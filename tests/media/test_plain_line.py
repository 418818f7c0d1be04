"""The short way of packets that nobody encrypts: open where there are no keys, and there alone."""

from __future__ import annotations

import numpy as np

from gateway.call import Play
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_srtp import Sdes
from tests.sip.conftest import Listening, exchange, needs_guard

pytestmark = needs_guard


class Watchful(Sdes):
    """Counts what comes that is not encrypted by its keys."""

    unreadable = 0

    def unprotect(self, packet: bytes) -> bytes:
        """Read a packet that came."""
        read = super().unprotect(packet)
        self.unreadable += not read
        return read


async def hear_each_other(call: Call, leg: Listening, item: str) -> None:
    """The phone hears the agent, and the agent the phone."""
    leg.heard = b""
    since = call.media.packets[-1].at if call.media.packets else 0
    leg.leg.execute(Play(item, tone.sine(440, 200, rate=24_000).tobytes()))
    call.media.say(tone.sine(1000, 200))
    await call.hears_sound(since)
    await call.hears(lambda: np.any(np.frombuffer(leg.heard, "<i2") > 3000), "the phone, at the agent")


async def test_call_takes_keys_and_leaves_them_again(pump: Pump) -> None:
    """Both are heard before, with them and after, and with them nothing leaves that others could read."""
    async with exchange(encryption="optional") as running, Phone(running.address, pump) as phone:
        call, leg = await running.answered(phone)
        await hear_each_other(call, leg, "plain")
        keys = Watchful()
        keys.agree((await call.reinvite(profile="RTP/SAVP", extra=(keys.line,))).body)
        call.media.cipher = keys
        await call.listens(100)  # what was on its way
        keys.unreadable = 0
        await hear_each_other(call, leg, "encrypted")
        assert not keys.unreadable
        await call.reinvite()
        call.media.cipher = None
        await hear_each_other(call, leg, "plain again")


async def test_keys_that_are_not_taken_are_no_obstacle(pump: Pump) -> None:
    """A phone that names some we do not know, beside a plain stream, is heard as it is."""
    unknown = "a=crypto:1 AEAD_AES_256_GCM inline:" + "A" * 60
    async with exchange(encryption="optional") as running, Phone(running.address, pump) as phone:
        call, leg = await running.answered(phone, extra=(unknown,))
        await hear_each_other(call, leg, "plain")
