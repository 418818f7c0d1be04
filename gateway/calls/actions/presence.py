"""What has to be waited for before a caller is spoken to is waited for only as long as the caller does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.call import Ending, LegEnded, LegFact
from gateway.calls.actions.prompter import LegGone
from gateway.calls.call import Call
from gateway.tasks import within

T = TypeVar("T")


async def while_there(call: Call, work: Coroutine[Any, Any, T]) -> T:
    """Return what `work` gives. Raises LegGone as soon as the leg is over: the work is cancelled then.

    Facts of the leg meanwhile are kept for its next listener. After its end there is none: whoever listens to
    the call hears them here.
    """
    loop = asyncio.get_running_loop()
    happened: list[LegFact] = []
    over: list[Ending] = []
    try:
        async with within(None) as limit:

            def take(fact: LegFact) -> None:
                happened.append(fact)
                if isinstance(fact, LegEnded):
                    over.append(fact.ending)
                    limit.reschedule(loop.time())

            call.leg.listen(take, lambda _pcm: None)
            try:
                if not over:
                    done = await work
                    if not over:
                        return done
            finally:
                work.close()  # where it was not even begun
                call.leg.detach(() if over else happened)
    except TimeoutError:
        if not over:
            raise
    for fact in happened:
        call.notify(fact, loop.time())
    raise LegGone(over[0])
