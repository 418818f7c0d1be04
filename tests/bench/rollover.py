"""A call of five minutes through sessions of one: what the caller notices when they are replaced."""

from __future__ import annotations

from tests.bench.figures import Figure, percentile
from tests.equipment import rollover

LIFE_S = 60.0
ROLLOVERS = 5


async def run() -> list[Figure]:
    """Carry the call until the sixth session has answered."""
    outcome = await rollover.run(LIFE_S, ROLLOVERS, pause_ms=1500, answer_ms=4000)
    name = "rollover"
    return [
        Figure(name, "calls lost", outcome.dropped, "", 0),
        Figure(name, "rollovers missing", max(0, ROLLOVERS - outcome.rollovers), "", 0),
        Figure(name, "sessions that expired on the line", outcome.expired, "", 0),
        Figure(name, "last sessions without the first one's facts", not outcome.facts_told, "", 0),
        Figure(name, "longest silence within an answer", outcome.hole_ms, "ms", 300),
        Figure(name, "longest time without a frame", outcome.frame_gap_ms, "ms", 300),
        Figure(name, "shortest answer, of 4 s", min(outcome.answer_ms), "ms"),
        Figure(name, "question to answer p50", percentile(outcome.waits_ms, 50), "ms"),
        Figure(name, "question to answer max", max(outcome.waits_ms), "ms", 2000),
    ]
