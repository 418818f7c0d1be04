"""How workers ask their supervisor for what they share: over a socket of its own, a line each way."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.calls.shared_state import DayCount
from gateway.dialplan.model import DayLimits
from gateway.errors import BadInput
from gateway.node.control_client import ControlClient, GatewayAway
from gateway.node.control_server import ProcessAnswer, Question
from gateway.node.workers.day_ledger import DayLedger
from gateway.node.workers.ledger import PlanLedger
from gateway.node.workers.scarce_ledger import ScarceLedger
from gateway.records.store.records_store import CallTotals
from gateway.sip.call_rate import CallRate

COUNTS = "counts"
"""The name of the socket in the supervisor's folder."""
OWNED = "owned/"
"""Before the name of what one worker at a time has, where calls of plans are counted."""


def answers(ledger: PlanLedger) -> Mapping[str, ProcessAnswer]:
    """Return what answers workers, by the name of the question."""
    days, accounts = DayLedger(), ScarceLedger()
    paces: dict[tuple[str, float], CallRate] = {}

    async def take(question: Question, _by: str) -> bool:
        holder, call, plan = (str(question[key]) for key in ("holder", "call", "plan"))
        return ledger.take(holder, call, plan, int(question["max_calls"]))

    async def leave(question: Question, _by: str) -> None:
        ledger.leave(str(question["holder"]), str(question["call"]))

    async def count_days(question: Question, _by: str) -> list[Any]:
        fits, others = days.count(str(question["who"]), [_read(told) for told in question["counts"]])
        return [fits, [astuple(one) for one in others]]

    async def admit(question: Question, _by: str) -> bool:
        name, rate = str(question["name"]), float(question["per_second"])
        return paces.setdefault((name, rate), CallRate(rate)).admits(time.monotonic())

    async def tell_scarce(question: Question, _by: str) -> None:
        accounts.tell(str(question["account"]), question["limits"], time.monotonic())

    async def scarce(question: Question, _by: str) -> dict[str, float]:
        return accounts.waits(question["accounts"], time.monotonic())

    return {
        "take": take,
        "leave": leave,
        "count_days": count_days,
        "admit": admit,
        "tell_scarce": tell_scarce,
        "scarce": scarce,
    }


class SupervisorCount:
    """One worker's side. Keeps the contract of `gateway.calls.shared_state.SharedState`."""

    def __init__(self, socket: Path, holder: str, workers: int) -> None:
        self._socket = socket
        self._holder = holder
        self._who = f"{holder}.{secrets.token_hex(3)}"  # of this life: what it had stays counted
        self._workers = workers
        self._connection = contextlib.AsyncExitStack()
        self._client: ControlClient | None = None
        self._turn = asyncio.Lock()
        self._unsaid: set[str] = set()  # calls that are over, of which it may not have heard

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        """See `SharedCount`."""
        await self._say_left()
        return bool(await self._ask("take", call=call_id, plan=plan, max_calls=max_calls))

    async def leave(self, call_id: str) -> None:
        """See `SharedCount`. What cannot be told now is told with the next question."""
        self._unsaid.add(call_id)
        await self._say_left()

    async def _say_left(self) -> None:
        for call_id in tuple(self._unsaid):
            await self._ask("leave", call=call_id)
            self._unsaid.discard(call_id)

    def share(self, max_calls: int) -> int:
        """See `SharedCount`: rounded up, a plan with one call is not closed in all workers."""
        return -(-max_calls // self._workers)

    @property
    def processes(self) -> int:
        """See `SharedState`."""
        return self._workers

    async def admit(self, name: str, per_second: float) -> bool:
        """See `SharedState`."""
        return bool(await self._ask("admit", name=name, per_second=per_second))

    async def count_days(self, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        """See `SharedState`."""
        told = [_told(one) for one in counts]
        fits, others = await self._ask("count_days", who=self._who, counts=told)
        return fits, [CallTotals(*one) for one in others]

    async def own(self, name: str) -> bool:
        """See `SharedState`; what a worker has that dies is free at once."""
        return bool(await self._ask("take", call=OWNED + name, plan=OWNED + name, max_calls=1))

    async def disown(self, name: str) -> None:
        """See `SharedState`."""
        await self._ask("leave", call=OWNED + name)

    async def tell_scarce(self, account: str, limits: Mapping[str, float]) -> None:
        """See `SharedState`."""
        await self._ask("tell_scarce", account=account, limits=dict(limits))

    async def scarce(self, accounts: Sequence[str]) -> dict[str, float]:
        """See `SharedState`."""
        waits: dict[str, float] = await self._ask("scarce", accounts=list(accounts))
        return waits

    async def _ask(self, do: str, **about: object) -> Any:
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


def _told(one: DayCount) -> list[Any]:
    """Return it as JSON has it."""
    limits = one.limits
    most = None
    if limits is not None:
        usd = None if limits.cost_usd is None else float(limits.cost_usd)
        most = [limits.calls, limits.minutes, usd]
    return [one.plan, one.day, one.caller, astuple(one.own), most]


def _read(told: Sequence[Any]) -> DayCount:
    plan, day, caller, own, most = told
    limits = None
    if most is not None:
        usd = None if most[2] is None else Decimal(str(most[2]))
        limits = DayLimits(calls=most[0], minutes=most[1], cost_usd=usd)
    return DayCount(plan, day, caller, CallTotals(*own), limits)
