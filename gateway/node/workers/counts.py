"""How workers ask their supervisor for the calls of a plan: over a socket of its own, a line each way."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path

from gateway.errors import BadInput
from gateway.node.control_client import ControlClient, GatewayAway
from gateway.node.control_server import ProcessAnswer, Question
from gateway.node.workers.ledger import PlanLedger

COUNTS = "counts"
"""The name of the socket in the supervisor's folder."""


def answers(ledger: PlanLedger) -> Mapping[str, ProcessAnswer]:
    """Return what answers workers, by the name of the question."""

    async def take(question: Question, _by: str) -> bool:
        holder, call, plan = (str(question[key]) for key in ("holder", "call", "plan"))
        return ledger.take(holder, call, plan, int(question["max_calls"]))

    async def leave(question: Question, _by: str) -> None:
        ledger.leave(str(question["holder"]), str(question["call"]))

    return {"take": take, "leave": leave}


class SupervisorCount:
    """One worker's side. Keeps the contract of `gateway.calls.admission.SharedCount`."""

    def __init__(self, socket: Path, holder: str, workers: int) -> None:
        self._socket = socket
        self._holder = holder
        self._workers = workers
        self._connection = contextlib.AsyncExitStack()
        self._client: ControlClient | None = None
        self._turn = asyncio.Lock()

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        """See `SharedCount`."""
        return bool(await self._ask("take", call=call_id, plan=plan, max_calls=max_calls))

    async def leave(self, call_id: str) -> None:
        """See `SharedCount`."""
        await self._ask("leave", call=call_id)

    def share(self, max_calls: int) -> int:
        """See `SharedCount`: rounded up, a plan with one call is not closed in all workers."""
        return -(-max_calls // self._workers)

    async def _ask(self, do: str, **about: object) -> object:
        """Ask, one at a time; whoever gives up half-way leaves no answer behind for the next."""
        async with self._turn:
            try:
                if self._client is None:
                    connecting = ControlClient.connected(self._socket)
                    self._client = await self._connection.enter_async_context(connecting)
                return await self._client.ask(do, holder=self._holder, **about)
            except BaseException as error:
                self._client = None
                await self._connection.aclose()
                if isinstance(error, BadInput):
                    raise GatewayAway("the supervisor does not answer") from None
                raise
