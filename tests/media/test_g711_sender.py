"""What leaves towards a phone: most packets made by us, the others by PJSIP, and nobody can tell which."""

from __future__ import annotations

import asyncio
import socket
import struct

import numpy as np
import pytest

from gateway.call import Play, SendDigits
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Packet
from tests.equipment.wire_sip import PCMA, PCMU
from tests.sip.conftest import Exchange, needs_guard, phone, sip

__all__ = ("phone", "sip")  # fixtures

pytestmark = needs_guard

EVENT = 101
SENDER_REPORT = 200
GOODBYE = b"\x81\xcb\x00\x01"
"""Begins RTCP BYE of one source."""


def sound(call: Call) -> list[Packet]:
    """What is no key."""
    return [packet for packet in call.media.packets if packet.payload_type != EVENT]


async def sent(call: Call, packets: int) -> None:
    """Wait for so many more."""
    wanted = len(call.media.packets) + packets
    await call.hears(lambda: len(call.media.packets) >= wanted, f"{packets} packets")


@pytest.mark.parametrize("codec", [PCMU, PCMA])
async def test_packets_are_of_one_stream(sip: Exchange, phone: Phone, codec: int) -> None:
    """Numbers and time without a gap, one source, one marker; with a key between them."""
    call, leg = await sip.answered(phone, formats=(codec, EVENT))
    await sent(call, 10)
    leg.leg.execute(SendDigits("5"))
    await sent(call, 30)
    packets = call.media.packets
    numbers = np.array([packet.seq for packet in packets], np.uint16)
    assert set(np.diff(numbers)) == {1}
    assert len({packet.ssrc for packet in packets}) == 1
    keys = [packet for packet in packets if packet.payload_type == EVENT]
    assert [packet.seq for packet in packets if packet.marker] == [packets[0].seq, keys[0].seq]
    assert {packet.payload_type for packet in sound(call)} == {codec}
    assert len({packet.timestamp for packet in keys}) == 1
    before, after = (
        [packet.timestamp for packet in sound(call) if ahead == (packet.seq < keys[0].seq)]
        for ahead in (True, False)
    )
    for stamps in (before, after):
        assert set(np.diff(np.array(stamps, np.uint32))) == {160}
    assert {len(packet.payload) for packet in sound(call)} == {160}
    ticks = packets.index(next(packet for packet in packets if packet.timestamp == after[0]))
    assert (after[0] - packets[0].timestamp) % 2**32 == 160 * ticks
    await call.hang_up()


async def test_reports_count_what_has_left(sip: Exchange, phone: Phone) -> None:
    """The last, with which we say goodbye (RFC 3550 section 6.6): packets, octets, the last timestamp."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp:
        rtcp.bind(("127.0.0.1", 0))
        rtcp.settimeout(10)
        call, leg = await sip.answered(phone, extra=(f"a=rtcp:{rtcp.getsockname()[1]}",))
        leg.leg.execute(Play("item_1", tone.sine(440, 200, rate=24_000).tobytes()))
        await sent(call, 40)
        leg.leg.execute(SendDigits("12"))
        await sent(call, 60)
        await call.hang_up()
        report = b""
        while GOODBYE not in report:
            report, _ = await asyncio.to_thread(rtcp.recvfrom, 2048)
    timestamp, counted, octets = struct.unpack("!III", report[16:28])
    packets = call.media.packets[:counted]
    assert len(call.media.packets) - len(packets) <= 1  # one may leave while the report is made
    assert (report[1], int.from_bytes(report[4:8])) == (SENDER_REPORT, packets[0].ssrc)
    assert (counted, octets) == (len(packets), sum(len(packet.payload) for packet in packets))
    assert timestamp == packets[-1].timestamp


async def test_a_new_offer_goes_on_with_the_numbers(sip: Exchange, phone: Phone) -> None:
    """PJSIP makes another stream then, and takes over from us as we do from it."""
    call, _ = await sip.answered(phone)
    await sent(call, 30)
    await call.reinvite(new_port=True)
    await sent(call, 30)
    packets = call.media.packets
    assert set(np.diff(np.array([packet.seq for packet in packets], np.uint16))) == {1}
    assert len({packet.ssrc for packet in packets}) == 1
    await call.hang_up()
