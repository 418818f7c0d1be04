"""What happens in a call, waited for by somebody beside the action that has its line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.call import Ending, Fact, LegEnded, Order
from gateway.calls.actions.prompter import LegGone
from gateway.calls.call import Call
from gateway.tasks import within


@asynccontextmanager
async def while_up(call: Call) -> AsyncIterator[None]:
    """Do what is inside only as long as the call is up. Raises LegGone as soon as it is not."""
    loop = asyncio.get_running_loop()
    over: list[Ending] = []
    try:
        async with within(None) as limit:

            def hear(event: Fact | Order, _now: float) -> None:
                if isinstance(event, LegEnded) and not over:
                    over.append(event.ending)
                    limit.reschedule(loop.time())

            with call.notify.with_listener(hear):
                yield
    except TimeoutError:
        if not over:
            raise
        raise LegGone(over[0]) from None


@asynccontextmanager
async def hearing(
    call: Call, wanted: Callable[[Fact | Order], bool]
) -> AsyncIterator[asyncio.Future[Fact | Order]]:
    """Give what is done with the first fact or order that is `wanted`, from now on."""
    found: asyncio.Future[Fact | Order] = asyncio.get_running_loop().create_future()

    def hear(event: Fact | Order, _now: float) -> None:
        if not found.done() and wanted(event):
            found.set_result(event)

    with call.notify.with_listener(hear):
        yield found
