"""The same callers at the best peer: agent-transport (PyPI), in Rust, with a session in Python.

It takes calls from a registrar only: Kamailio stands before it. Gateway and peer have the first core, one
after the other; callers, capture, the model's server and Kamailio have the others. Told are the figures of
both, at each number of calls; where one of the two cannot be had, nothing is.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure
from tests.equipment import kamailio, ports
from tests.equipment.certificates import Authority
from tests.equipment.kamailio import PASSWORD, Kamailio

ROOT = Path(__file__).parents[2]
HOME = ROOT / "build" / "peer"
PACKAGES = ("agent-transport==0.2.2", "websockets")
NUMBER = "100"
CALLS = (25, 50, 80)
RATE, SECONDS = 25, 10
LOOK_S, STEADY_S = 0.25, 6.0
TOLD = {
    "failed": "calls failed",
    "gap_p99": "gap p99",
    "holes": "pauses inside the agent's speech",
    "unheard": "caller audio that the model did not get",
    "told_p99": "speech_started to the last packet of the agent, p99",
    "setup_p99": "INVITE to 200, p99",
    "rss_per_call": "memory of a call",
}


async def run(calls: tuple[int, ...] = CALLS) -> list[Figure]:
    """Ring both, so many calls at once."""
    if why := kamailio.missing() or _missing():
        sys.stderr.write(f"no peer: {why}\n")
        return []
    return [figure for count in calls for figure in _beside(count)]


def _missing() -> str:
    """Set the peer up, once; return why that cannot be done."""
    if (HOME / "ready").exists():
        return ""
    python = HOME / "bin/python"
    for command in (
        (sys.executable, "-m", "venv", HOME),
        (python, "-m", "pip", "install", "--quiet", *PACKAGES),
        (python, "-c", "import agent_transport"),
    ):
        if subprocess.run(command, check=False, stdout=sys.stderr).returncode:
            return f"{' '.join(map(str, command))} failed"
    (HOME / "ready").touch()
    return ""


def _beside(calls: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="peer-") as name, _peer(Path(name)) as (edge, model, peer):
        path = Path(name, "figures.json")
        where = ("--peer", f"127.0.0.1:{edge}", "--model", f"127.0.0.1:{model}", "--number", NUMBER)
        load = ("--calls", str(calls), "--rate", str(RATE), "--duration", str(SECONDS), "--light", "--pin")
        ring = [sys.executable, "-m", "gateway", "loadtest", *load, *where, "--json", path]
        samples, pause = [(0.0, 0.0)], threading.Event()
        with subprocess.Popen(ring, cwd=name, stdout=sys.stderr) as ringing:
            while ringing.poll() is None:
                samples.append((time.monotonic(), _seconds(peer)))
                pause.wait(LOOK_S)
        steps: list[dict[str, Any]] = json.loads(path.read_bytes())["steps"]
    for who, step in zip(("gateway", "agent-transport"), steps, strict=True):
        of, figures = f"peer: {calls} calls, {who}", step["figures"]
        cost = figures["gateway_per_call"]["value"] if who == "gateway" else _steady(samples) / calls
        yield Figure(of, "CPU of a call", cost, "% of a core")
        for key, what in TOLD.items():
            value = figures.get(key, {}).get("value")
            if value is not None:
                yield Figure(of, what, value, figures[key]["unit"])


@contextlib.contextmanager
def _peer(folder: Path) -> Iterator[tuple[int, int, int]]:
    """Have a peer that is registered; give the ports of who rings it and of its model, and its pid."""
    edge, tls, model = (ports.free_port() for _ in range(3))
    first = str(min(os.sched_getaffinity(0)))
    with Kamailio(Authority(folder), edge, tls), contextlib.ExitStack() as stack:
        url = f"ws://127.0.0.1:{model}/v1/realtime"
        script = Path(__file__).with_name("peer_agent.py")
        command = ("taskset", "-c", first, HOME / "bin/python", script)
        account = (f"127.0.0.1:{edge}", NUMBER, PASSWORD, url)
        peer = stack.enter_context(subprocess.Popen([*command, *account], stdout=subprocess.PIPE, text=True))
        stack.callback(peer.terminate)
        assert peer.stdout is not None
        if peer.stdout.readline() != "ready\n":
            raise AssertionError("the peer is not registered")
        yield edge, model, peer.pid


def _seconds(pid: int) -> float:
    """Return the CPU that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _steady(samples: list[tuple[float, float]]) -> float:
    """Return per cent of a core, in the busiest seconds: all calls are up then."""
    found = 0.0
    for at, used in samples:
        later = next(((then, more) for then, more in samples if then - at >= STEADY_S and at), None)
        if later is not None:
            found = max(found, 100 * (later[1] - used) / (later[0] - at))
    return found
