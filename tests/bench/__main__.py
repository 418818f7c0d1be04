"""`python -m tests.bench [NAME ...]`: run benchmarks, print a table, keep the figures as JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import sys
import traceback
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from tests.bench import (
    barge_in,
    burst,
    carry,
    chaos,
    conversation,
    delay,
    detecting,
    dialplan,
    ear,
    join,
    line,
    load,
    micro,
    micro_media,
    pairs,
    peer,
    records,
    rollover,
    session,
    setup,
    start,
    wide,
    workers,
)
from tests.bench.figures import Figure, medians, table

BASELINE = Path(__file__).parent / "baseline.json"
"""Figures of an earlier state, to compare with: `--keep-baseline` writes them."""

BENCHMARKS: dict[str, Callable[[], Awaitable[list[Figure]]]] = {
    "micro": micro.run,
    "media": micro_media.run,
    **{name: partial(load.run, name) for name in load.LOADS},
    "pairs": pairs.run,
    "pairs-wss": lambda: pairs.run(more=("tls",)),
    "pairs-echo": pairs.echo,
    "peer": peer.run,
    "carry": carry.run,
    "carry-busy": lambda: carry.run(busy=True),
    "barge-in": barge_in.run,
    "detecting": detecting.run,
    "delay": delay.run,
    "join": join.run,
    "line": line.run,
    "wide": wide.run,
    "setup": setup.run,
    "start": start.run,
    "conversation": conversation.run,
    "dialplan": dialplan.run,
    "session": session.run,
    "chaos": chaos.run,
    "rollover": rollover.run,
    "burst": burst.run,
    "ear": ear.run,
    "records": records.run,
    "workers": workers.run,
    "workers-median": lambda: workers.run(pairs=6),
}


def main() -> int:
    """Run what was asked for; 1 if a bar does not hold."""
    options = _options()
    sys.setswitchinterval(0.0005)  # the phones' clock thread must not wait 5 ms for the interpreter,
    gc.disable()  # nor half a second for a look at every packet that was kept
    figures: list[Figure] = []
    broken: list[str] = []
    for name in options.names or BENCHMARKS:
        runs = []
        for number in range(options.runs):
            sys.stderr.write(f"{name}, run {number + 1} of {options.runs} ...\n")
            try:
                runs.append(asyncio.run(_one(BENCHMARKS[name])))
            except Exception:  # noqa: BLE001 - the other benchmarks' figures are not to be lost
                traceback.print_exc()
                broken.append(name)
        figures += medians(runs) if runs else []
    baseline = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    sys.stdout.write(table(figures, baseline) + "\n")
    if options.json:
        options.json.write_text(json.dumps([f.as_json() for f in figures], indent=1) + "\n", encoding="utf-8")
    if options.keep_baseline:
        kept = baseline | {figure.key: round(figure.value, 4) for figure in figures}
        BASELINE.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    sys.stderr.writelines(f"{name}: a run broke, see above\n" for name in broken)
    return 0 if not broken and all(figure.holds for figure in figures) else 1


async def _one(benchmark: Callable[[], Awaitable[list[Figure]]]) -> list[Figure]:
    return await benchmark()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--runs", type=int, default=1, help="medians of so many runs (default 1)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there")
    parser.add_argument("--keep-baseline", action="store_true", help="compare later runs with this one")
    options = parser.parse_args()
    for name in options.names:
        if name not in BENCHMARKS:
            parser.error(f"no benchmark {name!r}: {', '.join(BENCHMARKS)}")
    return options


if __name__ == "__main__":
    raise SystemExit(main())
