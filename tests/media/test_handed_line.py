"""A call's packets in somebody else's hands, in real calls."""

from __future__ import annotations

import socket
import struct

from gateway.call import Answer, Held, Play, Resumed
from gateway.media.handed_line import HandedLine
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.equipment.wire_srtp import Sdes
from tests.sip.conftest import Exchange, Listening, exchange, needs_guard, phone, sip

__all__ = ("phone", "sip")  # fixtures

pytestmark = needs_guard


async def handed(sip: Exchange, phone: Phone) -> tuple[Call, Listening, HandedLine]:
    """Have a phone call somebody who hands the line over."""
    call = phone.call("100")
    leg = await sip.leg()
    leg.leg.port.hand_over()
    leg.leg.execute(Answer())
    await call.answered()
    await leg.fact()
    line = leg.leg.port.line()
    assert line is not None
    return call, leg, line


async def test_whoever_has_the_line_reads_and_sends(sip: Exchange, phone: Phone) -> None:
    """What comes is there, as it is, and what he sends is heard; nobody else hears or sends anything."""
    call, leg, line = await handed(sip, phone)
    assert leg.leg.port.line() is None  # it was taken
    assert call.remote_sdp
    with socket.socket(fileno=line.descriptor) as mine:
        assert (line.host, line.port) == call.media.local
        assert (line.sends, line.takes, line.keys) == (0, 0, 101)
        assert mine.getsockname()[1] == call.remote_sdp.port
        leg.leg.execute(Play("i", tone.sine(440, 200, rate=24_000).tobytes()))
        await call.said(call.media.say(tone.sine(1000, 200)))
        mine.setblocking(False)
        came = [mine.recv(2048) for _ in range(8)]
        assert {packet[1] & 0x7F for packet in came} == {line.takes}
        assert (leg.heard, call.media.packets) == (b"", [])
        header = struct.pack("!BBHLL", 0x80, line.sends, 7, 160, 0xCAFE)
        mine.sendto(header + bytes(160), (line.host, line.port))
        await call.hears(lambda: len(call.media.packets) == 1, "what he has sent")
        assert (call.media.packets[0].seq, call.media.packets[0].ssrc) == (7, 0xCAFE)
    await call.hang_up()
    await leg.ended()


async def test_a_line_after_another_offer(sip: Exchange, phone: Phone) -> None:
    """Is handed over anew: on hold and afterwards it is not read here, either."""
    call, leg, line = await handed(sip, phone)
    with socket.socket(fileno=line.descriptor) as mine:
        for direction, fact in (("sendonly", Held()), ("sendrecv", Resumed())):
            await call.reinvite(direction=direction)
            assert await leg.fact() == fact
            again = leg.leg.port.line()
            assert again is not None
            with socket.socket(fileno=again.descriptor) as other:
                assert other.getsockname() == mine.getsockname()
        await call.said(call.media.say(tone.sine(1000, 100)))
        mine.setblocking(False)
        assert len(mine.recv(2048)) > 12
        assert leg.heard == b""


async def test_a_line_with_keys(pump: Pump) -> None:
    """Is not handed over: its packets are nobody else's to read."""
    async with exchange(encryption="required") as sip, Phone(sip.address, pump) as phone:
        keys = Sdes()
        call = phone.call("100", profile="RTP/SAVP", extra=(keys.line,))
        leg = await sip.leg()
        leg.leg.port.hand_over()
        leg.leg.execute(Answer())
        keys.agree((await call.answered()).body)
        call.media.cipher = keys
        await leg.fact()
        assert leg.leg.port.line() is None
        call.media.say(tone.sine(1000, 200))
        await call.hears(lambda: len(leg.heard) > 0, "the phone, at the agent")


async def test_a_line_that_nobody_takes(sip: Exchange, phone: Phone) -> None:
    """Goes with its call."""
    call = phone.call("100")
    leg = await sip.leg()
    leg.leg.port.hand_over()
    leg.leg.execute(Answer())
    await call.answered()
    await leg.fact()
    await call.hang_up()
    await leg.ended()
