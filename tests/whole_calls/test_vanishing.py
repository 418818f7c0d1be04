"""Callers of whom nothing comes: some are muted, some only listen, some have no power any more."""

from __future__ import annotations

import asyncio

import pytest

from gateway.media.plane import native_available
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


async def reports(call: Call, seconds: int) -> None:
    """Send nothing but RTCP, as a muted phone does."""
    for _ in range(seconds):
        call.media.report()
        await asyncio.sleep(1)


async def lost(call: Call, gateway: Gateway) -> None:
    """Wait until the gateway hangs up, for want of media."""
    assert (await call.ended()).method == "BYE"
    line = await gateway.said("call.ended", sip_call_id=call.call_id)
    assert (line["result"], line["reason"]) == ("failed", "no_media")


@pytest.mark.native
@pytest.mark.parametrize("talks", [True, False])
async def test_a_muted_caller_is_left_alone(
    phone: Phone, gateway: Gateway, model: Model, pump: Pump, talks: bool
) -> None:
    """RTCP is life, after speech or instead of it; once that stays away as well, the call is ended."""
    if not native_available():
        pytest.skip("RTCP without report blocks is not seen in portable mode")
    call = phone.call("402", invite=False)
    call.media.speaks_silence = talks
    call.invite()
    await call.answered()
    await asyncio.sleep(0.3)
    call.media.speaks_silence = False
    await reports(call, 13)  # longer than twice `no_media`, and a look
    assert not call.over
    await lost(call, gateway)


@pytest.mark.parametrize("offer", [{"before": VIDEO}, {"before": ENCRYPTED}, {"extra": VIDEO}])
async def test_a_caller_behind_another_stream_is_watched(
    phone: Phone, gateway: Gateway, model: Model, pump: Pump, offer: dict[str, tuple[str, ...]]
) -> None:
    """Who talks is let be, wherever the audio stands in the offer; who vanishes is noticed."""
    call = phone.call("402", **offer)
    await call.answered()
    await asyncio.sleep(13)
    assert not call.over
    pump.stop(call.media)
    await lost(call, gateway)
