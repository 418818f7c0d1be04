"""`gateway loadtest` as benchmarks: SIPp takes a twentieth of what phones in Python would."""

from __future__ import annotations

import dataclasses
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
TOLD += ("thread_main", "refused", "refused_p99", "server_per_call", "sipp_per_call", "others", "dropped")
BUSY = (sys.executable, "-m", "tests.bench.busy_gateway")


LOADS = {
    "load": LoadSettings(calls=100, rate=25, duration=20),
    "load-200": LoadSettings(calls=200, rate=25, duration=20),
    "load-200-busy": LoadSettings(calls=200, rate=25, duration=20, command=BUSY),
    "load-barge-in": LoadSettings(calls=100, rate=20, duration=20, scenario="barge-in"),
    "load-barge-in-local": LoadSettings(
        calls=100, rate=20, duration=20, scenario="barge-in", detector="local"
    ),
    "load-setup": LoadSettings(calls=200, rate=50, duration=60, scenario="setup"),
    "load-setup-100": LoadSettings(calls=400, rate=100, duration=10, scenario="setup", light=True),
    **{
        f"core-{calls}": LoadSettings(calls=calls, rate=50, duration=10, pin=True, light=True)
        for calls in (100, 200, 300)
    },
    **{
        f"core-barge-in-{calls}": LoadSettings(
            calls=calls, rate=50, duration=10, scenario="barge-in", pin=True, light=True
        )
        for calls in (100, 200, 300)
    },
    "core-offered-400": LoadSettings(
        calls=400, rate=50, duration=10, scenario="barge-in", pin=True, light=True, refuse=True
    ),
}
"""Load tests by their names. `load`: on all cores, which callers, capture and the embedded server share.
`core`: the gateway has one for itself, callers, capture and a server that costs next to nothing the others.
`busy` has a Python thread spinning in the gateway; of `offered` the gateway takes what it carries."""


async def run(name: str) -> list[Figure]:
    """Run one of them."""
    settings = LOADS[name]
    return figures(name, settings, ring(settings)["steps"][0]["figures"])


def figures(name: str, settings: LoadSettings, found: dict[str, dict[str, Any]]) -> list[Figure]:
    """Return those of a load test that are told, judged by what the project holds itself to."""
    unjudged = {"gateway_per_call"} if settings.command == BUSY else set()  # its thread is no call's doing
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


def ring(settings: LoadSettings) -> Any:
    """Run a load test; return what it writes as JSON. Not in a thread: it listens to signals."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "figures.json")
        command.run(dataclasses.replace(settings, json=path))
        return json.loads(path.read_bytes())
