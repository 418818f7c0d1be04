"""Where in its life a leg is."""

from __future__ import annotations

import pytest

from gateway.call import (
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
