"""Callers of whom nothing comes: some are muted, some only listen, some have no power any more."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from tests.equipment import tone
from tests.equipment.model import Model
from tests.equipment.programs import Gateway
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump

VIDEO = ("m=video 6002 RTP/AVP 96", "a=rtpmap:96 H264/90000")
ENCRYPTED = (
    "m=audio 6006 RTP/SAVP 0",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz",
)


AGE_S = 13
"""Longer than twice `no_media` of these calls, and a look."""


async def reports(calls: Sequence[Call]) -> None:
    """Send nothing but RTCP for an age, as muted phones do."""
    for _ in range(AGE_S):
        for call in calls:
            call.media.report()
        await asyncio.sleep(1)


async def lost(calls: Sequence[Call], gateway: Gateway) -> None:
    """Wait until the gateway hangs up, for want of media."""
    for call in calls:
        assert (await call.ended()).method == "BYE"
        line = await gateway.said("call.ended", sip_call_id=call.call_id)
        assert (line["result"], line["reason"]) == ("failed", "no_media")


@pytest.mark.native
async def test_a_muted_caller_is_left_alone(phone: Phone, gateway: Gateway, model: Model, pump: Pump) -> None:
    """RTCP is life, after speech or instead of it; once that stays away as well, the call is ended."""
    calls = []
    for talks in (True, False):
        calls.append(call := phone.call("402", invite=False))
        call.media.speaks_silence = talks
        call.invite()
        await call.answered()
    await calls[0].said(calls[0].media.say(tone.sine(440, 300)))
    calls[0].media.speaks_silence = False
    await reports(calls)
    assert [call.over for call in calls] == [False, False]
    await lost(calls, gateway)


async def test_a_caller_behind_another_stream_is_watched(
    phone: Phone, gateway: Gateway, model: Model, pump: Pump
) -> None:
    """Who talks is let be, wherever the audio stands in the offer; who vanishes is noticed."""
    offers = [{"before": VIDEO}, {"before": ENCRYPTED}, {"extra": VIDEO}]
    calls = [phone.call("402", **offer) for offer in offers]
    for call in calls:
        await call.answered()
    await asyncio.sleep(AGE_S)
    assert [call.over for call in calls] == [False, False, False]
    for call in calls:
        pump.stop(call.media)
    await lost(calls, gateway)
