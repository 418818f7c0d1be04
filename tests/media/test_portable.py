"""What only the portable plane does: a metronome."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

if importlib.util.find_spec("pjsua2") is None:
    pytest.skip("there is no pjsua2: neither built nor from the extra `portable`", allow_module_level=True)


from gateway.media import portable
from gateway.media.portable import PortablePlane


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The module's clock, in the test's hands."""
    clock = Clock()
    monkeypatch.setattr(portable, "time", clock)
    return clock


def test_the_metronome_knows_how_late_the_clock_is(clock: Clock) -> None:
    """Lateness is measured from tick to tick, in milliseconds."""
    plane = PortablePlane()
    assert (plane.clock().ticks, plane.clock().max_late_us) == (0, 0)
    for gap in [0.020] * 98 + [0.025, 0.050]:
        clock.now += gap
        plane.metronome_ticks()
    stats = plane.clock()
    assert (stats.ticks, stats.late_ticks) == (100, 1)
    assert stats.p99_late_us == pytest.approx(5000, abs=1000)
    assert stats.max_late_us == pytest.approx(30_000, abs=1000)


def test_the_metronome_serves_ports_that_nobody_pulls(clock: Clock) -> None:
    """A call on hold is flushed within a tick."""
    plane = PortablePlane()
    port = plane.port()
    port.play(1, np.ones(400, np.int16).tobytes())
    port.flush()
    plane.metronome_ticks()
    assert [event.dropped[0].samples for event in port.events()] == [400]


def test_says_that_it_is_not_native() -> None:
    """Whoever starts it can tell the operator."""
    assert not PortablePlane().native
