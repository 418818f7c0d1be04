"""A call that outlives its sessions goes on as if there were only one."""

from __future__ import annotations

import pytest

from gateway.media.plane import native_available
from tests.equipment import rollover

pytestmark = pytest.mark.skipif(not native_available(), reason="sessions are the same in portable mode")

LIFE_S = 3.0
ROLLOVERS = 5


async def test_a_call_through_five_rollovers() -> None:
    """The last session knows what was told to the first; no answer is cut, late or missing."""
    outcome = await rollover.run(LIFE_S, ROLLOVERS, pause_ms=1300, answer_ms=1000)
    print(outcome)  # noqa: T201 - pytest shows it with a failure
    assert not outcome.dropped
    assert outcome.rollovers >= ROLLOVERS
    assert outcome.facts_told
    assert outcome.expired == 0
    assert outcome.frame_gap_ms < 300
    assert outcome.hole_ms < 300
    assert max(outcome.waits_ms) < 2000
    assert min(outcome.answer_ms) > 950
