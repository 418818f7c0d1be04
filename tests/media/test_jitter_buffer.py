"""A caller's packets until it is their turn: evenly, in order, once each, whatever the line does to them."""

from __future__ import annotations

import importlib
import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("pjsua2", reason="there is no PJSIP")
native = pytest.importorskip("gateway.media._port", reason="the C++ modules are not built")

TICK_MS = 20


def packet(number: int, *, timestamp: int | None = None, source: int = 7, samples: int = 160) -> bytes:
    """A packet whose payload is its number."""
    when = number * samples if timestamp is None else timestamp
    head = struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, when & 0xFFFFFFFF, source)
    return head + struct.pack("!I", number)


@dataclass
class Line:
    """A buffer, its ticks, and what it gave at each."""

    phase_ms: float = 0.0
    quiet: Callable[[int], bool] = lambda _: False
    buffer: Any = field(default_factory=lambda: importlib.import_module("gateway.media._port").JitterBuffer())
    spares: bool = False
    """What came is put as long as it may be due, and one more that came before the last tick."""
    given: list[list[int]] = field(default_factory=list)
    waited_ms: dict[int, float] = field(default_factory=dict)

    def run(self, arrivals: Iterable[tuple[float, bytes]], until_ms: float) -> None:
        """Let packets come at their times, and ticks at theirs."""
        coming = sorted(arrivals, key=lambda each: each[0])
        came: dict[int, float] = {}
        now = self.phase_ms + TICK_MS * len(self.given)
        while now < until_ms:
            spared = False
            while coming and coming[0][0] <= now and not spared:
                at, data = coming.pop(0)
                came.setdefault(int.from_bytes(data[12:16]), at)
                self.buffer.put(data, at)
                spared = self.spares and now - at < TICK_MS and self.buffer.is_ahead
            numbers = [
                int.from_bytes(data[12:16]) for data in self.buffer.tick(now, self.quiet(len(self.given)))
            ]
            self.waited_ms |= {number: now - came[number] for number in numbers}
            self.given.append(numbers)
            now += TICK_MS

    @property
    def order(self) -> list[int]:
        """All that was given."""
        return [number for numbers in self.given for number in numbers]

    @property
    def gaps(self) -> list[int]:
        """Ticks without a packet, from the first packet to the last."""
        filled = [tick for tick, numbers in enumerate(self.given) if numbers]
        return [tick for tick in range(filled[0], filled[-1]) if not self.given[tick]]


def evenly(
    count: int, start_ms: float = 100.0, late_ms: Callable[[int], float] = lambda _: 0.0, first: int = 0
) -> list[Any]:
    """Packets of 20 ms, each so late."""
    return [(start_ms + TICK_MS * n + late_ms(n), packet(first + n)) for n in range(count)]


@given(
    phase_ms=st.floats(0, 20),
    late_ms=st.lists(st.floats(0, 60), min_size=100, max_size=100),
    lost=st.sets(st.integers(0, 99), max_size=20),
    length_ms=st.sampled_from((10, 20)),
)
@settings(max_examples=200, deadline=None)
def test_what_is_not_due_may_be_put_a_tick_later(
    phase_ms: float, late_ms: list[float], lost: set[int], length_ms: int
) -> None:
    """Whatever comes, and in whatever order, the same is heard."""
    arrivals = [
        (100 + length_ms * n + late, packet(n, samples=8 * length_ms))
        for n, late in enumerate(late_ms)
        if n not in lost
    ]
    at_once, spared = Line(phase_ms), Line(phase_ms, spares=True)
    for line in at_once, spared:
        line.run(arrivals, 2600)
    assert (spared.order, spared.buffer.late) == (at_once.order, at_once.buffer.late)


@given(phase_ms=st.floats(0, 20), late_ms=st.lists(st.floats(0, 15), min_size=100, max_size=100))
@settings(max_examples=100, deadline=None)
def test_a_good_line_is_heard_whole_and_soon(phase_ms: float, late_ms: list[float]) -> None:
    """Up to 15 ms late: one packet a tick, and none waits longer than that and a tick."""
    line = Line(phase_ms)
    line.run(evenly(100, late_ms=late_ms.__getitem__), 2400)
    assert line.order == list(range(100))
    assert line.gaps == []
    assert max(line.waited_ms.values()) <= 16 + 15 + TICK_MS


@pytest.mark.parametrize("phase_ms", range(0, 20, 3))
def test_on_an_even_line_a_packet_waits_16_to_36_ms(phase_ms: float) -> None:
    """Half a tick more than that is what it has to."""
    line = Line(phase_ms)
    line.run(evenly(50), 1400)
    assert all(16 <= waited <= 36 for waited in line.waited_ms.values())


@pytest.mark.parametrize("phase_ms", range(0, 20, 3))
def test_on_a_line_that_is_known_to_be_even_none_waits_a_tick_in_vain(phase_ms: float) -> None:
    """After five seconds, in a pause of the caller's: 12 to 33 ms."""
    line = Line(phase_ms, lambda tick: tick > 280)
    line.run(evenly(400), 8200)
    assert all(12 <= line.waited_ms[number] <= 33 for number in range(350, 400))
    assert len(line.gaps) + len(set(range(400)) - set(line.order)) <= 1


def test_a_lost_packet_leaves_its_tick_empty_and_moves_nothing() -> None:
    """Every tenth is lost: the others come when they would have come."""
    line = Line(5)
    line.run([each for n, each in enumerate(evenly(100)) if n % 10 != 7], 2400)
    assert line.order == [n for n in range(100) if n % 10 != 7]
    assert len(line.gaps) == 10
    assert len({round(waited, 3) for waited in line.waited_ms.values()}) == 1


def test_what_comes_too_late_is_heard_and_everything_waits_longer() -> None:
    """From the 50th on 50 ms late: a pause of as much, and nothing is missing."""
    line = Line(5)
    line.run(evenly(100, late_ms=lambda n: 50.0 if n >= 50 else 0.0), 2500)
    assert line.order == list(range(100))
    assert len(line.gaps) in (2, 3)


def test_order_is_restored_and_nothing_is_heard_twice() -> None:
    """Neighbours change places, and each comes twice."""
    packets = evenly(60)
    swapped = [(packets[n][0], packets[n ^ 1][1]) for n in range(60)]
    line = Line(5)
    line.run([*swapped, *((at + 3, data) for at, data in swapped)], 1600)
    assert line.order == list(range(60))


@pytest.mark.parametrize("ppm", [-200, 200])
def test_a_far_ends_clock_may_be_a_little_wrong(ppm: int) -> None:
    """For ten minutes: time is taken out or put in while the caller pauses, and the wait stays as it is."""

    def pauses(tick: int) -> bool:
        return tick % 250 < 25

    line = Line(5, pauses)
    line.run([(100 + TICK_MS * n * (1 - ppm / 1e6), packet(n)) for n in range(30_000)], 599_000)
    assert all(pauses(tick) for tick in line.gaps)
    missing = sorted(set(range(line.order[-1])) - set(line.order))
    assert len(missing) + len(line.gaps) == pytest.approx(6, abs=2)
    late = [waited for number, waited in line.waited_ms.items() if number > 1000]
    assert 0 <= min(late) <= max(late) <= 16 + 2 * TICK_MS + 6


def test_after_a_stall_the_wait_comes_down_again() -> None:
    """A second of nothing, then all at once; ten seconds later a packet waits as before."""
    rng = np.random.default_rng(3)
    packets = [(max(at, 3000.0 if 2000 < at < 3000 else at), data) for at, data in evenly(1500)]
    line = Line(5, lambda _: bool(rng.random() < 0.3))
    line.run(packets, 30_000)
    assert line.waited_ms[1400] <= 16 + 2 * TICK_MS + 2
    assert line.order == sorted(set(line.order))


def test_another_source_begins_at_once() -> None:
    """Other numbers and timestamps without warning: no packet is lost, none waits longer than a first one."""
    other = [
        (1100 + TICK_MS * n, packet(n + 1000, timestamp=160 * n + 9_000_000, source=8)) for n in range(50)
    ]
    line = Line(5)
    line.run([*evenly(50), *other], 2400)
    assert line.order[-50:] == list(range(1000, 1050))
    assert line.waited_ms[1000] <= 40


@pytest.mark.parametrize("step", [160, 160 * 250, -160 * 250])
def test_who_stops_and_comes_back_is_heard_at_once(step: int) -> None:
    """Five seconds later his timestamps go on where they were, with the clock, or anywhere."""
    back = [(6080 + TICK_MS * n, packet(50 + n, timestamp=160 * (49 + n) + step)) for n in range(50)]
    line = Line(5)
    line.run([*evenly(50), *back], 7400)
    assert line.order == list(range(100))
    assert line.waited_ms[50] <= 40


@pytest.mark.parametrize("number", [0, 5000, 40_000])
@pytest.mark.parametrize("step", [160, -160 * 1000])
def test_numbers_may_begin_anew_within_a_stream(number: int, step: int) -> None:
    """By one packet that is elsewhere nobody is misled; by the next one he is believed (RFC 3550 A.1)."""
    line = Line(5)
    elsewhere = [
        (1100 + TICK_MS * n, packet(number + n, timestamp=160 * (10_049 + n) + step)) for n in range(50)
    ]
    stray = (600.0, packet(20_000, timestamp=160 * 10_025))
    line.run([*evenly(50, first=10_000), *elsewhere, stray], 2400)
    assert line.order[:49] == list(range(10_000, 10_049))
    assert line.order[-48:] == list(range(number + 2, number + 50))


@pytest.mark.parametrize(
    ("ms", "rate"), [(10, 8000), (30, 8000), (40, 8000), (60, 8000), (20, 48_000), (60, 48_000)]
)
def test_packets_may_be_of_any_length(ms: int, rate: int) -> None:
    """Of each tick's 20 ms all is there when it is wanted."""
    samples = ms * rate // 1000
    line = Line(5, buffer=importlib.import_module("gateway.media._port").JitterBuffer(rate))
    line.run([(100 + ms * n, packet(n, samples=samples)) for n in range(3000 // ms)], 3200)
    assert line.order == list(range(3000 // ms))
    first = next(tick for tick, numbers in enumerate(line.given) if numbers)
    given_ms = np.cumsum([ms * len(numbers) for numbers in line.given[first:]])
    wanted_ms = np.minimum(TICK_MS * np.arange(1, len(given_ms) + 1), 3000 // ms * ms)
    assert (given_ms >= wanted_ms).all()


def test_what_is_no_packet_is_dropped() -> None:
    """Too short for a header."""
    assert not native.JitterBuffer().put(b"\x80\x00", 0.0)
