"""`gateway.control` for the calls of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.call import Destination, Ending, LegTap, OutsideOrder, Reason, Result
from gateway.calls.actions.hearing import while_up
from gateway.calls.actions.prompter import LegGone
from gateway.calls.call import Call
from gateway.calls.registry import CallRegistry
from gateway.calls.watches import BoundedWatch
from gateway.control import WATCHED, CallOutcomes, CallView, ControlOrder, Origination
from gateway.errors import MediaError, NoSuchCall, OrderRefused
from gateway.tools.live_call import CallAttendant
from gateway.tools.telephony import BETWEEN_S

HUNG_UP = Ending(Result.COMPLETED, Reason.OPERATOR_HUNG_UP)
TURNED_AWAY = Ending(Result.REJECTED, Reason.OPERATOR_HUNG_UP, 480)
"""480: nobody is to be had just now; a caller may try again (RFC 3261 section 21.4.18)."""


class ProcessControl:
    """Keeps the contract of `control.Control`."""

    def __init__(self, registry: CallRegistry) -> None:
        self._registry = registry

    async def calls(self) -> tuple[CallView, ...]:
        """See `control.Control`."""
        return tuple(self._registry.view(call) for call in self._registry.calls.values())

    async def look(self, call_id: str) -> CallView:
        """See `control.Control`."""
        return self._registry.view(self._find(call_id))

    async def originate(self, wanted: Origination, by: str) -> str:
        """See `control.Control`."""
        return await self._registry.originate(wanted, by)

    async def outcomes(self, after: int, wait_s: float) -> CallOutcomes:
        """See `control.Control`."""
        return await self._registry.outcomes.after(after, wait_s)

    async def order(self, call_id: str, order: ControlOrder, by: str) -> None:
        """See `control.Control`."""
        self._find(call_id).order(order, by)

    async def play(self, call_id: str, pcm: bytes, by: str, words: str = "") -> str:
        """See `control.Control`."""
        return self._find(call_id).play(pcm, by, words)

    async def hold(self, call_id: str, by: str) -> None:
        """See `control.Control`."""
        await self._attendant(call_id).hold(by)

    async def resume(self, call_id: str, by: str) -> None:
        """See `control.Control`."""
        self._attendant(call_id).resume(by)

    async def collect(
        self, call_id: str, by: str, *, most: int, terminator: str = "#", first_s: float
    ) -> str:
        """See `control.Control`."""
        call, attendant = self._find(call_id), self._attendant(call_id)
        call.notify(OutsideOrder(by, "CollectDigits"), asyncio.get_running_loop().time())
        try:
            async with while_up(call):
                return await attendant.collect(most, terminator, first_s, min(first_s, BETWEEN_S))
        except LegGone:
            raise OrderRefused(call_id, "it is over") from None

    async def take_message(self, call_id: str, by: str) -> None:
        """See `control.Control`."""
        call, attendant = self._find(call_id), self._attendant(call_id)
        if call.plan is None or call.plan.messages is None:
            raise OrderRefused(call_id, "its plan keeps no messages")
        self._registry.spawn(attendant.take_message(by), call_id)

    async def transfer(
        self, call_id: str, target: str, by: str, *, digits: str = "", summary: str = ""
    ) -> None:
        """See `control.Control`."""
        attendant = self._attendant(call_id)
        attendant.check(target, digits)
        self._registry.spawn(attendant.transfer(target, digits, summary, by), call_id)

    async def take_over(self, call_id: str, to: Destination, by: str) -> None:
        """See `control.Control`."""
        attendant = self._attendant(call_id)
        attendant.check_free()
        self._registry.spawn(attendant.take_over(to, by), call_id)

    async def move(self, call_id: str, plan: str, by: str) -> None:
        """See `control.Control`."""
        self._find(call_id).onward(plan, by)

    async def record(self, call_id: str, on: bool, by: str) -> None:
        """See `control.Control`."""
        recording = self._find(call_id).recording
        if recording is None:
            raise OrderRefused(call_id, "it is not recorded")
        recording.switch(on, by)

    async def listen(self, call_id: str, by: str) -> LegTap:
        """See `control.Control`."""
        call = self._find(call_id)
        if call.over or call.rings:
            raise OrderRefused(call_id, "nobody is on the line")
        try:
            tap = call.leg.tap()
        except MediaError as error:
            raise OrderRefused(call_id, str(error)) from None
        call.notify(OutsideOrder(by, "ListenIn"), asyncio.get_running_loop().time())
        return tap

    async def end(self, call_id: str, by: str) -> None:
        """See `control.Control`."""
        call = self._find(call_id)
        call.end(TURNED_AWAY if call.rings else HUNG_UP, by)

    @asynccontextmanager
    async def watch(self, call_id: str | None = None, *, most: int = WATCHED) -> AsyncIterator[BoundedWatch]:
        """See `control.Control`."""
        if call_id is not None:
            self._find(call_id)
        with self._registry.watches.opened(call_id, most) as watch:
            yield watch

    async def drain(self, seconds: float) -> int:
        """See `control.Control`."""
        return await self._registry.drain(seconds)

    def _attendant(self, call_id: str) -> CallAttendant:
        attendant = self._find(call_id).attendant
        if attendant is None:
            raise OrderRefused(call_id, "it is in no plan")
        return attendant

    def _find(self, call_id: str) -> Call:
        call = self._registry.calls.get(call_id)
        if call is None:
            raise NoSuchCall(call_id)
        return call
