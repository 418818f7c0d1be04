"""Two people who talk: until one of them hangs up, or the plan's time is over."""

from __future__ import annotations

import asyncio

from gateway.call import Ending, HangUp, LegEnded, PlayMusic, Reason, Result, Resume
from gateway.calls.actions.connected import THEY_LEFT, TOO_LONG, talk
from gateway.calls.call import LEFT, Call
from gateway.calls.trunk_slots import TrunkSlots
from tests.calls.actions.scripted_leg import ScriptedLeg

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


async def test_who_hangs_up_first_ends_it_for_both() -> None:
    """Whether it is the caller or the one they were put through to."""
    for first in (0, 1):
        legs = [ScriptedLeg(answered=0.0), ScriptedLeg(call_id="c2", answered=0.0)]
        calls = [Call(leg) for leg in legs]
        legs[first].happen(LegEnded(GONE))
        assert await talk(calls[0], calls[1], 60, TrunkSlots()) == (GONE if first == 0 else THEY_LEFT)
        assert legs[0].orders[:2] == [Resume(), PlayMusic(b"")]
        assert all(call.over for call in calls)
        assert (HangUp(LEFT) in legs[1].orders) is (first == 0)


async def test_nobody_talks_for_longer_than_the_plan_lets_them() -> None:
    """Both are hung up then."""
    caller, second = ScriptedLeg(answered=0.0), ScriptedLeg(call_id="c2", answered=0.0)
    assert await talk(Call(caller), Call(second), 0.01, TrunkSlots()) == TOO_LONG
    await asyncio.sleep(0)
    assert caller.ending == TOO_LONG
    assert second.ending == LEFT
