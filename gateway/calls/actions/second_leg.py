"""The call that we make for a caller: dialled, waited for, spoken to, and hung up whatever happens.

A second `Call`, which no plan leads and nobody lists: its caller is the one whom it is made for.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import structlog

from gateway.call import Announcement, Answered, Dial, Ending, Reason, Result
from gateway.calls.actions.prompter import LegGone, Prompter
from gateway.calls.call import Call
from gateway.calls.services import Services
from gateway.tasks import TaskGroup

log = structlog.get_logger(__name__)

NOT_NEEDED = Ending(Result.CANCELLED, Reason.CALLER_CANCELLED, 487)
"""The caller has left before anybody answered, or somebody else has them."""


class NoLine(Exception):
    """Their trunk has all calls that it may have: nobody was called."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"no line: {status}")


class SecondLeg:
    """Whom we have called, and what can be done with them."""

    def __init__(self, call: Call, line: Prompter) -> None:
        self.call = call
        self._line = line
        self._kept = False

    async def answered(self) -> None:
        """Wait for the answer. Raises LegGone with the ending of whoever does not."""
        await self._line.until(Answered)

    async def hears(self, sound: Announcement) -> None:
        """Play something to them, to its end. Raises LegGone if they do not stay so long."""
        if sound:
            await self._line.play(sound)

    async def over(self) -> Ending:
        """Wait for the end of the call with them."""
        return await self._line.over()

    def keep(self) -> Call:
        """Leave them to somebody else, and return their call: it is not hung up."""
        self._kept = True
        return self.call

    @property
    def kept(self) -> bool:
        """Whether they are somebody else's now."""
        return self._kept


@asynccontextmanager
async def dialled(services: Services, dial: Dial, made_for: Call) -> AsyncIterator[SecondLeg]:
    """Call somebody; at the end of the block they are hung up, unless they are kept.

    Raises NoLine where their trunk has all calls that it may have, here and elsewhere.
    """
    if services.lines.bounds(dial.trunk):
        dial = replace(dial, call_id=dial.call_id or secrets.token_hex(4))
    if (full := await services.lines.take(dial.call_id, dial.trunk)) is not None:
        raise NoLine(full.status)
    try:
        second = Call(services.dial(dial))
    except BaseException:
        services.lines.leave(dial.call_id)
        raise
    log.info("call.dialled", call=made_for.info.id, leg=second.info.id, to=dial.to.uri)
    with Prompter(second) as line:
        leg = SecondLeg(second, line)
        try:
            yield leg
        finally:
            if not leg.kept and not second.over:
                second.end(NOT_NEEDED, "attendant")
            if not leg.kept:
                services.lines.leave(second.info.id)
                second.dismiss()


async def beside(work: Coroutine[Any, Any, Announcement], wait: Coroutine[Any, Any, None]) -> Announcement:
    """Do one while waiting for the other; returns what it gave, once both are done. Raises LegGone."""
    gone: LegGone | None = None
    async with TaskGroup() as tasks:
        made = tasks.create_task(work)
        try:
            await wait
        except LegGone as error:  # from here, and not from the group, which would make another kind of it
            made.cancel()
            gone = error
    if gone is not None:
        raise gone
    return made.result()


async def first_over(
    one: Coroutine[Any, Any, Ending], other: Coroutine[Any, Any, Ending]
) -> tuple[bool, Ending]:
    """Wait for the first end of two calls; returns whether it is the first call's, and how that ended."""
    async with TaskGroup() as tasks:
        ends = [tasks.create_task(one), tasks.create_task(other)]
        done, left = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        for task in left:
            task.cancel()
    first = ends[0] in done
    return first, ends[0].result() if first else ends[1].result()
