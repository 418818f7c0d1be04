"""How a worker tells its supervisor how the calls that it made came out: each until that has heard it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path

from gateway.calls.outcomes import OutcomeLog
from gateway.errors import BadInput, ControlError
from gateway.node.control_client import ControlClient
from gateway.node.embedded_keeping import meanwhile
from gateway.tasks import within

WAIT_S = 60.0
"""Seconds between two looks where no call comes out."""
AGAIN_S = 0.5
"""Seconds until a supervisor that did not answer is told again."""
REST_WITHIN_S = 2.0
"""Seconds that a process that ends takes at most to tell the rest."""


class OutcomeReport:
    """One worker's side. `outcomes`: its own; `supervisor`: the socket at which that is told."""

    def __init__(self, outcomes: OutcomeLog, supervisor: Path) -> None:
        self._outcomes = outcomes
        self._supervisor = supervisor
        self._told = 0

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Tell them as they come as long as the block lasts, and then what is left."""
        async with meanwhile(self._keep()):
            yield
        with contextlib.suppress(TimeoutError):
            async with within(REST_WITHIN_S):
                while self._told < self._outcomes.count:
                    await self._tell(0.0)

    async def _keep(self) -> None:
        while True:
            await self._tell(WAIT_S)

    async def _tell(self, wait_s: float) -> None:
        """Tell the next ones, waiting so long for the first of them."""
        told = (await self._outcomes.after(self._told, wait_s)).outcomes
        if not told:
            return
        try:
            async with ControlClient.connected(self._supervisor) as client:
                await client.ask("came_out", outcomes=[asdict(one) for one in told])
        except (BadInput, ControlError):
            await asyncio.sleep(AGAIN_S)
        else:
            self._told = told[-1].number
