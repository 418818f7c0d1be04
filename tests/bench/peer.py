"""How many calls a core carries, ours and those of the best peer: `python -m tests.bench peer`.

The peer is agent-transport of PyPI: SIP and RTP in Rust, agents in Python. It is installed below build/ once,
and only registers, so that Kamailio stands before it; `peer_agent.py` is its agent. Either has the first core
for itself, and is rung by the same callers, who speak over their agents, beside the same model's server. More
and more of them come until a bound of quality breaks, and both are printed side by side.
"""

from __future__ import annotations

import contextlib
import itertools
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from rich.console import Console

from gateway.loadtest import caller_audio, processes, report, sipp, step, target
from gateway.loadtest.outcome import Outcome
from gateway.loadtest.processes import Program
from gateway.loadtest.settings import LoadSettings
from gateway.loadtest.target import Rig
from tests.bench.figures import Figure
from tests.equipment import kamailio
from tests.equipment.certificates import Authority
from tests.equipment.kamailio import PASSWORD, Kamailio

ROOT = Path(__file__).parents[2]
PEER = "agent-transport"
REQUIREMENTS = ("agent-transport==0.2.2", "orjson==3.13.0", "uvloop==0.23.0", "websockets==17.4")
INSTALL_S = 300.0
SIP = ("127.0.0.1", 5060)
"""Of Kamailio: the peer asks no other port for its calls."""
MARK = "X-CallUUID"
"""The header in which the peer looks for a call's name."""

PEER_STEPS = range(40, 201, 40)
OUR_STEPS = range(100, 401, 100)
RATE, SECONDS = 40, 10
PACE = {"gap_p99": 25.0}
QUALITY = {
    "failed": 0.0,
    "mute": 0.0,
    "unanswered": 0.0,
    "holes": 0.0,
    "told_p99": 25.0,
    "sounded_p99": 60.0,
    "unheard": 0.5,
}
"""What calls have to be like, with packets as even as `PACE` says: less than a load test asks of us. How many
are carried however uneven they are is told as well: the peer's gaps have a p99 of 25 ms at any load."""
TIMES = 4
"""So many more calls at least than the peer's."""


async def run() -> list[Figure]:
    """Compare both; no figures where the peer cannot be had."""
    theirs, ours = rung()
    return compared(theirs, ours) if theirs else []


def rung(
    peer_steps: Sequence[int] = PEER_STEPS, our_steps: Sequence[int] = OUR_STEPS
) -> tuple[list[Outcome], list[Outcome]]:
    """Ring the peer, then the gateway. Where the peer cannot be had it is told why, and nobody is rung."""
    if why := missing():
        sys.stderr.write(f"peer: left out, {why}\n")
        return [], []
    sipp.check()
    settings = LoadSettings(scenario="barge-in", rate=RATE, duration=SECONDS, pin=True, light=True)
    theirs = _carried(settings, _peer(settings), peer_steps, PEER)
    ours = _carried(settings, _gateway(settings, max(our_steps)), our_steps, "")
    report.show(Console(), [*theirs, *ours], f"Judged by {', '.join((*QUALITY, *PACE))} alone.")
    return theirs, ours


def missing() -> str:
    """Return why the peer cannot be rung here; "" if it can."""
    if why := kamailio.missing():
        return why
    if not processes.is_free(SIP[1]):
        return f"port {SIP[1]} is taken, and the peer registers at no other"
    try:
        installed()
    except (OSError, subprocess.SubprocessError) as error:
        return f"{PEER} cannot be installed: {error}"
    return ""


def installed() -> Path:
    """Install the peer, where that was not done before; return its interpreter. Raises SubprocessError."""
    folder = ROOT / "build" / "peer" / "-".join(REQUIREMENTS[0].split("=="))
    python = folder / "bin" / "python"
    ready = folder / "ready"
    if not ready.exists():
        for command in (
            (sys.executable, "-m", "venv", "--clear", str(folder)),
            (str(python), "-m", "pip", "install", "--quiet", *REQUIREMENTS),
        ):
            subprocess.run(command, check=True, timeout=INSTALL_S, stdout=sys.stderr)
        ready.touch()
    return python


@contextlib.contextmanager
def _gateway(settings: LoadSettings, most: int) -> Iterator[Rig]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        target.rig(settings, most, Path(folder)) as rig,
    ):
        yield rig


@contextlib.contextmanager
def _peer(settings: LoadSettings) -> Iterator[Rig]:
    """Have the peer ready behind Kamailio."""
    with contextlib.ExitStack() as ready:
        folder = Path(ready.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        before = ready.enter_context(target.pinned(settings))
        server, url = ready.enter_context(target.model_server(settings, folder))
        ready.enter_context(Kamailio(Authority(folder), SIP[1], processes.free_port(), MARK))
        voice = f"tone-440-{settings.behaviour.tone_ms}ms"
        first = "agent" if settings.behaviour.speaks_first else "caller"
        agent = (str(installed()), str(Path(__file__).with_name("peer_agent.py")))
        command = [*before, *agent, SIP[0], PASSWORD, url, voice, first]
        peer = ready.enter_context(Program("peer", command, folder))
        peer.wait_for("peer.ready")
        pids = {"gateway": peer.pid, "server": server.pid}
        yield Rig(SIP, None, pids, folder / "journal", processes.rss_mb(peer.pid), target.address(url))


def _carried(
    settings: LoadSettings, having: AbstractContextManager[Rig], steps: Sequence[int], whose: str
) -> list[Outcome]:
    """Ring one of them with more and more calls until a bound breaks, however uneven its packets are."""
    outcomes: list[Outcome] = []
    with having as rig, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for calls in steps:
            sys.stderr.write(f"{whose or 'gateway'}, {calls} calls ...\n")
            place = Path(folder, f"{calls}")
            place.mkdir()
            caller_audio.prepare(place)
            outcomes.append(step.run(settings, rig, calls, place, lambda _counts, _meters: None))
            outcomes[-1].of = whose
            if broken(outcomes[-1]):
                break
    return outcomes


def broken(outcome: Outcome, bounds: Mapping[str, float] = QUALITY) -> list[str]:
    """Return which bounds do not hold, each with its value; what was not measured does not."""
    return [
        f"{key} {outcome.value(key):.4g}" for key, most in bounds.items() if not outcome.value(key) <= most
    ]


def compared(theirs: Sequence[Outcome], ours: Sequence[Outcome]) -> list[Figure]:
    """Make figures of what both carried."""
    figures = []
    carried = []
    for title, bounds in (("calls on a core", QUALITY | PACE), ("the same, however uneven", QUALITY)):
        for whose, outcomes in ((PEER, theirs), ("gateway", ours)):
            good = list(itertools.takewhile(lambda one: not broken(one, bounds), outcomes))  # noqa: B023
            ends = (
                f", then {', '.join(broken(outcomes[len(good)], bounds))}"
                if len(good) < len(outcomes)
                else ""
            )
            carried.append(good[-1].calls if good else 0)
            figures.append(Figure("peer", f"{title}, {whose}{ends}", carried[-1], ""))
            if good:
                cost = good[-1].value("gateway_per_call")
                figures.append(Figure("peer", f"CPU of one of them, {whose}", cost, "% of a core"))
    return [
        *figures,
        Figure("peer", f"calls on a core, {PEER} for one of ours", _ratio(*carried[:2]), "", 1 / TIMES),
        Figure("peer", "the same, however uneven", _ratio(*carried[2:]), ""),
    ]


def _ratio(theirs: float, ours: float) -> float:
    return theirs / ours if ours else float("nan")
