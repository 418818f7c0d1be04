"""One process among those that share limits: it says each second that it is there, and what it holds.

While Redis does not answer nobody asks it: a new call has no time to lose. Calls go on, each process has its
share of a plan's bound, and what was let in meanwhile is counted when Redis is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import structlog

from gateway.calls.shared_state import CountAway, DayCount
from gateway.node.cluster.connection import connect
from gateway.node.cluster.day_totals import DayTotals
from gateway.node.cluster.leases import LEASE_S, Leases
from gateway.node.cluster.scarce_accounts import ScarceAccounts
from gateway.node.cluster.settings import ClusterSettings
from gateway.node.embedded_keeping import meanwhile
from gateway.records.store.records_store import CallTotals
from gateway.tasks import answer_of, until_next_look, within

log = structlog.get_logger(__name__)

T = TypeVar("T")

ANSWER_WITHIN_S = 0.2
"""Seconds for an answer of Redis: it takes a millisecond, and a caller waits."""
SOCKET_S = 1.0
"""Seconds after which a connection itself is given up."""
BEAT_S = 1.0
"""Seconds between two signs of life: so soon is known that Redis is away or back."""
HELD_ANEW = 4
"""Of so many signs of life one comes with all that is held: of a lease's 15 s two may be missed."""


class Membership:
    """Keeps the contract of `gateway.calls.shared_state.SharedState`. At least `workers` processes share."""

    def __init__(
        self, leases: Leases, node: str, days: DayTotals, accounts: ScarceAccounts, workers: int = 1
    ) -> None:
        self._leases = leases
        self._days = days
        self._accounts = accounts
        self.node = f"{node}.{secrets.token_hex(3)}"
        """Another one after each start: what a process held that died is not this one's."""
        self._workers = workers
        self.nodes = workers
        """How many share, as far as is known."""
        self.answers = True
        self._plan_of: dict[str, str] = {}
        self._beats = 0

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        """See `SharedCount`."""
        before = self._plan_of.pop(call_id, None)
        # Ours before Redis is asked: if the answer gets lost, this call is held all the same.
        self._plan_of[call_id] = plan
        taken = await self._asked(lambda: self._leases.take(self._member(call_id), plan, before, max_calls))
        if not taken:
            self._plan_of.pop(call_id, None)
        return taken

    async def leave(self, call_id: str) -> None:
        """See `SharedCount`. What cannot be told runs out by itself."""
        plan = self._plan_of.pop(call_id, None)
        if plan is not None:
            await self._asked(lambda: self._leases.leave(self._member(call_id), plan))

    def share(self, max_calls: int) -> int:
        """See `SharedCount`: rounded up, a plan with one call is not closed everywhere."""
        return -(-max_calls // self.nodes)

    async def count_days(self, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        """See `SharedState`."""
        return await self._asked(lambda: self._days.count(self.node, counts))

    @property
    def processes(self) -> int:
        """See `SharedState`."""
        return self.nodes

    async def admit(self, name: str, per_second: float) -> bool:
        """See `SharedState`."""
        return await self._asked(lambda: self._leases.admit(name, per_second))

    async def own(self, name: str) -> bool:
        """See `SharedState`."""
        return await self._asked(lambda: self._leases.own(self.node, name))

    async def disown(self, name: str) -> None:
        """See `SharedState`. What cannot be told runs out by itself."""
        await self._asked(lambda: self._leases.disown(self.node, name))

    async def tell_scarce(self, account: str, limits: Mapping[str, float]) -> None:
        """See `SharedState`."""
        await self._asked(lambda: self._accounts.tell(account, limits))

    async def scarce(self, accounts: Sequence[str]) -> dict[str, float]:
        """See `SharedState`."""
        return await self._asked(lambda: self._accounts.ask(accounts))

    async def keep(self) -> None:
        """Say that we are there, until cancelled."""
        while True:
            await self._beat()
            await until_next_look(BEAT_S)

    async def begin(self) -> None:
        """Be there before the first call."""
        await self._beat()

    async def end(self) -> None:
        """Be there no more."""
        with contextlib.suppress(CountAway):
            await self._asked(lambda: self._leases.gone(self.node))

    async def _beat(self) -> None:
        back = not self.answers
        try:
            self.nodes = max(self._workers, await self._answered(self._leases.here(self.node)))
            if back or self._beats % HELD_ANEW == 0:
                await self._answered(self._leases.hold(self._held()))
        except CountAway as error:
            self._lost(str(error))
            return
        self._beats += 1
        if back:
            self.answers = True
            log.info("cluster.back", node=self.node, nodes=self.nodes)

    def _held(self) -> dict[str, list[str]]:
        held: defaultdict[str, list[str]] = defaultdict(list)
        for call_id, plan in self._plan_of.items():
            held[plan].append(self._member(call_id))
        return held

    def _member(self, call_id: str) -> str:
        return f"{self.node}/{call_id}"

    async def _asked(self, question: Callable[[], Awaitable[T]]) -> T:
        """Ask, unless Redis is known to be away. Raises CountAway."""
        if not self.answers:
            raise CountAway("Redis does not answer")
        try:
            return await self._answered(question())
        except CountAway as error:
            self._lost(str(error))
            raise

    @staticmethod
    async def _answered(question: Awaitable[T]) -> T:
        """Return the answer. Raises CountAway."""
        # Here and not above: it takes 0.2 s, and most gateways are alone.
        from redis import RedisError  # noqa: PLC0415

        try:
            return await answer_of(_not_deaf(question), ANSWER_WITHIN_S)
        except (RedisError, OSError) as error:  # a TimeoutError is an OSError
            raise CountAway(str(error) or type(error).__name__) from None

    def _lost(self, why: str) -> None:
        """Redis does not answer: say so, once an outage."""
        if self.answers:
            log.warning("cluster.away", node=self.node, nodes=self.nodes, error=why)
        self.answers = False


async def _not_deaf(question: Awaitable[T]) -> T:
    """Return the answer, unless the task was cancelled meanwhile: redis-py 8.1 keeps that to itself."""
    task = asyncio.current_task()
    assert task is not None, "only a task asks"
    cancelled = task.cancelling()
    answer = await question
    if task.cancelling() > cancelled:
        raise asyncio.CancelledError
    return answer


def member_of(client: Any, name: str, node: str, lease_s: float = LEASE_S, *, workers: int = 1) -> Membership:
    """Return one that asks a server by this client."""
    leases = Leases(client, name, lease_s)
    return Membership(leases, node, DayTotals(client, name), ScarceAccounts(client, name), workers)


@contextlib.asynccontextmanager
async def joined(settings: ClusterSettings) -> AsyncIterator[Membership]:
    """Be one of them as long as the block lasts. Raises BadInput for an address that cannot be used."""
    client = connect(settings, SOCKET_S)
    membership = member_of(client, settings.name, settings.node, workers=settings.workers)
    try:
        await membership.begin()
        async with meanwhile(membership.keep()):
            yield membership
        await membership.end()
    finally:
        with contextlib.suppress(OSError, TimeoutError):
            async with within(ANSWER_WITHIN_S):
                await client.aclose()
