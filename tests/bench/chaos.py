"""Sessions that go wrong in the middle of calls: how many calls that costs, and what the callers notice.

Twenty calls at once for each fault, every one hit at a random moment of its conversation. The wait counts
from when an answer was due, or from the fault, if that was later; the gap is the silence in it.
"""

from __future__ import annotations

import os
import random
import sys

from tests import chaos
from tests.bench.figures import Figure, percentile
from tests.unreliable import Fault

CALLS = 20
"""For each fault."""
LONGEST_S = 10.0
"""Two turns and their answers."""


async def run() -> list[Figure]:
    """Hit them all, fault by fault."""
    seed = int(os.environ.get("GATEWAY_TEST_SEED", random.randrange(1 << 16)))
    sys.stderr.write(f"GATEWAY_TEST_SEED={seed}\n")
    return [figure for fault in Fault for figure in await _one(fault, seed)]


async def _one(fault: Fault, seed: int) -> list[Figure]:
    outcomes = await chaos.run(chaos.hits([fault], CALLS, seed, LONGEST_S))
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
