"""Who may come in: the bounds of this process, and of each plan, here or counted with other processes.

The process' own bound is known at once. A plan's may have to be asked for elsewhere: that is awaited, for a
moment; where no answer comes, each process has its share of the plan's calls.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from gateway.call import Ending, Reason, Result
from gateway.calls.shared_answers import SharedAnswers
from gateway.calls.shared_state import SharedCount

FULL = Ending(Result.REJECTED, Reason.OVERLOADED, 503)
"""503 makes a carrier or proxy try another gateway."""
DRAINING = Ending(Result.REJECTED, Reason.DRAINING, 503)
BUSY = Ending(Result.REJECTED, Reason.BUSY, 486)
"""486 lets the caller hear busy: this number has all the calls that its plan allows, here and elsewhere."""


@dataclass(slots=True)
class Capacity:
    """How many calls a process takes, and has."""

    max_calls: int
    draining: bool = False
    calls: int = 0
    when_asked: Callable[[], None] = lambda: None
    """Called for each call that wants to come in."""

    def refuse(self) -> Ending | None:
        """Return why one more call is too many, or None."""
        self.when_asked()
        if self.draining:
            return DRAINING
        return FULL if self.calls >= self.max_calls else None


class PlanCounts:
    """The calls of each plan in this process, and beyond it where `shared` counts them.

    `kind`: what else has bounds, such as `trunk/`; it is counted apart from plans of the same name.
    """

    def __init__(self, shared: SharedCount | None = None, kind: str = "") -> None:
        self.by_plan: Counter[str] = Counter()
        self._shared = shared
        self._kind = kind
        self._answers = SharedAnswers()

    def full(self, plan: str, max_calls: int | None) -> bool:
        """Return whether one more call is too many for this plan, as far as this process knows."""
        return max_calls is not None and self.by_plan[plan] >= max_calls

    def forget(self, plan: str) -> None:
        """Count one call less in this plan, here."""
        self.by_plan[plan] -= 1
        if not self.by_plan[plan]:
            del self.by_plan[plan]

    async def take_elsewhere(self, call_id: str, plan: str, max_calls: int) -> bool:
        """Return what the shared count says of a call that is counted here; True where there is none.

        Where no answer comes, this process has its share of the calls.
        """
        if self._shared is None:
            return True
        in_share = self.by_plan[plan] <= self._shared.share(max_calls)
        return await self._answers.ask(
            self._shared.take(self._kind + call_id, self._kind + plan, max_calls), otherwise=in_share
        )

    async def leave_elsewhere(self, call_id: str) -> None:
        """Tell the shared count, if there is one, that a call is in no plan any more."""
        if self._shared is not None:
            await self._answers.ask(self._shared.leave(self._kind + call_id), otherwise=None)


class PlanSlot:
    """Where one call counts: in no plan at first, then in one at a time. What was taken must be left."""

    def __init__(self, counts: PlanCounts, call_id: str, full: Ending = BUSY) -> None:
        self._counts = counts
        self._call_id = call_id
        self._full = full  # what becomes of who is one too many
        self._counted_in = ""
        self._asked = False  # the shared count, which may have counted the call

    async def take(self, plan: str, max_calls: int | None) -> Ending | None:
        """Count in this plan, and no longer in the former; or return why not, and count in none."""
        if plan == self._counted_in:
            return None
        self._leave_here()
        full = self._counts.full(plan, max_calls)
        if not full:
            self._counts.by_plan[plan] += 1
            self._counted_in = plan
        if full or max_calls is None:
            await self._leave_elsewhere()
            return self._full if full else None
        self._asked = True  # before there is an answer: the caller may cancel meanwhile
        if await self._counts.take_elsewhere(self._call_id, plan, max_calls):
            return None
        self._leave_here()
        return self._full

    async def leave(self) -> None:
        """Count in no plan: here at once, elsewhere as soon as that is told. Idempotent."""
        self._leave_here()
        await self._leave_elsewhere()

    def _leave_here(self) -> None:
        if self._counted_in:
            self._counts.forget(self._counted_in)
            self._counted_in = ""

    async def _leave_elsewhere(self) -> None:
        if self._asked:
            await self._counts.leave_elsewhere(self._call_id)
            self._asked = False
