"""What it costs to be several: one worker with all calls, then two with half of them each, on one core.

In turns on this machine, pair by pair, every second pair the other way round. A virtual machine is not as
fast at each moment, and a single pair's CPU has said between 0.80 and 1.45. So a call's cost is judged in
units of what a fixed piece of work costs on that core meanwhile (`core_speed`), of which single pairs have
said between 1.01 and 1.12. The workers have the first core together; callers, capture and the model's server
have the others. What two workers pay for is a second interpreter, a second SIP stack, the wake-ups of both,
and that neither finds in the core's caches what it has left there; it shows as CPU, and as packets and
silences that come later than with one.
"""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway import port_owner
from gateway.loadtest import dialplan, processes
from gateway.loadtest.processes import Program
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import EXEMPT, PATH, RTP_SPARE
from gateway.node.settings import Settings
from gateway.node.workers.share import beside, share
from tests.bench import core_speed
from tests.bench.figures import Figure

CALLS, RATE, SECONDS, PAIRS = 80, 25, 11, 2
SETTLE_S = 2.0
"""Until those who ring are there, and a little longer than a load test leaves out."""
JUDGED = {
    "work_per_call": ("CPU of a call at one speed of the core, ratio", 1.05),
    "gap_p99": ("gap p99, ratio", 1.1),
    "told_p99": ("speech_started to the last packet p99, ratio", 1.1),
}
TOLD = {"gateway_per_call": "% of a core", "speed": "us of work", "gap_p99": "ms", "told_p99": "ms"}
FAULTS = ("failed", "lost", "holes")
RING = """
import json, sys
from pathlib import Path
from gateway.loadtest import caller_audio, step
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import Rig
calls, rate, seconds, sip, low, high, pid, journal, light, folder, path = sys.argv[1:]
folder = Path(folder)
folder.mkdir()
caller_audio.prepare(folder)
how = {"rate": float(rate), "duration": int(seconds), "scenario": "barge-in", "light": True}
load = LoadSettings(calls=int(calls), **how)
rig = Rig(("127.0.0.1", int(sip)), (int(low), int(high)), {"gateway": int(pid)}, Path(journal), 0.0,
          ("127.0.0.1", int(light)))
outcome = step.run(load, rig, int(calls), folder, lambda counts, meters: None)
Path(path).write_text(json.dumps({one.key: one.value for one in outcome.figures}))
sys.stderr.writelines(note + chr(10) for note in outcome.notes)
"""
"""Run by our interpreter, one for each worker: rings it, listens, and tells the figures."""


@dataclass(frozen=True)
class Worker:
    """One that takes calls."""

    sip: int
    rtp: str
    pid: int
    journal: Path


async def run(calls: int = CALLS, seconds: int = SECONDS, pairs: int = PAIRS) -> list[Figure]:
    """Ring one worker and two in turns; figures are the medians of the pairs' ratios."""
    found = []
    for pair in range(pairs):
        turns = (1, 2) if pair % 2 == 0 else (2, 1)
        figures = {count: measured(count, calls, seconds) for count in turns}
        found.append([figures[1], figures[2]])
    return compared(found, calls)


def compared(pairs: Sequence[Sequence[dict[str, float]]], calls: int) -> list[Figure]:
    """Make figures of what was measured of one worker and of two, pair by pair."""
    name = f"workers: {calls} calls in two, and in one"
    figures = []
    for key, (what, most) in JUDGED.items():
        ratio = statistics.median(two[key] / max(one[key], 1e-9) for one, two in pairs)
        figures.append(Figure(name, what, ratio, "x", most))
    for at, who in enumerate(("one", "two")):
        for key, unit in TOLD.items():
            value = statistics.median(pair[at][key] for pair in pairs)
            figures.append(Figure(name, f"{key}, {who}", value, unit))
    faults = sum(pair[1][key] for pair in pairs for key in FAULTS)
    return [*figures, Figure(name, "calls failed, packets lost and pauses in speech, two", faults, "", 0)]


def measured(count: int, calls: int, seconds: int) -> dict[str, float]:
    """Ring so many workers, which have the first core, with so many calls in all."""
    before = os.sched_getaffinity(0)
    first, *others = sorted(before)
    os.sched_setaffinity(0, others or [first])
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as made:
            folder = Path(made)
            with _workers(count, calls, first, folder) as (workers, light):
                found, speed = _rung(workers, light, calls, seconds, folder, first)
                return at_speed(together(found), speed)
    finally:
        os.sched_setaffinity(0, before)


def at_speed(found: dict[str, float], speed: float) -> dict[str, float]:
    """Return figures with a call's cost in pieces of work a second, each of which cost `speed` seconds."""
    return {**found, "speed": 1e6 * speed, "work_per_call": found["gateway_per_call"] / 100 / speed}


def together(found: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the figures of workers with as many calls each: the mean cost of a call, the worst of waits."""
    cost = statistics.mean(one["gateway_per_call"] for one in found)
    waits = {key: max(one[key] for one in found) for key in ("gap_p99", "told_p99")}
    return {"gateway_per_call": cost, **waits, **{key: sum(one[key] for one in found) for key in FAULTS}}


def _rung(
    workers: Sequence[Worker], light: int, calls: int, seconds: int, folder: Path, core: int
) -> tuple[list[dict[str, float]], float]:
    """Ring all of them at once; return what was found, and how fast their core was when all calls were up."""
    each = calls // len(workers)
    with contextlib.ExitStack() as stack:
        paths, ringing = [], []
        for number, worker in enumerate(workers):
            paths.append(path := folder / f"figures-{number}.json")
            told = (each, RATE / len(workers), seconds, worker.sip, *worker.rtp.split("-"), worker.pid)
            given = (*told, worker.journal, light, folder / f"ring-{number}", path)
            command = [sys.executable, "-c", RING, *map(str, given)]
            ringing.append(stack.enter_context(subprocess.Popen(command, stdout=sys.stderr)))
        processes.pause(calls / RATE + SETTLE_S)
        with core_speed.watched(core) as speed:
            processes.pause(max(0.0, seconds - calls / RATE - SETTLE_S))
        for one in ringing:
            if one.wait(seconds + 120):
                raise RuntimeError(f"the ringing of a worker ended with {one.returncode}")
        return [json.loads(path.read_bytes()) for path in paths], speed.seconds


@contextlib.contextmanager
def _workers(count: int, calls: int, core: int, folder: Path) -> Iterator[tuple[list[Worker], int]]:
    """Run workers on one core, and a model's server; tells where that can be asked."""
    light = processes.free_port()
    sip, (low, high) = processes.free_range(count)[0], processes.free_range(2 * calls + RTP_SPARE * count)
    plans, journal = folder / "dialplans", folder / "journal"
    plans.mkdir()
    load = LoadSettings(calls=calls, scenario="barge-in", light=True)
    dialplan.write(plans, f"ws://127.0.0.1:{light}{PATH}", load, calls, load.engine)
    settings = Settings(sip=f"127.0.0.1:{sip}", rtp=f"{low}-{high}", workers=str(count), journal=journal)
    serving = ["taskset", "-c", str(core), sys.executable, "-m", "gateway", "serve", "--no-local"]
    serving += ["--workers", str(count), "--sip", settings.sip, "--rtp", settings.rtp]
    serving += ["--dialplans", str(plans), "--journal", str(journal)]
    env = {**EXEMPT, "GATEWAY_RECORDS__DATABASE": str(folder / "gateway.db")}
    env |= {"GATEWAY_CONTROL": "off", "GATEWAY_LIMITS__LOAD": "off", "GATEWAY_MAX_CALLS": str(calls + 20)}
    listening = processes.python("-m", "gateway.loadtest.model_server", f"127.0.0.1:{light}")
    with Program("server", listening, folder) as server, contextlib.ExitStack() as stack:
        server.wait_for("embedded.ready")
        gateway = stack.enter_context(Program("gateway", serving, folder, env=env))
        gateway.wait_for("gateway.ready" if count == 1 else "workers.ready")
        yield [_worker(settings, number, count) for number in range(count)], light


def _worker(settings: Settings, number: int, count: int) -> Worker:
    part = settings if count == 1 else share(settings, number, count)
    assert settings.journal is not None
    port = int(part.sip.rpartition(":")[2])
    pid = port_owner.holder(port)
    assert pid is not None, f"nobody has port {port}"
    journal = settings.journal if count == 1 else beside(settings.journal, number)
    return Worker(port, part.rtp, pid, journal)
