"""The paced sender keeps its grid, and the ear reports what came, when, and what did not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.equipment import patience, tone
from tests.equipment.wire_rtp import MS, Digit, Pump, RtpStream
from tests.equipment.wire_sip import PCMA, PCMU


def pair(pump: Pump) -> tuple[RtpStream, RtpStream]:
    """Make two streams that talk to each other."""
    a, b = RtpStream(), RtpStream()
    a.remote, b.remote = b.local, a.local
    for stream in (a, b):
        pump.listen(stream)
    return a, b


@pytest.mark.parametrize("ptime", [10, 20, 30, 60])
async def test_packets_leave_on_the_grid(pump: Pump, ptime: int) -> None:
    """A second of sound leaves as packets of one length, evenly, and is heard as it was said."""
    a, b = pair(pump)
    a.ptime = ptime
    said = a.say(tone.sine(440, 960, fade_ms=5))
    a.speaks_silence = False
    pump.start(a)
    async with patience.within(5):
        await pump.until(lambda: said.done and len(b.packets) == 960 // ptime)
    assert b.lost() == 0
    assert np.median(b.gaps()) == pytest.approx(ptime, abs=2)
    assert {len(packet.payload) for packet in b.packets} == {ptime * 8}
    assert len(b.heard()) == 960 * 8
    assert tone.share(b.heard(), 440) > 0.99
    assert tone.clicks(b.heard()) == []
    assert (said.ended_at - said.started_at) / MS == pytest.approx(960, abs=60)
    first = b.first_sound()
    assert first is not None
    assert 0 <= (first - said.started_at) / MS < 20


async def test_a_law_is_a_law(pump: Pump) -> None:
    """With payload type 8 both ends speak A-law."""
    a, b = pair(pump)
    a.payload_type = PCMA
    said = a.say(tone.sine(700, 400))
    pump.start(a)
    async with patience.within(5):
        await pump.until(lambda: said.done and b.last_sound() and not b.loud(since=b.packets[-2].at))
    assert {packet.payload_type for packet in b.packets} == {PCMA}
    (found,) = tone.tones(b.heard(), window_ms=40)
    assert found.frequency == pytest.approx(700, abs=3)


async def test_an_echo_sends_back_what_came(pump: Pump) -> None:
    """Every packet of it, so many packets later."""
    a, b = pair(pump)
    b.echoes_after = 5
    said = a.say(tone.sine(440, 400))
    pump.start(a)
    pump.start(b)
    async with patience.within(5):
        await pump.until(lambda: said.done and tone.sound_ms(a.heard()) >= 400)
    assert tone.share(a.heard(), 440) > 0.9
    first = a.first_sound()
    assert first is not None
    assert (first - said.started_at) / MS > 5 * 20


async def test_digits_arrive_with_their_length(pump: Pump) -> None:
    """Keys are events with one timestamp each; a repeated key is two keys."""
    a, b = pair(pump)
    pressed = a.press("1#1", ms=120)
    pump.start(a)
    async with patience.within(5):
        await pump.until(lambda: pressed.done and len(b.digits()) == 3 and b.digits()[-1].ended)
    assert b.digits() == [Digit("1", 120, True), Digit("#", 120, True), Digit("1", 120, True)]
    ends = [packet for packet in b.packets if packet.payload_type == 101 and packet.payload[1] & 0x80]
    assert len(ends) == 9
    assert not b.loud()


async def test_a_hole_is_heard_as_silence(pump: Pump) -> None:
    """Packets that never came leave a hole where they belong, and are counted."""
    a, b = pair(pump)
    said = a.say(tone.sine(440, 400))
    pump.start(a)
    async with patience.within(5):
        await pump.until(lambda: said.done and len(b.packets) > 22)
    del b.packets[5:10]
    assert b.lost() == 5
    assert tone.spans(b.heard()[: 400 * 8], join_ms=0) == [tone.Span(0, 100), tone.Span(200, 400)]
    assert max(b.gaps()) > 100


async def test_what_is_not_rtp_is_kept_apart(pump: Pump) -> None:
    """Garbage is neither heard nor lost; wrong payload types are heard as packets, not as audio."""
    a, b = pair(pump)
    a.send_bytes(b"hello, this is no RTP")
    sent = a.say_raw(b"x" * 33, payload_type=98, count=3)
    pump.start(a)
    async with patience.within(5):
        await pump.until(lambda: sent.done and len(b.audio()) >= 3)
    assert b.strange == [b"hello, this is no RTP"]
    assert [len(p.payload) for p in b.packets if p.payload_type == 98] == [33] * 3
    assert {p.payload_type for p in b.audio()} == {PCMU}


async def test_a_hundred_streams_are_cheap_and_punctual(pump: Pump) -> None:
    """A hundred streams at once, each with its own tone: each ear hears its own, and little is late."""
    pairs = [pair(pump) for _ in range(50)]
    for number, (a, b) in enumerate(pairs):
        for stream in (a, b):
            stream.say(tone.sine(300 + 40 * number, 600))
            pump.start(stream)
    async with patience.within(10):
        await pump.until(lambda: all(len(stream.packets) >= 30 for both in pairs for stream in both))
    for number, both in enumerate(pairs):
        for stream in both:
            assert tone.share(stream.heard()[:4000], 300 + 40 * number) > 0.98
            assert stream.lost() == 0
