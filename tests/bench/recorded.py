"""A hundred recorded calls beside none: `python -m tests.bench.recorded [KIND [CALLS PAIRS SECONDS]]`.

Callers speak over their agents, the gateway is pinned to one processor. In turns without a recording and with
one of each call: `wav`, `ogg`, `sealed` (encrypted), or `full`, onto a disk of 1 MB that is full at once.
Gaps between packets, and the time from an interruption to the agent's last packet, are to stay as they are.
"""

from __future__ import annotations

import base64
import contextlib
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.loadtest.settings import LoadSettings
from tests.bench.load import _measured
from tests.proofs.records import small_disk

CALLS, PAIRS, SECONDS = 100, 3, 30
GAP_MS = 21.0
FLUSH_RATIO = 1.1
FIGURES = {"gap_p99": "gap p99, ms", "told_p99": "flush p99, ms", "gateway_per_call": "CPU a call, %"}
KINDS = ("wav", "ogg", "sealed", "full")
PINNED = ("taskset", "-c", "0", sys.executable, "-m")


def measured(module: str, calls: int, seconds: int) -> dict[str, float]:
    """Ring a gateway, and return the figures that count."""
    command = (*PINNED, module)
    settings = LoadSettings(calls=calls, rate=20, duration=seconds, scenario="barge-in", command=command)
    figures: dict[str, Any] = _measured(settings)["steps"][0]["figures"]
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


def main(kind: str, calls: int, pairs: int, seconds: int) -> int:
    """Run the pairs; return 0 if gaps are below the bar, and the ratio of flushes is."""
    ratios: list[float] = []
    gaps: list[float] = []
    for number in range(pairs):
        found: dict[str, dict[str, float]] = {}
        for turn in ("alone", kind) if number % 2 == 0 else (kind, "alone"):
            found[turn] = (
                measured("gateway", calls, seconds) if turn == "alone" else recorded(kind, calls, seconds)
            )
        sys.stdout.write(f"pair {number + 1}: {found}\n")
        sys.stdout.flush()
        ratios.append(found[kind]["told_p99"] / found["alone"]["told_p99"])
        gaps.append(found[kind]["gap_p99"])
    gap, ratio = statistics.median(gaps), statistics.median(ratios)
    sys.stdout.write(
        f"{calls} calls, {kind}: gap p99 {gap:.1f} ms (at most {GAP_MS}), flush p99 x {ratio:.3f}"
        f" (at most {FLUSH_RATIO})\n"
    )
    return 0 if gap <= GAP_MS and ratio <= FLUSH_RATIO else 1


if __name__ == "__main__":
    chosen = sys.argv[1] if sys.argv[1:] else "wav"
    if chosen not in KINDS:
        raise SystemExit(f"one of {', '.join(KINDS)}")
    given = [int(one) for one in sys.argv[2:]]
    sys.exit(main(chosen, *(given + [CALLS, PAIRS, SECONDS][len(given) :])))
