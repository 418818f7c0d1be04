"""What a call costs beside an earlier commit of this project: both in turns on this machine, pair by pair.

Ratios of neighbours count: a machine that others use moves by a fifth from one hour to the next. The gateway
has core 0 for itself; callers, capture and the model's server have core 1. The earlier commit,
`GATEWAY_BENCH_BEFORE` (fbe1e69 where nothing is said), is checked out and built under build/ once; both are
rung by this checkout's load test.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.loadtest import command
from gateway.loadtest.settings import LoadSettings
from tests.bench.figures import Figure

ROOT = Path(__file__).parents[2]
BEFORE = "fbe1e69"
"""The state from which the cost of a call is counted."""
PAIRS = 3
CALLS, RATE, SECONDS = 80, 25, 20

JUDGED = {"gateway_per_call": ("CPU of the gateway for a call", 0.5), "gap_p99": ("gap p99", 1.05)}
"""What is compared, and the most that its ratio may be."""
TOLD = {"rss_per_call": "memory of a call", "told_p99": "speech_started to the agent's last packet, p99"}


@dataclass(frozen=True)
class Side:
    """One of the two, and the command that runs it: it finds its own modules, wherever it is called."""

    name: str
    program: Path


async def run(calls: int = CALLS) -> list[Figure]:
    """Ring both in turns; figures are the medians of the pairs' ratios."""
    sides = (
        _before(os.environ.get("GATEWAY_BENCH_BEFORE", BEFORE)),
        Side("now", Path(sys.executable).with_name("gateway")),
    )
    pairs = [[_measured(side, calls) for side in sides] for _ in range(PAIRS)]
    name = f"pairs: {calls} calls, {sides[0].name} and now"
    figures = []
    for key, (what, most) in JUDGED.items():
        figures.append(Figure(name, f"{what}, ratio", _ratio(pairs, key), "x", most))
    figures += [Figure(name, f"{what}, ratio", _ratio(pairs, key), "x") for key, what in TOLD.items()]
    for at, side in enumerate(sides):
        cost = statistics.median(pair[at]["gateway_per_call"] for pair in pairs)
        figures.append(Figure(name, f"CPU of the gateway for a call, {side.name}", cost, "% of a core"))
    failed = sum(pair[1]["failed"] + pair[1]["holes"] for pair in pairs)
    return [*figures, Figure(name, "calls failed and pauses in speech, now", failed, "", 0)]


def _ratio(pairs: list[list[dict[str, float]]], key: str) -> float:
    return statistics.median(now[key] / max(before[key], 1e-9) for before, now in pairs)


def _before(commit: str) -> Side:
    """Check an earlier commit out and build it, where that was not done before."""
    folder = ROOT / "build" / "before" / commit
    if not folder.exists():
        subprocess.run(
            ["git", "-C", ROOT, "worktree", "add", "--detach", folder, commit],
            check=True,
            stdout=sys.stderr,
        )
    if not (folder / ".venv/bin/python").exists():
        subprocess.run(["make", "-C", folder, "native", "VENV=.venv"], check=True, stdout=sys.stderr)
    return Side(commit, folder / ".venv/bin/gateway")


def _measured(side: Side, calls: int) -> dict[str, float]:
    """Ring one of them with pinned cores."""
    cores = os.sched_getaffinity(0)
    first, *others = sorted(cores)
    program = ("taskset", "-c", str(first), str(side.program))
    os.sched_setaffinity(0, others or cores)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            path = Path(folder, "figures.json")
            command.run(LoadSettings(calls=calls, rate=RATE, duration=SECONDS, command=program, json=path))
            found: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["steps"][0]["figures"]
    finally:
        os.sched_setaffinity(0, cores)
    return {key: figure["value"] for key, figure in found.items() if figure["value"] is not None}
