"""The speed of a core is what work costs on it."""

from __future__ import annotations

import os
import time

from tests.bench import core_speed


def test_work_has_its_cost() -> None:
    """More than nothing, and less than it took."""
    began = time.monotonic()
    with core_speed.watched(min(os.sched_getaffinity(0))) as speed:
        assert speed.seconds == 0.0
    assert 0.0 < speed.seconds < time.monotonic() - began
