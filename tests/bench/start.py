"""How long a gateway takes until it answers, and what it keeps while nobody calls.

Beside an earlier commit (`GATEWAY_BENCH_BEFORE`, as in `pairs`), in turns: each is started with its modules
compiled and in the page cache. The plans are those of a load test of a hundred calls.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from gateway.loadtest import dialplan, processes
from gateway.loadtest.processes import Program
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import EXEMPT, READY
from tests.bench.figures import Figure
from tests.bench.pairs import BEFORE, ROOT, Side, before_side

STARTS = 5
PLANS = 100
SETTLES_S = 2.0
"""Until what is done after the first answer is done."""
BARS = {"ready": 1.0, "idle": 90.0}
SOURCES = "PYTHONDONTWRITEBYTECODE"
"""Set where this runs, modules would be compiled anew at each start."""


async def run(starts: int = STARTS) -> list[Figure]:
    """Start both in turns; figures are medians."""
    sides = (
        before_side(os.environ.get("GATEWAY_BENCH_BEFORE", BEFORE)),
        Side("now", ROOT, Path(sys.executable)),
    )
    found: dict[str, list[tuple[float, float, float]]] = {side.name: [] for side in sides}
    for turn in range(starts + 1):
        for side in sides:
            figures = _started(side)
            if turn:  # the first one compiles
                found[side.name].append(figures)
    return [figure for side in sides for figure in _figures(side, found[side.name])]


def _figures(side: Side, starts: list[tuple[float, float, float]]) -> list[Figure]:
    ready, cpu, idle = (sorted(each) for each in zip(*starts, strict=True))
    name, judged = f"start: {side.name}", side.folder == ROOT
    return [
        Figure(name, what, statistics.median(values), unit, bar if judged else None, (values[0], values[-1]))
        for what, values, unit, bar in (
            ("start to answering calls", ready, "s", BARS["ready"]),
            ("CPU until then", cpu, "s", None),
            ("memory of an idle gateway", idle, "MB", BARS["idle"]),
        )
    ]


def _started(side: Side) -> tuple[float, float, float]:
    """Return seconds until it answers, those of CPU, and MB when it has settled."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        plans = folder / "dialplans"
        plans.mkdir()
        dialplan.write(plans, "ws://127.0.0.1:9/v1/realtime", LoadSettings(calls=PLANS), PLANS, "tone")
        sip, rtp = processes.free_port(), processes.free_range(2 * PLANS)
        command = [str(side.python), "-m", "gateway", "serve", "--sip", f"127.0.0.1:{sip}", "--no-local"]
        command += ["--rtp", f"{rtp[0]}-{rtp[1]}", "--dialplans", str(plans)]
        env = {**EXEMPT, "GATEWAY_RECORDS__DATABASE": str(folder / "gateway.db"), "GATEWAY_CONTROL": "off"}
        compiled = os.environ.pop(SOURCES, None)
        try:
            began = datetime.now(UTC)
            with Program("gateway", command, folder, cwd=folder, env=env) as gateway:
                said = gateway.wait_for(*READY)
                cpu = processes.cpu_seconds(gateway.pid)
                ready = (datetime.fromisoformat(str(said["timestamp"])) - began).total_seconds()
                processes.pause(SETTLES_S)
                return ready, cpu, processes.rss_mb(gateway.pid)
        finally:
            if compiled is not None:
                os.environ[SOURCES] = compiled
