"""Sessions that go wrong in the middle of calls: how many calls that costs, and what the callers notice.

Twenty calls for each fault (or GATEWAY_BENCH_CHAOS_CALLS), two faults at a time, every call hit at a random
moment of its conversation. The wait counts from when an answer was due, or from the fault, if that was later.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Sequence

from tests.bench.figures import Figure, percentile
from tests.equipment import chaos
from tests.equipment.chaos import Fault, Outcome

CALLS = int(os.environ.get("GATEWAY_BENCH_CHAOS_CALLS", "20"))
"""For each fault."""
LONGEST_S = 10.0
"""Two turns and their answers."""


async def run() -> list[Figure]:
    """Hit them all."""
    seed = int(os.environ.get("GATEWAY_TEST_SEED", random.randrange(1 << 16)))
    sys.stderr.write(f"GATEWAY_TEST_SEED={seed}\n")
    faults = list(Fault)
    figures: list[Figure] = []
    for pair in (faults[n : n + 2] for n in range(0, len(faults), 2)):
        outcomes = await chaos.run([fault for fault in pair for _ in range(CALLS)], seed, LONGEST_S)
        for fault in pair:
            figures += _figures(fault, [outcome for outcome in outcomes if outcome.fault is fault])
    return figures


def _figures(fault: Fault, outcomes: Sequence[Outcome]) -> list[Figure]:
    lost = [outcome for outcome in outcomes if outcome.problem]
    sys.stderr.writelines(f"{outcome}\n" for outcome in lost)
    waits = [outcome.wait_ms for outcome in outcomes if not outcome.problem]
    gaps = [outcome.gap_ms for outcome in outcomes if not outcome.problem]
    dead = fault in chaos.DEADLY
    name, what = f"chaos: {fault.value}", "apology" if dead else "answer"
    return [
        Figure(name, "calls without apology or BYE" if dead else "calls lost", len(lost), "", 0),
        Figure(name, f"wait for the {what} p50", percentile(waits, 50), "ms"),
        Figure(name, f"wait for the {what} p90", percentile(waits, 90), "ms"),
        Figure(name, "silence in it p50", percentile(gaps, 50), "ms"),
        Figure(name, "silence in it p90", percentile(gaps, 90), "ms"),
    ]
