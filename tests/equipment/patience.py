"""How long tests wait for facts: one factor for every time-out, scalable by environment.

A slow or busy machine sets `GATEWAY_TEST_PATIENCE=3`; no test has to be edited. The factor stretches
time-outs only, never what a test measures.
"""

from __future__ import annotations

import os

from gateway import tasks

FACTOR = float(os.environ.get("GATEWAY_TEST_PATIENCE", "1"))


SOON_MS = 1000.0
"""Milliseconds after which what happens at once has happened, be the machine as busy as it likes. How soon it
does is for the benchmarks to say."""


def seconds(value: float) -> float:
    """Return the time-out that stands for `value` seconds on this machine."""
    return value * FACTOR


def within(value: float) -> tasks.Within:
    """Bound a block of waiting; TimeoutError when it takes longer than so many patient seconds."""
    return tasks.within(seconds(value))
