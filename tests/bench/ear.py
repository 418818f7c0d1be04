"""What the ear costs, and how often it errs: twenty recordings with a fault each, and twenty without."""

from __future__ import annotations

import time

from gateway.ear.measurement import measure
from gateway.loadtest.caller_audio import recordings
from tests.bench.figures import Figure
from tests.equipment.planted_faults import CLEAN, FAULTS, heard_of, planted

OF_EACH = 20


async def run() -> list[Figure]:
    """Listen to them. They are made of Debian's prompts; nothing is measured where those are missing."""
    if recordings() is None:
        return []
    spoilt = [planted(list(FAULTS.values())[number % len(FAULTS)], number) for number in range(OF_EACH)]
    clean = [planted(list(CLEAN.values())[number % len(CLEAN)], number) for number in range(OF_EACH)]
    missed = sum(not heard_of(one)[0] for one in spoilt)
    false = sum(len(heard_of(one)[1]) for one in [*spoilt, *clean])
    began = time.process_time()
    for one in clean:
        measure(one.call)
    spent = (time.process_time() - began) / sum(one.call.seconds for one in clean)
    return [
        Figure("ear", f"planted faults missed of {OF_EACH}", missed, "", 0),
        Figure("ear", f"false complaints in {2 * OF_EACH} recordings", false, "", 0),
        Figure("ear", "processor time for a second of recording", spent * 1000, "ms"),
    ]
