"""A caller's sound out of packets of G.711: whole ticks, whatever is lost, however long the packets are."""

from __future__ import annotations

import importlib
import struct
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from tests.equipment import tone
from tests.sounds import speech

pytest.importorskip("pjsua2", reason="there is no PJSIP")
pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

TICK_MS = 20
PCMU, PCMA, NOISE = 0, 8, 13


def packet(number: int, timestamp: int, payload: bytes, kind: int = PCMU, source: int = 7) -> bytes:
    """A packet of RTP."""
    return struct.pack("!BBHII", 0x80, kind, number & 0xFFFF, timestamp & 0xFFFFFFFF, source) + payload


def packets(pcm: tone.Pcm, ms: int = 20, *, start_ms: float = 3, khz: float = 8) -> list[tuple[float, bytes]]:
    """Cut sound into packets that come evenly; `khz` is how fast the sender's clock really runs."""
    coded, size = tone.ulaw_encode(pcm), 8 * ms
    return [
        (start_ms + 8 * ms / khz * n, packet(n, size * n, coded[size * n : size * (n + 1)]))
        for n in range(len(coded) // size)
    ]


class Line:
    """A receiver and its jitter buffer, tick by tick."""

    def __init__(self) -> None:
        native: Any = importlib.import_module("gateway.media._port")
        self.buffer = native.JitterBuffer(8000, seamless=True)
        self.receiver = native.G711Receiver()

    def heard(self, arrivals: Iterable[tuple[float, bytes]], until_ms: float) -> tone.Pcm:
        """Return what is heard from the first sound on."""
        coming = sorted(arrivals, key=lambda each: each[0])
        ticks: list[tone.Pcm] = []
        quiet = False
        for now in np.arange(0, until_ms, TICK_MS):
            while coming and coming[0][0] <= now:
                at, data = coming.pop(0)
                self.buffer.put(data, at)
            tick = np.frombuffer(self.receiver.tick(self.buffer, float(now), quiet), "<i2")
            quiet = bool(len(tick)) and tone.level_db(tick) < -60
            ticks.append(tick)
        return tone.join(ticks)


def without(arrivals: list[tuple[float, bytes]], lost: Callable[[int], bool]) -> list[tuple[float, bytes]]:
    """Lose some."""
    return [each for n, each in enumerate(arrivals) if not lost(n)]


def clicks(pcm: tone.Pcm) -> list[float]:
    """Clicks, but those of being cut out of something longer."""
    return [at for at in tone.clicks(pcm) if 50 < at < len(pcm) / 8 - 50]


def lag(wanted: tone.Pcm, got: tone.Pcm) -> int:
    """Samples that lie before what was said."""
    return int(np.argmax(np.correlate(got[:8000].astype(float), wanted[:4000].astype(float), "valid")))


@pytest.mark.parametrize("ms", [10, 20, 30, 40, 60, 120])
def test_a_good_line_is_heard_to_the_sample(ms: int) -> None:
    """Packets of any length; nothing is added, left out or changed."""
    said = tone.ulaw_decode(tone.ulaw_encode(speech("question")))[: 120 * 8 * 10]
    heard = Line().heard(packets(said, ms), 2000)
    begin = lag(said, heard)
    np.testing.assert_array_equal(heard[begin : begin + len(said)], said)


@pytest.mark.parametrize("every", [7, 20])
@pytest.mark.parametrize("hertz", [200, 440, 1004])
def test_a_tone_goes_on_over_lost_packets(hertz: int, every: int) -> None:
    """No click, as loud, and in step afterwards."""
    line = Line()
    said = tone.sine(hertz, 3000, level_db=-10)
    heard = line.heard(without(packets(said), lambda n: n > 10 and n % every == 0), 3000)[1600:-1600]
    assert clicks(heard) == []
    assert tone.share(heard, hertz) > 0.97
    assert np.ptp([tone.level_db(part) for part in np.array_split(heard, len(heard) // 160)]) < 2.5
    assert line.receiver.concealed_ms > 0


def test_a_long_gap_fades_and_is_silent() -> None:
    """Half a second of nothing: 60 ms are made up, softer and softer."""
    line = Line()
    heard = line.heard(without(packets(tone.sine(300, 1500)), lambda n: 30 <= n < 55), 1500)
    assert clicks(heard[800:-1600]) == []
    assert tone.longest_silence_ms(heard[800:-1600]) == pytest.approx(440, abs=20)
    assert line.receiver.concealed_ms == 60


def test_who_sends_no_silence_has_lost_nothing() -> None:
    """A pause without packets, numbers in order (RFC 3551 section 4.1): nothing counts as made up."""
    line = Line()
    talk = tone.sine(300, 400, fade_ms=30)
    before = packets(talk)
    after = [(at + 1000, packet(20 + n, 160 * (n + 50), data[12:])) for n, (at, data) in enumerate(before)]
    heard = line.heard([*before, *after], 2000)
    assert [span.ms for span in tone.spans(heard)] == [pytest.approx(430, abs=40)] * 2  # each dies away
    assert line.receiver.concealed_ms == 0


def test_where_a_phone_describes_its_silence_there_is_noise() -> None:
    """RFC 3389: 50 dB below overload, as long as no sound comes."""
    before = packets(tone.sine(300, 400))
    noise = [(before[-1][0] + 20, packet(20, 160 * 20, bytes([50]), NOISE))]
    after = [
        (at + 1000, packet(21 + n, 160 * (n + 50), data[12:]))
        for n, (at, data) in enumerate(packets(tone.sine(300, 400)))
    ]
    heard = Line().heard([*before, *noise, *after], 1600)
    pause = heard[8 * 500 : 8 * 900]
    assert tone.level_db(pause) == pytest.approx(-50, abs=1)
    assert len(tone.spans(heard, floor_db=-30)) == 2


def test_noise_may_have_a_colour() -> None:
    """Reflection coefficients shape it (RFC 3389 section 3): here, low rather than high; as loud."""
    dark = bytes([40, 127 + 100, 127])
    heard = Line().heard([*packets(tone.sine(300, 100)), (103, packet(5, 800, dark, NOISE))], 1500)
    pause = heard[2000:]
    power = np.abs(np.fft.rfft(pause.astype(float))) ** 2
    low, high = power[: len(power) // 2].sum(), power[len(power) // 2 :].sum()
    assert max(low, high) > 5 * min(low, high)
    assert tone.level_db(pause) == pytest.approx(-40, abs=1.5)


@pytest.mark.parametrize(
    "described",
    [
        bytes([30, *range(60)]),
        bytes([30, *[255] * 10]),
        bytes([30, *[0] * 10]),
        bytes([0, 255]),
        bytes([30, *[3, 250] * 5]),
    ],
)
def test_no_noise_is_louder_than_a_background(described: bytes) -> None:
    """However a stranger describes it: coefficients that ring would make the loudest sound that there is."""
    loud = [(103 + 60 * n, packet(5 + n, 800 + 480 * n, described, NOISE)) for n in range(5)]
    soft = (500, packet(10, 4000, bytes([60]), NOISE))
    heard = Line().heard([*packets(tone.sine(300, 100)), *loud, soft], 1500)
    assert tone.level_db(heard[1600:4000]) < -26
    assert np.abs(heard[1600:4000].astype(int)).max() <= 4200
    assert tone.level_db(heard[8000:]) == pytest.approx(-60, abs=2)


def test_another_law_in_mid_call_is_understood() -> None:
    """PCMA where PCMU was spoken, without a word."""
    said = tone.sine(440, 2000, level_db=-10)
    laws = [
        (at, packet(n, 160 * n, tone.alaw_encode(said[160 * n : 160 * n + 160]), PCMA) if n >= 50 else data)
        for n, (at, data) in enumerate(packets(said))
    ]
    heard = Line().heard(laws, 2000)[400:-400]
    assert tone.share(heard, 440) > 0.99
    assert clicks(heard) == []


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_clock_that_is_wrong_makes_no_click(ppm: int) -> None:
    """Two minutes of a tone without a pause: a tick more or less is put in or taken out without a seam."""
    line = Line()
    said = np.resize(tone.sine(500, 1000, level_db=-10), 120 * 8000)
    heard = line.heard(packets(said, khz=8 * (1 + ppm / 1e6)), 120_000)[800:-3200]
    assert clicks(heard) == []
    assert 10 < line.buffer.waits_ms < 60
    assert tone.longest_silence_ms(heard) < 5


def test_what_comes_late_is_heard_and_makes_no_click() -> None:
    """From the 50th on 50 ms late."""
    line = Line()
    late = [(at + (50 if n >= 50 else 0), data) for n, (at, data) in enumerate(packets(tone.sine(440, 2000)))]
    heard = line.heard(late, 2200)[400:]
    assert clicks(heard) == []
    assert line.buffer.late > 0


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 3, b"\x90" + b"\x00" * 14, bytes(1), b"\xff" * 60])
def test_no_packet_breaks_it(garbage: bytes) -> None:
    """Extensions and padding that reach beyond its end, nothing at all."""
    said = packets(tone.sine(440, 500))
    odd = [
        (said[10][0], said[10][1][:12] + garbage),
        (said[12][0], bytes([said[12][1][0] | 0x30]) + said[12][1][1:12] + garbage),
        (said[14][0], bytes([said[14][1][0] | 0x0F]) + said[14][1][1:12] + garbage),
    ]
    heard = Line().heard([*said[:10], *odd, *said[15:]], 600)
    assert len(heard) % 160 == 0
