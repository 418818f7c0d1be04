"""Agent audio that comes much faster than it is heard: whole, in order, and in bounded memory."""

from __future__ import annotations

from tests.equipment import burst

STEPS = 13
"""6.2 s: a model sends ten times that at once, and the benchmark does, too."""


async def test_a_burst_is_heard_whole_and_in_order() -> None:
    """A staircase of tones sent at once climbs on the phone step by step, none missing, none cut."""
    outcome = await burst.run(STEPS, calls=2)
    print(outcome)  # noqa: T201 - pytest shows it with a failure
    assert max(outcome.sent_ms) < 2000
    for heard in outcome.heard:
        assert heard.wrong_steps == 0
        assert abs(heard.sound_ms - STEPS * burst.STEP_MS) < 40
        assert heard.hole_ms < 30
        assert heard.lost == 0
    assert outcome.most_kb - outcome.idle_kb < 30_000
