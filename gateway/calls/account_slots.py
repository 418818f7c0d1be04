"""Room in accounts at models: sessions that are open and connections that are kept warm, for all processes.

`max_sessions` of a provider bounds both together, `warm_sessions` of a plan what is kept warm. A connection
that a call takes from those is a session from then on: its room is given back first, and taken anew.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from gateway.calls.admission import PlanCounts, PlanSlot
from gateway.calls.shared_state import SharedCount
from gateway.errors import AccountFull
from gateway.realtime.pool import Leave
from gateway.realtime.providers import Provider


class AccountSlots:
    """Of one process; without `shared` it has all there is."""

    def __init__(self, shared: SharedCount | None = None) -> None:
        self._shared = shared
        self._sessions = PlanCounts(shared, "account/")
        self._warm = PlanCounts(shared, "warm/")

    @asynccontextmanager
    async def session(self, provider: Provider) -> AsyncIterator[None]:
        """Be one of the account's sessions as long as the block lasts. Raises AccountFull."""
        if (most := provider.max_sessions) is None:
            yield
            return
        slot = PlanSlot(self._sessions, secrets.token_hex(6))
        try:
            if await slot.take(provider.name, most) is not None:
                raise AccountFull(provider.name, most)
            yield
        finally:
            await slot.leave()

    async def warm(self, provider: Provider, model: str, most: int) -> Leave | None:
        """Take room for one more connection that is kept warm; see `pool.WarmRoom`.

        Of what all may keep each process has its share, so that no one keeps it all.
        """
        place = f"{provider.name}/{model}"
        if self._shared is not None and self._warm.by_plan[place] >= self._shared.share(most):
            return None
        async with AsyncExitStack() as stack:
            taken = PlanSlot(self._warm, secrets.token_hex(6))
            stack.push_async_callback(taken.leave)
            if await taken.take(place, most) is not None:
                return None
            if provider.max_sessions is not None:
                session = PlanSlot(self._sessions, secrets.token_hex(6))
                stack.push_async_callback(session.leave)
                if await session.take(provider.name, provider.max_sessions) is not None:
                    return None
            return stack.pop_all().aclose
