"""Workers ask their supervisor for the calls of a plan."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.calls.admission import BUSY, PlanCounts, PlanSlot
from gateway.calls.shared_state import DayCount
from gateway.dialplan.model import DayLimits
from gateway.errors import GatewayError
from gateway.node.control_server import ControlServer
from gateway.node.workers.counts import SupervisorCount, answers
from gateway.node.workers.ledger import PlanLedger
from gateway.records.store.records_store import CallTotals
from gateway.tasks import within


def listening(ledger: PlanLedger, path: Path) -> object:
    """Answer workers at this path."""
    return ControlServer(answers(ledger), {}).listening(path)


async def test_a_cap_holds_for_all(tmp_path: Path) -> None:
    """Whichever worker a call comes to; a worker that dies gives its calls back."""
    ledger, path = PlanLedger(), tmp_path / "counts"
    async with listening(ledger, path):  # type: ignore[attr-defined]
        counts = [PlanCounts(SupervisorCount(path, str(number), 2)) for number in range(2)]
        slots = [PlanSlot(counts[number % 2], f"c{number}") for number in range(5)]
        taken = [await slot.take("day", 3) for slot in slots]
        assert taken == [None, None, None, BUSY, BUSY]
        await slots[0].leave()
        assert await PlanSlot(counts[1], "c6").take("day", 3) is None
        ledger.gone("1")
        assert ledger.by_plan == {"day": 1}


async def test_who_gives_up_half_way(tmp_path: Path) -> None:
    """Leaves no answer behind for the next."""
    ledger, path = PlanLedger(), tmp_path / "counts"
    slow = asyncio.Event()

    async def take(question: object, by: str) -> bool:
        await slow.wait()
        return await answers(ledger)["take"](question, by)  # type: ignore[arg-type, no-any-return]

    server = ControlServer({**answers(ledger), "take": take}, {})
    async with server.listening(path):
        count = SupervisorCount(path, "0", 2)
        with pytest.raises(TimeoutError):
            async with within(0.05):
                await count.take("c1", "day", 1)
        slow.set()
        await count.leave("c1")
        assert await count.take("c2", "day", 5) is True


async def test_a_supervisor_that_is_away(tmp_path: Path) -> None:
    """Is told as such, and asked again the next time."""
    ledger, path = PlanLedger(), tmp_path / "counts"
    count = SupervisorCount(path, "0", 2)
    with pytest.raises(GatewayError):
        await count.take("c1", "day", 1)
    async with listening(ledger, path):  # type: ignore[attr-defined]
        assert await count.take("c1", "day", 1)


async def test_days_paces_accounts_and_registrations(tmp_path: Path) -> None:
    """Are asked for in the same way; what a worker owned that died is free, and what it had stays counted."""
    ledger, path = PlanLedger(), tmp_path / "counts"
    async with listening(ledger, path):  # type: ignore[attr-defined]
        one, other = (SupervisorCount(path, str(number), 2) for number in range(2))
        bounds = DayLimits(calls=2, minutes=5, cost_usd=Decimal("1.5"))
        asked = DayCount("sales", "2026-11-28", "ann", CallTotals(1, 30.0, 0.25), bounds)
        assert await one.count_days([asked]) == (True, [CallTotals()])
        assert await other.count_days([asked]) == (True, [CallTotals(1, 30.0, 0.25)])
        again = SupervisorCount(path, "0", 2)  # its next life
        assert await again.count_days([asked]) == (False, [CallTotals(2, 60.0, 0.5)])
        assert [await each.admit("trunk/pbx", 0.001) for each in (one, other)] == [True, False]
        assert (one.processes, await one.admit("trunk/pbx", 0.002)) == (
            2,
            True,
        )  # another bound, another count
        await one.tell_scarce("acme", {"tokens": 30.0})
        assert 20 < (await other.scarce(["acme", "b"]))["acme"] <= 30
        assert [await each.own("registration/pbx") for each in (one, other, one)] == [True, False, True]
        ledger.gone("0")
        assert await other.own("registration/pbx")
        await other.disown("registration/pbx")
        assert await again.own("registration/pbx")


async def test_a_call_that_ends_while_nobody_answers(tmp_path: Path) -> None:
    """Has left all the same, with the next question."""
    ledger, path = PlanLedger(), tmp_path / "counts"
    count = SupervisorCount(path, "0", 2)
    assert ledger.take("0", "c1", "day", 1)
    with pytest.raises(GatewayError):
        await count.leave("c1")
    async with listening(ledger, path):  # type: ignore[attr-defined]
        assert await count.take("c2", "day", 1)
