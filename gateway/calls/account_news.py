"""What models tell of an account's limits, passed on to the other processes that use it, and heard of them.

One call that is refused for a limit keeps new ones out for a moment: of all processes, as the account is one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.calls.shared_state import SharedState
from gateway.errors import GatewayError
from gateway.realtime.limits import RateLimits
from gateway.realtime.providers import LOCAL
from gateway.tasks import until_next_look, within

EVERY_S = 0.5
"""Seconds between two looks."""
ANSWER_WITHIN_S = 0.5


class AccountNews:
    """Of one process; `limits`: by provider, as its sessions are told. The embedded agent's are its own."""

    def __init__(self, state: SharedState, limits: Mapping[str, RateLimits]) -> None:
        self._state = state
        self._limits = limits

    async def keep(self) -> None:
        """Tell and hear, until cancelled."""
        while True:
            await until_next_look(EVERY_S)
            await self.look()

    async def look(self) -> None:
        """Tell what is new, and hear what others know; where nobody answers, what is known here decides."""
        accounts = [name for name in self._limits if name != LOCAL.name]
        if not accounts:
            return
        now = asyncio.get_running_loop().time
        try:
            async with within(ANSWER_WITHIN_S):
                for name in accounts:
                    if news := self._limits[name].news(now()):
                        await self._state.tell_scarce(name, news)
                waits = await self._state.scarce(accounts)
        except (GatewayError, OSError, TimeoutError):
            return  # who counts calls says that nobody answers
        for name, seconds in waits.items():
            self._limits[name].told_elsewhere(seconds, now())
