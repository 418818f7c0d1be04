"""What happens in a call, waited for beside whoever has its line."""

from __future__ import annotations

import asyncio

import pytest

from gateway.call import Answered, Digit, Ending, LegEnded, Reason, Result
from gateway.calls.actions.hearing import hearing, while_up
from gateway.calls.actions.prompter import LegGone
from gateway.calls.call import Call
from tests.calls.actions.scripted_leg import ScriptedLeg

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)


async def test_work_ends_with_the_call() -> None:
    """However long it would have taken; it is told how the call ended."""
    call = Call(ScriptedLeg(answered=0.0))
    asyncio.get_running_loop().call_soon(call.notify, LegEnded(GONE), 0.0)
    with pytest.raises(LegGone) as gone:
        async with while_up(call):
            await asyncio.Event().wait()
    assert gone.value.ending == GONE


async def test_work_that_is_done_before_is_left_alone() -> None:
    """Nobody listens any more then."""
    call = Call(ScriptedLeg(answered=0.0))
    async with while_up(call):
        done = True
    call.notify(LegEnded(GONE), 0.0)
    await asyncio.sleep(0)
    assert done


async def test_a_time_out_of_the_work_is_its_own() -> None:
    """It is not mistaken for the end of the call."""
    call = Call(ScriptedLeg(answered=0.0))
    with pytest.raises(TimeoutError):
        async with while_up(call):
            raise TimeoutError


async def test_the_first_that_is_wanted_is_given() -> None:
    """Others are passed over."""
    call = Call(ScriptedLeg(answered=0.0))
    async with hearing(call, lambda event: isinstance(event, Digit)) as found:
        for event in (Answered(), Digit("1"), Digit("2")):
            call.notify(event, 0.0)
        assert await found == Digit("1")
