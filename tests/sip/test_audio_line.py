"""The watchdog looks at the audio, on whatever line of the description it stands."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

import pytest

from gateway.call import Answer, Ending, LegEnded, Reason, Result
from gateway.media.plane import native_available
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, exchange

pytestmark = pytest.mark.usefixtures("impatient")

GONE = LegEnded(Ending(Result.FAILED, Reason.NO_MEDIA))
VIDEO = ("m=video 6002 RTP/AVP 96", "a=rtpmap:96 H264/90000")
KEY = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
TEXT = ("m=text 6000 RTP/AVP 98", "a=rtpmap:98 t140/1000")
ORDERS: dict[str, dict[str, tuple[str, ...]]] = {
    "alone": {},
    "behind video": {"before": VIDEO},
    "behind encrypted audio": {"before": ("m=audio 6006 RTP/SAVP 0 8", KEY)},
    "behind a fax": {"before": ("m=image 6004 udptl t38",)},
    "behind text": {"before": TEXT},
    "behind audio that is off": {"before": ("m=audio 0 RTP/AVP 0",)},
    "behind three": {"before": (*VIDEO, *TEXT, "m=image 6004 udptl t38")},
    "before text": {"extra": TEXT},
}
LONG_S = 2.0
"""More than twice what the watchdog waits."""


@pytest.mark.parametrize("order", ORDERS)
async def test_the_audio_is_watched_wherever_it_stands(pump: Pump, order: str) -> None:
    """Who talks is left alone, who has vanished is noticed."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone, **ORDERS[order])
        await asyncio.sleep(LONG_S)
        assert leg.silent
        pump.stop(call.media)
        ended = await leg.ended()
        assert ended.ending == GONE.ending


@pytest.mark.parametrize(
    "changes",
    [
        {"extra": VIDEO},
        {"before": ("m=audio 0 RTP/AVP 0",)},
        {"before": VIDEO},
    ],
)
async def test_the_audio_is_found_again_after_a_reinvite(
    pump: Pump, changes: dict[str, tuple[str, ...]]
) -> None:
    """A line added behind it, or the audio moved to another line, with its port."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone)
        await call.reinvite(**changes)
        await asyncio.sleep(LONG_S)
        assert leg.silent
        pump.stop(call.media)
        assert (await leg.ended()).ending == GONE.ending


async def test_lines_that_are_dropped_cost_nothing(pump: Pump) -> None:
    """RFC 3264 section 8 has a new offer keep all lines of the one before; some phones do not."""
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone, extra=(*VIDEO, *TEXT))
        await call.reinvite(extra=())
        await asyncio.sleep(LONG_S)
        assert leg.silent
        pump.stop(call.media)
        assert (await leg.ended()).ending == GONE.ending


def reports(call: Call) -> None:
    """Send RTCP where it belongs."""
    call.media.report()


def reports_muxed(call: Call) -> None:
    """Send RTCP where RTP belongs, as who has offered that and was not asked to (RFC 5761)."""
    call.media.report(muxed=True)


def keeps_alive(call: Call) -> None:
    """Keep a router's memory fresh (RFC 6263)."""
    call.media.send_bytes(b"\0\0\0\0")


@pytest.mark.native
@pytest.mark.parametrize("shows", [reports, reports_muxed, keeps_alive])
async def test_a_muted_caller_shows_to_be_there(pump: Pump, shows: Callable[[Call], None]) -> None:
    """RTCP counts, be it all that ever comes; without it the caller is gone."""
    if not native_available():
        pytest.skip("RTCP without report blocks is not seen in portable mode: `make native`")
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        for talks in (True, False):
            call = phone.call("100", invite=False)
            call.media.speaks_silence = talks
            call.invite()
            leg = await sip.leg()
            leg.leg.execute(Answer())
            await call.answered()
            await leg.fact()
            await asyncio.sleep(0.2)
            call.media.speaks_silence = False
            for _ in range(20):
                shows(call)
                await asyncio.sleep(0.1)
            assert leg.silent
            assert (await leg.ended()).ending == GONE.ending


@pytest.mark.native
async def test_who_only_listens_is_watched_once_he_reports(pump: Pump) -> None:
    """A phone that is not to send (`a=recvonly`) may have no RTCP either; one that has is to go on."""
    if not native_available():
        pytest.skip("RTCP without report blocks is not seen in portable mode: `make native`")
    async with exchange() as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone, direction="recvonly")
        await asyncio.sleep(LONG_S)
        assert leg.silent
        call.media.report()
        assert (await leg.ended()).ending == GONE.ending


@pytest.mark.native
async def test_reports_of_others_keep_nobody(sip: Exchange, phone: Phone) -> None:
    """RTCP from another host, and what is no RTCP, say nothing of the caller."""
    if not native_available():
        pytest.skip("the source of RTCP is not seen in portable mode: `make native`")
    call, leg = await sip.answered(phone)
    assert call.media.remote
    phone.pump.stop(call.media)
    host, port = call.media.remote
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own,
    ):
        other.bind(("127.0.0.7", 0))
        own.bind((call.media.local[0], 0))
        while leg.silent:
            other.sendto(b"\x80\xc9\x00\x01abcd", (host, port + 1))
            own.sendto(b"\r\n\r\n", (host, port + 1))
            await asyncio.sleep(0.05)
    assert (await leg.ended()).ending == GONE.ending
