"""What several gateway processes share, and ask of whoever keeps it: a supervisor, or Redis.

Bounds are sets of who is in, never numbers that are counted up and down: what a process held that died is
free again by itself. Every method may raise `GatewayError` or `OSError` where nobody answers; whoever asks
knows what to do then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.dialplan.model import DayLimits
from gateway.errors import GatewayError
from gateway.records.store.records_store import CallTotals


class CountAway(GatewayError):
    """Whoever counts for several processes does not answer, and has said so in the log."""

    status = 503


@dataclass(frozen=True, slots=True)
class DayCount:
    """What one process has had of a plan's day, or of one caller's ("": all callers) in it."""

    plan: str
    day: str
    """By the plan's time zone, ISO 8601."""
    caller: str
    own: CallTotals
    """With the calls that are up, and the one that asks to be let in."""
    limits: DayLimits | None = None
    """Of all processes together; None: it is only told."""

    def fits(self, others: CallTotals) -> bool:
        """Return whether it is within the bounds, where all others have had so much."""
        if (most := self.limits) is None:
            return True
        calls = most.calls is None or self.own.calls + others.calls <= most.calls
        talked = most.minutes is None or self.own.seconds + others.seconds < most.minutes * 60
        spent = most.cost_usd is None or self.own.usd + others.usd < float(most.cost_usd)
        return calls and talked and spent


class SharedCount(Protocol):
    """Who is in what has a bound: a plan, a trunk, an account, by names that have their kind before them."""

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        """Count a call in this plan, and no longer in the one before; return False if there is no room.

        Then it counts in none. To ask again for the same changes nothing.
        """

    async def leave(self, call_id: str) -> None:
        """Count a call in no plan; no harm if it is in none: a `take` may have been given up half-way."""

    def share(self, max_calls: int) -> int:
        """Return how many calls of a plan with this bound are this process' own while nobody counts."""


class SharedState(SharedCount, Protocol):
    """All that is shared."""

    @property
    def processes(self) -> int:
        """Return how many share, as far as is known."""

    async def admit(self, name: str, per_second: float) -> bool:
        """Return whether one more of what comes at most so often may come now, and count it.

        As much as comes in a second may come at once (`gateway.sip.call_rate.CallRate`).
        """

    async def count_days(self, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        """Tell what this process has had, and let a call in where limits are named and all of them hold.

        Returns whether they do, and what all other processes have had, count by count. Where they do not,
        nothing is kept of what was told.
        """

    async def own(self, name: str) -> bool:
        """Return whether this process is the one that has this: asked again each second, or it is lost."""

    async def disown(self, name: str) -> None:
        """Leave this to another process, if it is ours."""

    async def tell_scarce(self, account: str, limits: Mapping[str, float]) -> None:
        """Tell for how many seconds an account's limits keep new calls out; 0: this one no longer."""

    async def scarce(self, accounts: Sequence[str]) -> dict[str, float]:
        """Return for how many seconds new calls are kept out by what any process was told of an account."""
