"""Room on trunks that several processes share: a trunk's bounds hold for all of them together.

In one process the trunk itself counts, on the SIP thread, before anybody hears of a call. What others have is
asked for here, where that can be awaited: before a call of ours is made, and before one of theirs is led.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.call import Ending, Reason, Result
from gateway.calls.admission import PlanCounts, PlanSlot
from gateway.calls.shared_state import SharedCount
from gateway.calls.trunk_pace import TrunkPace

NO_LINE = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
"""503, as where the trunk of one process is full: a carrier tries another of our addresses."""
MOST_LEAVING = 10_000


class TrunkSlots:
    """Of one process. `limits`: the bounds of those trunks that have one; without `shared` nobody asks."""

    def __init__(
        self,
        limits: Mapping[str, int] | None = None,
        shared: SharedCount | None = None,
        pace: TrunkPace | None = None,
    ) -> None:
        self._limits = dict(limits or {}) if shared is not None else {}
        self._pace = pace or TrunkPace()
        self._counts = PlanCounts(shared, "trunk/")
        self._slots: dict[str, PlanSlot] = {}
        self._leaving: asyncio.Queue[PlanSlot] = asyncio.Queue(MOST_LEAVING)

    def bounds(self, trunk: str) -> bool:
        """Return whether calls on this trunk are counted."""
        return trunk in self._limits or self._pace.bounds(trunk)

    async def take(self, call_id: str, trunk: str) -> Ending | None:
        """Count a call on a trunk, or return why it may not be; asked again for the same nothing changes."""
        if not self.bounds(trunk) or call_id in self._slots:
            return None
        slot = self._slots[call_id] = PlanSlot(self._counts, call_id, NO_LINE)
        try:
            refused = await slot.take(trunk, self._limits.get(trunk))
            if refused is None and not await self._pace.admits(trunk):
                refused = NO_LINE
        except BaseException:
            self.leave(call_id)
            raise
        if refused is not None:
            self.leave(call_id)
        return refused

    def leave(self, call_id: str) -> None:
        """Count a call no longer; returns at once. Idempotent."""
        if (slot := self._slots.pop(call_id, None)) is not None and not self._leaving.full():
            self._leaving.put_nowait(slot)

    async def keep(self) -> None:
        """Tell the others who has left, until cancelled: one task a process."""
        while True:
            await (await self._leaving.get()).leave()
