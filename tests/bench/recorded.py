"""A hundred recorded calls beside none: `python -m tests.bench.recorded [KIND [CALLS ROUNDS SECONDS]]`.

Callers speak over their agents, the gateway has one processor, all else the others. In turns without a
recording and with one of each call: `wav`, `ogg`, `sealed` (encrypted), `full`, onto a disk of 1 MB that is
full soon, or `all`. Gaps between packets, and the time from an interruption to the agent's last packet, are
to stay.
"""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gateway.loadtest.settings import LoadSettings
from tests.bench.load import ring
from tests.proofs.records import small_disk

CALLS, ROUNDS, SECONDS = 100, 3, 30
GAP_MS = 21.0
FLUSH_RATIO = 1.1
FIGURES = {"gap_p99": "gap p99, ms", "told_p99": "flush p99, ms", "gateway_per_call": "CPU a call, %"}
KINDS = ("wav", "ogg", "sealed", "full")


def measured(module: str, calls: int, seconds: int) -> dict[str, float]:
    """Ring a gateway, and return the figures that count."""
    load = LoadSettings(calls=calls, rate=20, duration=seconds, scenario="barge-in", pin=True, light=True)
    settings = dataclasses.replace(load, command=(sys.executable, "-m", module))
    figures: dict[str, Any] = ring(settings)["steps"][0]["figures"]
    if missing := [told for key, told in FIGURES.items() if key not in figures]:
        raise SystemExit(f"no {', '.join(missing)}: this machine is too busy for {calls} calls")
    return {key: float(figures[key]["value"]) for key in FIGURES} | {"failed": figures["failed"]["value"]}


@contextlib.contextmanager
def recording(kind: str) -> Iterator[Path]:
    """Have recordings of a kind written for as long as the block lasts; yields their folder."""
    own = {"GATEWAY_RECORDING__FORMAT": "ogg" if kind == "ogg" else "wav"}
    if kind == "sealed":
        own |= {"GATEWAY_RECORDING__KEYS": '["${BENCH_KEY}"]'}
        own |= {"BENCH_KEY": base64.b64encode(os.urandom(32)).decode()}
    with small_disk() if kind == "full" else _folder() as folder:
        os.environ.update(own | {"GATEWAY_RECORDING__FOLDER": str(folder)})
        try:
            yield folder
        finally:
            for name in (*own, "GATEWAY_RECORDING__FOLDER"):
                os.environ.pop(name)


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def recorded(kind: str, calls: int, seconds: int) -> dict[str, float]:
    """Do the same while all calls are recorded."""
    with recording(kind) as folder:
        found = measured("tests.bench.recording_gateway", calls, seconds)
        files = [file for file in folder.rglob("*") if file.is_file()]
    if len(files) < calls:
        raise SystemExit(f"only {len(files)} of {calls} calls were recorded")
    return found


def main(kinds: Sequence[str], calls: int, rounds: int, seconds: int) -> int:
    """Run the rounds; return 0 if gaps are below the bar, and the ratios of flushes are."""
    gaps: dict[str, list[float]] = {kind: [] for kind in kinds}
    ratios: dict[str, list[float]] = {kind: [] for kind in kinds}
    costs: dict[str, list[float]] = {kind: [] for kind in kinds}
    for number in range(rounds):
        turns = ("alone", *kinds) if number % 2 == 0 else (*reversed(kinds), "alone")
        found: dict[str, dict[str, float]] = {}
        for turn in turns:
            alone = turn == "alone"
            found[turn] = measured("gateway", calls, seconds) if alone else recorded(turn, calls, seconds)
            sys.stdout.write(f"round {number + 1}, {turn}: {found[turn]}\n")
            sys.stdout.flush()
        for kind in kinds:
            gaps[kind].append(found[kind]["gap_p99"])
            ratios[kind].append(found[kind]["told_p99"] / found["alone"]["told_p99"])
            costs[kind].append(found[kind]["gateway_per_call"] / found["alone"]["gateway_per_call"])
    return max(_judged(f"{calls} calls, {kind}", gaps[kind], ratios[kind], costs[kind]) for kind in kinds)


def _judged(name: str, gaps: list[float], ratios: list[float], costs: list[float]) -> int:
    gap, ratio, cost = (statistics.median(values) for values in (gaps, ratios, costs))
    sys.stdout.write(
        f"{name}: gap p99 {gap:.1f} ms (at most {GAP_MS}), flush p99 x {ratio:.3f} (at most {FLUSH_RATIO}),"
        f" CPU a call x {cost:.2f}\n"
    )
    return 0 if gap <= GAP_MS and ratio <= FLUSH_RATIO else 1


if __name__ == "__main__":
    chosen = sys.argv[1] if sys.argv[1:] else "wav"
    if chosen not in (*KINDS, "all"):
        raise SystemExit(f"one of {', '.join(KINDS)}, all")
    given = [int(one) for one in sys.argv[2:]]
    kinds = KINDS if chosen == "all" else (chosen,)
    sys.exit(main(kinds, *(given + [CALLS, ROUNDS, SECONDS][len(given) :])))
