"""What is told of a leg's line: what a phone did to it, to the packet."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
import pytest

from gateway.call import MediaStatistics
from gateway.media.media_port import Counters
from gateway.sip.line_statistics import line_statistics
from tests.equipment import tone
from tests.equipment.wire_call import Call
from tests.equipment.wire_phone import Phone
from tests.equipment.wire_rtp import Pump
from tests.sip.conftest import Exchange, Listening, exchange, phone

__all__ = ("phone",)  # fixture

BLIND = {
    "ticks": 500,
    "agent_frames": 0,
    "caller_frames": 500,
    "underruns": 2,
    "overruns": 0,
    "queued_samples": 0,
    "agent_peak": 0,
    "caller_peak": 0,
    "rtp_packets": None,
    "rtp_lost": None,
    "rtp_sent": None,
    "rtp_strangers": None,
    "rtp_idle_ms": None,
    "rtp_learned": None,
}


def test_what_is_not_seen_is_not_told() -> None:
    """Portable mode: no packet, no score; what is known is told all the same."""
    told = line_statistics(Counters(**BLIND), 3)  # type: ignore[arg-type]
    assert (told.underruns, told.late_ticks) == (2, 3)
    assert (told.packets_in, told.jitter_ms, told.mos) == (None, None, None)


@pytest.mark.parametrize(("lost", "worse"), [(0, 4.3), (50, 3.9), (500, 1.6)])
def test_the_score_is_of_what_came(lost: int, worse: float) -> None:
    """Less with each packet that did not."""
    seen: dict[str, Any] = {
        **BLIND,
        "rtp_packets": 1000 - lost,
        "rtp_lost": lost,
        "rtp_late": 0,
        "buffer_ms": 30.0,
    }
    told = line_statistics(Counters(**seen), 0)
    assert told.mos is not None
    assert told.mos == pytest.approx(worse, abs=0.35)


@pytest.fixture
async def sip() -> AsyncIterator[Exchange]:
    """An agent whose media plane sees packets."""
    async with exchange(native=True) as running:
        yield running


async def until(call: Call, leg: Listening, fact: Callable[[MediaStatistics], bool]) -> MediaStatistics:
    """Wait until something is told."""
    await call.hears(lambda: fact(leg.leg.statistics()), "what is counted")
    return leg.leg.statistics()


def send(call: Call, numbers: list[int]) -> None:
    """Send packets of a stream of its own, by their numbers, one right after the other."""
    for number in numbers:
        call.media.send_bytes(struct.pack("!BBHII", 0x80, 0, number, 160 * number, 99) + bytes([255]) * 160)


async def test_packets_are_counted_by_what_became_of_them(sip: Exchange, phone: Phone) -> None:
    """Lost, overtaken, doubled, late: each once, however they come together."""
    call, leg = await sip.answered(phone)
    call.phone.pump.stop(call.media)
    before = leg.leg.statistics().packets_in or 0
    send(call, [100, 101, 103, 102, 104, 104, 104, 107, 106, 110])  # 105, 108, 109 do not come
    told = await until(call, leg, lambda told: (told.packets_in or 0) >= before + 10)
    assert (told.packets_lost, told.packets_reordered, told.packets_duplicate) == (3, 2, 2)
    await asyncio.sleep(0.6)  # all is played
    send(call, [105])
    told = await until(call, leg, lambda told: bool(told.packets_late))
    assert (told.packets_lost, told.packets_reordered, told.packets_late) == (2, 3, 1)
    assert told.concealed_ms is not None
    assert 0 < told.concealed_ms <= 120


async def test_a_good_line_has_a_good_score(sip: Exchange, phone: Phone) -> None:
    """Nothing lost, little jitter, a wait of 16 to 36 ms."""
    call, leg = await sip.answered(phone)
    call.media.say(tone.sine(440, 800))
    await call.listens(1000)
    told = leg.leg.statistics()
    assert (told.packets_lost, told.packets_duplicate, told.round_trip_ms) == (0, 0, None)
    assert told.jitter_ms is not None
    assert told.jitter_ms < 10
    assert told.buffer_ms is not None
    assert 10 < told.buffer_ms < 60
    assert told.mos is not None
    assert told.mos > 4.0  # a busy machine is late once


async def test_the_far_end_tells_what_it_hears(sip: Exchange, phone: Phone) -> None:
    """Its reports (RFC 3550 section 6.4.1): what it has missed, its jitter, and the way there and back.

    Ours, which it answers, count what has left.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp:
        rtcp.bind(("127.0.0.1", 0))
        rtcp.settimeout(10)
        call, leg = await sip.answered(phone, extra=(f"a=rtcp:{rtcp.getsockname()[1]}",))
        report = b"\x80\xc9"
        while report[1] != 200:  # it has sent something by its second report, after ten packets of ours
            report, source = await asyncio.to_thread(rtcp.recvfrom, 2048)
        theirs, stamp = report[4:8], report[10:14]
        timestamp, sent, octets = struct.unpack("!III", report[16:28])
        await call.hears(lambda: len(call.media.packets) >= sent, "what the report tells of")
        assert call.media.packets[sent - 1].timestamp == timestamp
        assert octets == 160 * sent
        kept_s = 0.1
        await asyncio.sleep(kept_s)
        block = theirs + b"\x05" + (12).to_bytes(3, "big") + struct.pack("!II", 1, 80) + stamp
        block += round(kept_s * 65536).to_bytes(4, "big")
        rtcp.sendto(struct.pack("!BBHI", 0x81, 201, 7, 99) + block, source)
        told = await until(call, leg, lambda told: told.far_lost is not None)
        assert (told.far_lost, told.far_jitter_ms) == (12, 10.0)
        assert told.round_trip_ms is not None
        assert 0 <= told.round_trip_ms < 50
        await call.hang_up()


async def test_the_far_end_is_told_what_we_hear(sip: Exchange, phone: Phone) -> None:
    """In our reports (RFC 3550 section 6.4.1): whose packets, up to which, and how many never came."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp:
        rtcp.bind(("127.0.0.1", 0))
        rtcp.settimeout(10)
        call, leg = await sip.answered(phone, extra=(f"a=rtcp:{rtcp.getsockname()[1]}",))
        call.phone.pump.stop(call.media)
        send(call, [number & 0xFFFF for number in range(65_530, 65_570) if number % 8])
        await until(call, leg, lambda told: (told.packets_lost or 0) >= 4)
        report, block = b"", b""
        while len(block) < 24 or int.from_bytes(block[:4]) != 99 or int.from_bytes(block[8:12]) < 65_569:
            report, _ = await asyncio.to_thread(rtcp.recvfrom, 2048)
            block = report[28:52] if report[1] == 200 else report[8:32]
        assert int.from_bytes(block[8:12]) == 65_569
        assert int.from_bytes(block[5:8]) == 5
        assert 0 < block[4] < 50
        await call.hang_up()


async def test_packets_wait_as_long_as_was_asked_for(pump: Pump) -> None:
    """At least 100 ms, and a tick more at most; what is said is heard all the same."""
    async with exchange(native=True, jitter_ms=(100.0, 300.0)) as sip, Phone(sip.address, pump) as phone:
        call, leg = await sip.answered(phone)
        call.media.say(tone.sine(440, 600))
        await call.listens(1000)
        waits = leg.leg.statistics().buffer_ms
        assert waits is not None
        assert 95 < waits < 150
        heard = np.frombuffer(leg.heard, "<i2")
        assert tone.sound_ms(heard, rate=24_000) == pytest.approx(600, abs=20)
