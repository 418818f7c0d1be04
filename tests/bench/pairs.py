"""What a call costs beside an earlier commit of this project: both in turns on this machine, pair by pair.

Ratios of neighbours count: a machine that others use moves by a fifth from one hour to the next. The gateway
has the first core for itself; callers, capture and the model's server have the others. The earlier commit,
`GATEWAY_BENCH_BEFORE` (fbe1e69 where nothing is said), is unpacked and built under build/ once. Both are rung
by today's load test, with a model's server that costs next to nothing: a slow one would wake them otherwise.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure

ROOT = Path(__file__).parents[2]
BEFORE = "fbe1e69"
"""The state from which the cost of a call is counted."""
PAIRS = 3
CALLS, RATE, SECONDS = 80, 25, 20

JUDGED = {
    "gateway_per_call": ("CPU of the gateway for a call", 0.5),
    "media_seconds": ("CPU of the threads that carry sound", 0.7),
    "gap_p99": ("gap p99", 1.05),
}
"""What is compared, and the most that its ratio may be."""
CARRY_SOUND = ("media", "media-clock")
"""Names of those threads. Judge them on a machine that is idle otherwise: else packets pile up, and whoever
reads them late reads them cheaply."""
LOOK_S = 0.25
TOLD = {"python_seconds": "CPU of Python's thread", "rss_per_call": "memory of a call"}

RING = """
import sys
from pathlib import Path
from gateway.loadtest import command
from gateway.loadtest.settings import LoadSettings
calls, rate, seconds, core, python, path, *more = sys.argv[1:]
gateway = ("taskset", "-c", core, python, "-m", "gateway")
load = LoadSettings(calls=int(calls), rate=int(rate), duration=int(seconds), command=gateway, json=Path(path),
                    **dict.fromkeys(more, True))
command.run(load)
"""
"""Run by our interpreter, in a folder of its own: rings the gateway of either."""


@dataclass(frozen=True)
class Side:
    """One of the two: where it is, and the interpreter that runs it."""

    name: str
    folder: Path
    python: Path


async def run(
    calls: int = CALLS, seconds: int = SECONDS, pairs: int = PAIRS, more: tuple[str, ...] = ()
) -> list[Figure]:
    """Ring both in turns; figures are the medians of the pairs' ratios.

    `more`: what else the load test of the one that is measured is told to do, such as `tls`.
    """
    sides = (
        before_side(os.environ.get("GATEWAY_BENCH_BEFORE", BEFORE)),
        Side("now", ROOT, Path(sys.executable)),
    )
    before, now = sides
    both = [
        [_measured(before, calls, seconds, "light"), _measured(now, calls, seconds, "light", *more)]
        for _ in range(pairs)
    ]
    return compared(both, sides, calls)


async def echo(calls: int = CALLS, seconds: int = SECONDS, pairs: int = PAIRS) -> list[Figure]:
    """Ring agents that look for their own voice in what comes back, and agents that do not, in turns."""
    sides = Side("hear", ROOT, Path(sys.executable)), Side("suppress", ROOT, Path(sys.executable))
    both = [
        [_measured(sides[0], calls, seconds, "hear_echo"), _measured(sides[1], calls, seconds)]
        for _ in range(pairs)
    ]
    judged = {"gateway_per_call": ("CPU of the gateway for a call", 1.05)}
    return compared(both, sides, calls, judged)


def compared(
    pairs: list[list[dict[str, float]]],
    sides: tuple[Side, Side],
    calls: int,
    judged: Mapping[str, tuple[str, float]] = JUDGED,
) -> list[Figure]:
    """Make figures of what was measured of both, pair by pair."""
    name = f"pairs: {calls} calls, {sides[0].name} and {sides[1].name}"
    figures = [
        Figure(name, f"{what}, ratio", _ratio(pairs, key), "x", most) for key, (what, most) in judged.items()
    ]
    figures += [Figure(name, f"{what}, ratio", _ratio(pairs, key), "x") for key, what in TOLD.items()]
    for at, side in enumerate(sides):
        cost = statistics.median(pair[at]["gateway_per_call"] for pair in pairs)
        figures.append(Figure(name, f"CPU of the gateway for a call, {side.name}", cost, "% of a core"))
    failed = sum(pair[1]["failed"] + pair[1]["holes"] for pair in pairs)
    return [*figures, Figure(name, f"calls failed and pauses in speech, {sides[1].name}", failed, "", 0)]


def _ratio(pairs: list[list[dict[str, float]]], key: str) -> float:
    return statistics.median(now[key] / max(before[key], 1e-9) for before, now in pairs)


def before_side(commit: str) -> Side:
    """Unpack an earlier commit and build it, where that was not done before. `commit` may be a folder."""
    folder = Path(commit).resolve() if Path(commit).is_dir() else ROOT / "build" / "before" / commit
    if not folder.exists():
        packed = subprocess.run(
            ["git", "-C", ROOT, "archive", commit],
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        folder.mkdir(parents=True)
        subprocess.run(["tar", "-x", "-C", folder], input=packed, check=True)
    python = folder / ".venv/bin/python"
    if not python.exists():
        subprocess.run(["make", "-C", folder, "native", "VENV=.venv"], check=True, stdout=sys.stderr)
    return Side(Path(commit).name, folder, python)


def _measured(side: Side, calls: int, seconds: int, *more: str) -> dict[str, float]:
    """Ring one of them with pinned cores."""
    first, *others = (str(core) for core in sorted(os.sched_getaffinity(0)))
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder, "figures.json")
        numbers = str(calls), str(RATE), str(seconds)
        ring = [sys.executable, "-c", RING, *numbers, first, side.python, path, *more]
        # It says by its code that a bound does not hold, which is not what is asked here.
        command = ["taskset", "-c", ",".join(others) or first, *ring]
        spent, pause = {"media_seconds": 0.0, "python_seconds": 0.0}, threading.Event()
        with subprocess.Popen(command, cwd=folder, stdout=sys.stderr) as ringing:
            while ringing.poll() is None:
                seen = _thread_seconds(ringing.pid)
                spent = {key: max(used, seen[key]) for key, used in spent.items()}
                pause.wait(LOOK_S)
        found: dict[str, dict[str, Any]] = json.loads(path.read_bytes())["steps"][0]["figures"]
    figures = {key: figure["value"] for key, figure in found.items() if figure["value"] is not None}
    return {**figures, **spent}


def _thread_seconds(ancestor: int) -> dict[str, float]:
    """Return the CPU used so far by the threads that carry sound, and by Python's, of a gateway below."""
    sound = python = 0
    for process in _descendants(ancestor):
        used: dict[str, int] = {}
        for thread in process.parent.glob("task/*/stat"):
            with suppress(OSError):
                number, _, rest = thread.read_text().partition("(")
                name, _, fields = rest.rpartition(")")
                first = int(number) == int(process.parent.name)
                key = "python" if first else name
                used[key] = used.get(key, 0) + sum(int(each) for each in fields.split()[11:13])
        if "media-clock" in used:
            sound += sum(used.get(name, 0) for name in CARRY_SOUND)
            python += used.get("python", 0)
    hertz = os.sysconf("SC_CLK_TCK")
    return {"media_seconds": sound / hertz, "python_seconds": python / hertz}


def _descendants(ancestor: int) -> list[Path]:
    parents: dict[int, int] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = {ancestor}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return [Path("/proc", str(one), "stat") for one in found]
