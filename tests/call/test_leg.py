"""Where in its life a leg is."""

from __future__ import annotations

import pytest

from gateway.call import (
    TURNING_POINTS,
    Answer,
    Answered,
    Digit,
    Ending,
    Held,
    LegEnded,
    LegFact,
    LegOrder,
    LegState,
    Reason,
    Result,
    Resumed,
    Ring,
    state_after,
)
from tests.equipment.matched_kinds import matched_kinds

ENDED = LegEnded(Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP))


def state(*events: LegFact | LegOrder) -> LegState:
    now = LegState.RINGING
    for event in events:
        now = state_after(now, event)
    return now


@pytest.mark.parametrize(
    ("events", "after"),
    [
        ((Ring(), Digit("1")), LegState.RINGING),
        ((Answer(),), LegState.ANSWERED),
        ((Answered(),), LegState.ANSWERED),
        ((Answer(), Answered(), Held()), LegState.HELD),
        ((Answer(), Held(), Answered()), LegState.HELD),
        ((Answer(), Held(), Held(), Resumed()), LegState.ANSWERED),
        ((Answer(), Resumed()), LegState.ANSWERED),
        ((Answer(), Held(), ENDED), LegState.ENDED),
        ((ENDED, Answer(), Held(), Resumed()), LegState.ENDED),
    ],
)
def test_a_leg_goes_through_its_states(events: tuple[LegFact | LegOrder, ...], after: LegState) -> None:
    """It rings, is answered, may be held and resumed any number of times, and ends once."""
    assert state(*events) is after


def test_nothing_else_changes_its_state() -> None:
    """Whoever follows a leg asks for its state after these alone."""
    assert matched_kinds(state_after) == TURNING_POINTS
