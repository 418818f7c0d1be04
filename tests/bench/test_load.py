"""The load benchmarks, as small as they get: they must not break unnoticed."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from gateway.media.plane import native_available
from tests.bench import load

pytestmark = [
    pytest.mark.skipif(shutil.which("sipp") is None, reason="needs SIPp (apt-get install sip-tester)"),
    pytest.mark.skipif(not native_available(), reason="needs the native media plane (make native)"),
]


def test_two_calls_are_measured_beside_a_busy_thread() -> None:
    """Every figure is there, and nobody was lost."""
    settings = dataclasses.replace(load.LOADS["load-200-busy"], calls=2, duration=4)
    found = load.ring(settings)["steps"][0]["figures"]
    figures = {figure.name: figure for figure in load.figures("two calls", settings, found)}
    assert figures["calls failed"].value == 0
    assert figures["gap between agent packets, p99"].value < 100
    assert len(figures) >= len(load.BARS) - 3
