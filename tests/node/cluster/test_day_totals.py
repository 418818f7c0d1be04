"""What processes have had of a plan's day, in a real Redis."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from redis import asyncio as redis

from gateway.calls.shared_state import DayCount
from gateway.dialplan.model import DayLimits
from gateway.node.cluster.day_totals import KEPT_MS, DayTotals
from gateway.node.cluster.settings import ClusterSettings
from gateway.records.store.records_store import CallTotals
from tests.equipment.redis_server import RedisServer

DAY = "2026-11-28"


async def test_the_last_place_is_given_once(cluster: ClusterSettings, server: RedisServer) -> None:
    """However many ask at the same moment; each has its own sum, and dead ones stay counted."""
    async with redis.Redis.from_url(server.url) as client:
        totals = DayTotals(client, cluster.name)
        asked = [DayCount("sales", DAY, "", CallTotals(1), DayLimits(calls=7)) for _ in range(20)]
        answers = await asyncio.gather(*(totals.count(f"n{who}", [one]) for who, one in enumerate(asked)))
        assert sum(fits for fits, _ in answers) == 7
        fits, (others,) = await totals.count("new", [DayCount("sales", DAY, "", CallTotals())])
        assert (fits, others.calls) == (True, 7)
        assert (await totals.count("n0", [DayCount("sales", "2026-11-29", "", CallTotals())]))[1] == [
            CallTotals()
        ]


async def test_minutes_and_dollars(cluster: ClusterSettings, server: RedisServer) -> None:
    """What is used up lets nobody in, of a plan or of one caller; then nothing is kept of who asked."""
    async with redis.Redis.from_url(server.url) as client:
        totals = DayTotals(client, cluster.name)
        bound = DayLimits(minutes=2, cost_usd=Decimal("1.50"))
        plan, caller = (DayCount("sales", DAY, who, CallTotals(1, 90.5, 0.7), bound) for who in ("", "+1555"))
        assert await totals.count("a", [plan, caller]) == (True, [CallTotals(), CallTotals()])
        fits, others = await totals.count("b", [plan, caller])
        assert (fits, others) == (False, [CallTotals(1, 90.5, 0.7)] * 2)
        late = DayCount("sales", DAY, "", CallTotals(1, 1.0, 0.8), bound)
        assert not (await totals.count("b", [late]))[0], "1.50 are spent"
        assert (await totals.count("c", [DayCount("sales", DAY, "", CallTotals())]))[1] == [
            CallTotals(1, 90.5, 0.7)
        ]
        keys = [key async for key in client.scan_iter(f"{{{cluster.name}}}:day:*")]
        assert len(keys) == 2
        assert not any(b"+1555" in key for key in keys), "nobody reads off a key who has called"
        assert 0 < await client.pttl(keys[0]) <= KEPT_MS
