"""A caller who was put through: joined to somebody, until one of the two hangs up."""

from __future__ import annotations

from gateway.call import Ending, PlayMusic, Reason, Result, Resume
from gateway.calls.actions.prompter import Prompter
from gateway.calls.actions.second_leg import first_over
from gateway.calls.call import LEFT, Call
from gateway.calls.trunk_slots import TrunkSlots
from gateway.tasks import within

THEY_LEFT = Ending(Result.COMPLETED, Reason.TARGET_HUNG_UP)
TOO_LONG = Ending(Result.COMPLETED, Reason.MAX_DURATION)


async def talk(call: Call, second: Call, seconds: float, lines: TrunkSlots) -> Ending:
    """Let the two talk, so many seconds at most; returns how the call ended. Both are hung up then."""
    try:
        with Prompter(call) as caller, Prompter(second) as target:
            for order in (Resume(), PlayMusic(b"")):  # nobody waits any more
                call.execute(order)
            try:
                async with within(max(0.0, seconds)):
                    caller_left, ending = await first_over(caller.over(), target.over())
            except TimeoutError:
                return await caller.end(TOO_LONG)
            return ending if caller_left else await caller.end(THEY_LEFT)
    finally:
        second.end(LEFT, "attendant")
        second.dismiss()
        lines.leave(second.info.id)
