"""Two minutes of agent audio at once, to several calls: heard whole, in order, and in what memory."""

from __future__ import annotations

from tests.bench.figures import Figure
from tests.equipment import burst

STEPS = 250
"""Two minutes."""
CALLS = 5


async def run() -> list[Figure]:
    """Send and listen; takes as long as the audio."""
    outcome = await burst.run(STEPS, CALLS)
    length, name = STEPS * burst.STEP_MS, "burst of 120 s"
    differs = max(abs(heard.sound_ms - length) for heard in outcome.heard)
    return [
        Figure(
            name, "steps missing or out of order", sum(heard.wrong_steps for heard in outcome.heard), "", 0
        ),
        Figure(name, "length heard, off by", differs, "ms", 40),
        Figure(name, "longest hole", max(heard.hole_ms for heard in outcome.heard), "ms", 30),
        Figure(name, "RTP packets lost", sum(heard.lost for heard in outcome.heard), "", 0),
        Figure(name, "taken by the gateway within", max(outcome.sent_ms), "ms", 1000),
        Figure(name, "memory per call", (outcome.most_kb - outcome.idle_kb) / 1024 / CALLS, "MB", 8),
    ]
