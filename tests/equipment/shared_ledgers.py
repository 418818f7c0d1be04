"""What a supervisor keeps for its workers, without the socket between: several processes in one test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gateway.calls.shared_state import CountAway, DayCount
from gateway.node.workers.day_ledger import DayLedger
from gateway.node.workers.ledger import PlanLedger
from gateway.node.workers.scarce_ledger import ScarceLedger
from gateway.records.store.records_store import CallTotals
from gateway.sip.call_rate import CallRate


class Kept:
    """What all of them share; `away`: it does not answer."""

    def __init__(self, processes: int = 2) -> None:
        self.plans, self.days, self.scarce = PlanLedger(), DayLedger(), ScarceLedger()
        self.processes = processes
        self.paces: dict[str, CallRate] = {}
        self.now = 0.0
        self.away = False

    def side(self, name: str) -> Side:
        """Return one process' side of it."""
        return Side(self, name)


class Side:
    """Keeps the contract of `SharedState`."""

    def __init__(self, kept: Kept, name: str) -> None:
        self._kept = kept
        self.name = name

    def _all(self) -> Kept:
        if self._kept.away:
            raise CountAway("it is away")
        return self._kept

    async def take(self, call_id: str, plan: str, max_calls: int) -> bool:
        return self._all().plans.take(self.name, call_id, plan, max_calls)

    async def leave(self, call_id: str) -> None:
        self._all().plans.leave(self.name, call_id)

    def share(self, max_calls: int) -> int:
        return -(-max_calls // self._kept.processes)

    @property
    def processes(self) -> int:
        return self._kept.processes

    async def admit(self, name: str, per_second: float) -> bool:
        pace = self._all().paces.setdefault(name, CallRate(per_second))
        return pace.admits(self._kept.now)

    async def count_days(self, counts: Sequence[DayCount]) -> tuple[bool, list[CallTotals]]:
        return self._all().days.count(self.name, counts)

    async def own(self, name: str) -> bool:
        return self._all().plans.take(self.name, name, name, 1)

    async def disown(self, name: str) -> None:
        self._all().plans.leave(self.name, name)

    async def tell_scarce(self, account: str, limits: Mapping[str, float]) -> None:
        self._all().scarce.tell(account, limits, 0.0)

    async def scarce(self, accounts: Sequence[str]) -> dict[str, float]:
        return self._all().scarce.waits(accounts, 0.0)
