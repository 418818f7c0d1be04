"""`gateway loadtest` as benchmarks: SIPp takes a twentieth of what phones in Python would."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from gateway.loadtest import command
from gateway.loadtest.settings import LoadSettings
from tests.bench.figures import Figure

BARS = {
    "failed": 0,
    "lost": 0,
    "wrong": 0,
    "mute": 0,
    "holes": 0,
    "gap_p99": 22,
    "gap_max": 40,
    "setup_p99": 150,
    "told_p99": 20,
    "silenced_p50": 150,
    "gateway_per_call": 0.6,
    "rss_per_call": 1.0,
    "growth": 5,
    "descriptors": 1,  # /dev/null, opened once with the first call
}
"""What the project holds itself to."""
TOLD: tuple[str, ...] = ("gap_p50", "setup_p50", "answer_p50", "silenced_p99", "told_max")
TOLD += ("told_p50", "sounded_p50", "sounded_p99", "unheard", "gateway_cores")
TOLD += ("server_per_call", "sipp_per_call", "others", "dropped")
BUSY = (sys.executable, "-m", "tests.bench.busy_gateway")


async def talk(calls: int = 100, *, seconds: int = 20, busy: bool = False) -> list[Figure]:
    """Conversations: callers and agents take turns. `busy` has a Python thread spinning in the gateway."""
    settings = LoadSettings(calls=calls, rate=25, duration=seconds, command=BUSY if busy else ())
    return await _run(
        settings, f"load: talk, {calls} calls" + (", busy interpreter" if busy else ""), busy=busy
    )


async def core(calls: int) -> list[Figure]:
    """So many conversations on one core: what breaks first, and when."""
    settings = LoadSettings(calls=calls, rate=40, duration=20, pin=True, light=True)
    return await _run(settings, f"load: one core, {calls} calls")


async def barge_in(calls: int = 100, detector: str = "session") -> list[Figure]:
    """Callers who speak over the agent, noticed by the model's server or by the gateway itself."""
    settings = LoadSettings(calls=calls, rate=20, duration=20, scenario="barge-in", detector=detector)
    return await _run(settings, f"load: barge-in, {detector} detector")


async def setup(rate: int = 50) -> list[Figure]:
    """So many new calls a second, each held for 2 s."""
    settings = LoadSettings(calls=4 * rate, rate=rate, duration=60, scenario="setup")
    return await _run(settings, f"load: {rate} calls a second")


async def _run(settings: LoadSettings, name: str, *, busy: bool = False) -> list[Figure]:
    # Not in a thread: it listens to signals, and nobody else waits for this loop.
    found = _measured(settings)["steps"][0]["figures"]
    unjudged = {"gateway_per_call"} if busy else set()  # the spinning thread is no call's doing
    return [
        Figure(
            name,
            found[key]["name"],
            float("nan") if found[key]["value"] is None else found[key]["value"],
            found[key]["unit"],
            None if key in unjudged else BARS.get(key),
        )
        for key in (*BARS, *TOLD)
        if key in found
    ]


def _measured(settings: LoadSettings) -> Any:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "figures.json")
        values = {field: getattr(settings, field) for field in settings.__dataclass_fields__}
        command.run(LoadSettings(**{**values, "json": path}))
        return json.loads(path.read_bytes())
