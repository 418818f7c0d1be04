"""Room on trunks that several processes share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.calls.trunk_pace import TrunkPace
from gateway.calls.trunk_slots import NO_LINE, TrunkSlots
from gateway.node.embedded_keeping import meanwhile
from tests.equipment.patience import within
from tests.equipment.shared_ledgers import Kept


@asynccontextmanager
async def two(kept: Kept, **bounds: int) -> AsyncIterator[tuple[TrunkSlots, TrunkSlots]]:
    """Have two processes with the same trunks."""
    one, other = (TrunkSlots(bounds, kept.side(name)) for name in "ab")
    async with meanwhile(one.keep()), meanwhile(other.keep()):
        yield one, other


async def test_a_bound_holds_for_all() -> None:
    """Whoever leaves makes room, whichever process asks next; trunks without a bound are not counted."""
    kept = Kept()
    async with two(kept, pbx=2) as (here, there):
        assert [await here.take(call, "pbx") for call in ("c1", "c1", "c2")] == [None] * 3
        assert await there.take("c3", "pbx") == NO_LINE
        assert await there.take("c3", "open") is None
        here.leave("c1")
        here.leave("c1")
        async with within(5):
            while await there.take("c4", "pbx") is not None:  # noqa: ASYNC110 - a task of its own tells it
                await asyncio.sleep(0.01)
        assert await here.take("c5", "pbx") == NO_LINE


async def test_nobody_answers() -> None:
    """Each process has its share."""
    kept = Kept(processes=2)
    kept.away = True
    async with two(kept, pbx=2) as (here, there):
        assert await here.take("c1", "pbx") is None
        assert await here.take("c2", "pbx") == NO_LINE
        assert await there.take("c3", "pbx") is None


async def test_a_pace_beside_the_bound() -> None:
    """A call that comes too soon counts nowhere; one that was let in is not asked for again."""
    kept = Kept()
    sides = [kept.side(name) for name in "ab"]
    here, there = (TrunkSlots({"pbx": 3}, side, TrunkPace({"pbx": 2.0, "open": 1.0}, side)) for side in sides)
    async with meanwhile(here.keep()), meanwhile(there.keep()):
        assert [await here.take("c1", "pbx") for _ in range(3)] == [None] * 3
        assert await there.take("c2", "pbx") is None
        assert await there.take("c3", "pbx") == NO_LINE
        async with within(5):
            while kept.plans.by_plan["trunk/pbx"] > 2:  # noqa: ASYNC110 - a task of its own tells it
                await asyncio.sleep(0.01)
        assert there.bounds("open")
        assert [await side.take("c4", "open") for side in (here, there)] == [None, NO_LINE]


async def test_one_process_counts_where_it_answers() -> None:
    """Alone there is nobody to ask: the trunk itself has refused what is too much."""
    lines = TrunkSlots({"pbx": 1})
    assert [await lines.take(call, "pbx") for call in ("c1", "c2")] == [None, None]
