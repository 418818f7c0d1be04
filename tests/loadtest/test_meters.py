"""Costs are differences between samples."""

from __future__ import annotations

import os
from dataclasses import replace

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
    threads = made.thread_cores(window)
    assert [*threads] == ["main", "media-clock", "sip"]
    assert threads["main"] == pytest.approx(0.12)


def test_too_short_a_time_means_all_of_it() -> None:
    """Fewer than two samples inside say nothing; then all are taken."""
    assert len(meters().within((1, 2))) == 2


def test_rates_over_time() -> None:
    """From sample to sample; one a moment after another does not make ten cores of a tick of the kernel."""
    made = meters()
    assert made.rates("gateway") == [(second, pytest.approx(0.2)) for second in range(1, 10)]
    cpu = {**made.samples[0].cpu, "gateway": 0.01}  # one tick
    made.samples.insert(1, replace(made.samples[0], at=SECOND // 1000, cpu=cpu))
    assert made.rates("gateway") == [(second, pytest.approx(0.2)) for second in range(1, 10)]


def test_a_program_that_has_ended_takes_nothing() -> None:
    """Its counters are gone, not negative."""
    made = meters()
    for sample in made.samples[5:]:
        sample.cpu["sipp"] = 0.0  # type: ignore[index] # a dict here
    assert min(cores for _, cores in made.rates("sipp")) == 0


def test_a_look_at_ourselves() -> None:
    """A sample of a living process has time, memory and descriptors."""
    made = Meters({"gateway": os.getpid()})
    sample = made.look(3)
    assert sample.calls == 3
    assert sample.cpu["gateway"] > 0
    assert sample.threads["main"] > 0
    assert sample.rss_mb["gateway"] > 10
    assert sample.descriptors > 2
    assert load_average() >= 0
