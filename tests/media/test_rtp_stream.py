"""A stream of PJSIP at our clock, in real calls: RTP in, the port, and back. Both planes."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from tests.equipment import patience, tone
from tests.equipment.process import Process
from tests.equipment.wire_phone import Phone
from tests.media.conftest import frequencies


async def test_what_the_caller_says_comes_back(phone: Phone, echoing: Process) -> None:
    """440 Hz in, 440 Hz out, all of it."""
    call = phone.call("echo")
    await call.answered()
    call.media.say(tone.sine(440, 600, level_db=-10))
    await call.hears_sound()
    await call.hears_silence(200)
    heard = call.media.heard()
    assert frequencies(call) == {440}
    # A portable clock that was late makes PJSIP's jitter buffer drop what it has too much of.
    assert tone.sound_ms(heard) == pytest.approx(600, abs=40 if "native" in echoing.command else 150)
    await call.hang_up()


async def test_two_calls_do_not_hear_each_other(phone: Phone, echoing: Process) -> None:
    """Each gets its own echo."""
    calls = [phone.call("echo"), phone.call("echo")]
    for call, frequency in zip(calls, (440, 900), strict=True):
        await call.answered()
        call.media.say(tone.sine(frequency, 500, level_db=-10))
    for call, frequency in zip(calls, (440, 900), strict=True):
        await call.hears_sound()
        await call.hears_silence(200)
        assert frequencies(call) == {frequency}


async def test_rtp_never_stops_while_nothing_is_said(phone: Phone, echoing: Process) -> None:
    """50 packets a second from the answer on: NATs stay open, and nobody thinks the line is dead."""
    call = phone.call("echo")
    await call.answered()
    await call.hears(lambda: call.media.packets, "the first packet")
    await call.listens(1000)
    assert len(call.media.packets) >= 45
    assert call.media.lost() == 0


async def test_the_port_survives_hold_and_a_new_media_address(phone: Phone, echoing: Process) -> None:
    """Held, resumed from another port: the same echo as before."""
    call = phone.call("echo")
    await call.answered()
    await call.reinvite(direction="inactive")
    await asyncio.sleep(0.1)
    await call.reinvite(direction="sendrecv", new_port=True)
    call.media.say(tone.sine(440, 400, level_db=-10))
    await call.hears_sound()
    await call.hears_silence(200)
    assert frequencies(call) == {440}


@pytest.mark.native
async def test_streams_may_change_as_often_as_they_like(phone: Phone, echoing_native: Process) -> None:
    """Every offer makes a new stream and ends one that is pulled: thirty later the call sounds as before."""
    call = phone.call("echo")
    await call.answered()
    for _ in range(15):
        await call.reinvite(direction="sendonly")
        await call.reinvite(direction="sendrecv", new_port=True)
    call.media.say(tone.sine(440, 400, level_db=-10))
    await call.hears_sound()
    await call.hears_silence(200)
    assert frequencies(call) == {440}
    assert call.media.lost() == 0


async def test_calls_that_end_leave_no_port_behind(phone: Phone, echoing: Process) -> None:
    """Twelve calls, one after another, where four fit at a time; then the program ends by itself."""
    for _ in range(12):
        call = phone.call("echo")
        await call.answered()
        await call.hang_up()
        await asyncio.sleep(0.05)
    assert echoing.running


@pytest.mark.native
async def test_the_clock_keeps_its_grid(phone: Phone, echoing_native: Process) -> None:
    """Packets leave 20 ms apart in the middle, whatever single ones do on a busy machine."""
    call = phone.call("echo")
    await call.answered()
    await call.listens(2000)
    assert np.median(call.media.gaps()) == pytest.approx(20.0, abs=0.5)
    clock = echoing_native.events("clock")[-1]
    assert clock["ticks"] > 50
    assert clock["resyncs"] == 0


@pytest.mark.native
async def test_a_clock_that_nobody_needs_rests(phone: Phone, echoing_native: Process) -> None:
    """Until a call comes, and after it again; the call's packets are as even as any, and no tick was late."""
    await rests(echoing_native)
    call = phone.call("echo")
    await call.answered()
    await call.listens(1000)
    assert np.median(call.media.gaps()) == pytest.approx(20.0, abs=0.5)
    await call.hang_up()
    await rests(echoing_native)
    assert echoing_native.events("clock")[-1]["resyncs"] == 0


async def rests(process: Process) -> None:
    """Wait for a stretch of twelve looks, 50 ms apart at least, in which next to no ticks come."""
    begins = len(process.events("clock"))
    async with patience.within(10):
        while True:
            ticks = [clock["ticks"] for clock in process.events("clock")[begins:]][-13:]
            if len(ticks) == 13 and ticks[-1] - ticks[0] <= 6:
                return
            await asyncio.sleep(0.05)
