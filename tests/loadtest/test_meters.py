"""Costs are differences between samples."""

from __future__ import annotations

import os

import pytest

from gateway.loadtest.meters import Meters, load_average
from tests.loadtest.made import SECOND, meters


def test_cores_within_a_time() -> None:
    """Seconds of processor over seconds of clock, for each program and for everybody else."""
    made = meters()
    window = (2 * SECOND, 8 * SECOND)
    assert made.cores("gateway", window) == pytest.approx(0.2)
    assert made.cores("nobody", window) == 0
    assert made.others(window) == pytest.approx(0.5 - 0.35)
    assert made.mean_calls(window) == 10


def test_too_short_a_time_means_all_of_it() -> None:
    """Fewer than two samples inside say nothing; then all are taken."""
    assert len(meters().within((1, 2))) == 2


def test_a_look_at_ourselves() -> None:
    """A sample of a living process has time, memory and descriptors."""
    made = Meters({"gateway": os.getpid()})
    sample = made.look(3)
    assert sample.calls == 3
    assert sample.cpu["gateway"] > 0
    assert sample.rss_mb["gateway"] > 10
    assert sample.descriptors > 2
    assert load_average() >= 0
