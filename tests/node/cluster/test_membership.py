"""Processes that share the bounds of plans by a real Redis, which hangs, forgets and comes back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis import asyncio as redis
from structlog.testing import capture_logs

from gateway.calls.admission import BUSY, PlanCounts, PlanSlot
from gateway.calls.shared_state import CountAway, DayCount
from gateway.dialplan.model import DayLimits
from gateway.node.cluster import membership as module
from gateway.node.cluster.membership import Membership, joined, member_of
from gateway.node.cluster.settings import ClusterSettings
from gateway.records.store.records_store import CallTotals
from tests.equipment import patience
from tests.equipment.redis_server import RedisServer


@asynccontextmanager
async def nodes(cluster: ClusterSettings, count: int) -> AsyncIterator[list[Membership]]:
    """Have several processes, all of which know of each other."""
    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(joined(cluster)) for _ in range(count)]
        await until(lambda: all(member.nodes == count for member in members))
        yield members


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    """Wait for a fact."""
    async with patience.within(20):
        while True:
            found = holds()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.02)


async def counted(server: RedisServer, cluster: ClusterSettings, plan: str) -> int:
    """Return how many calls of a plan Redis has."""
    async with redis.Redis.from_url(server.url) as client:
        return int(await client.zcard(f"{{{cluster.name}}}:calls:{plan}"))


async def test_a_bound_holds_for_all(cluster: ClusterSettings) -> None:
    """Whichever machine a call comes to; who leaves makes room."""
    async with nodes(cluster, 3) as members:
        counts = [PlanCounts(member) for member in members]
        slots = [PlanSlot(counts[number % 3], f"c{number}") for number in range(5)]
        assert [await slot.take("sales", 3) for slot in slots] == [None, None, None, BUSY, BUSY]
        assert await slots[0].take("support", 1) is None
        assert await PlanSlot(counts[1], "c6").take("sales", 3) is None
        await slots[0].leave()
        assert await PlanSlot(counts[2], "c7").take("support", 1) is None


async def test_a_pace_holds_for_all(cluster: ClusterSettings) -> None:
    """Whichever machine a call comes to."""
    async with nodes(cluster, 2) as members:
        assert [member.processes for member in members] == [2, 2]
        asked = [await members[number % 2].admit("trunk/pbx", 0.001) for number in range(3)]
        assert asked == [True, False, False]


async def test_to_ask_again_changes_nothing(cluster: ClusterSettings) -> None:
    """A call is counted once, also where it left nowhere."""
    async with nodes(cluster, 1) as (member,):
        assert [await member.take("c1", "sales", 1) for _ in range(3)] == [True] * 3
        assert not await member.take("c2", "sales", 1)
        await member.leave("c2")
        await member.leave("c1")
        assert await member.take("c2", "sales", 1)


async def test_what_a_process_held_that_died_runs_out(
    cluster: ClusterSettings, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has to notice; what lives holds its own for longer than a lease."""
    monkeypatch.setattr(module, "LEASE_S", 0.5)
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    async with joined(cluster) as lives, redis.Redis.from_url(server.url) as client:
        dead = member_of(client, cluster.name, "dead", 0.5)
        await dead.begin()
        assert await dead.take("c1", "sales", 2)
        assert await lives.take("c1", "sales", 2)
        assert not await lives.take("c2", "sales", 2)
        await until(lambda: lives.take("c2", "sales", 2))
        await until(lambda: lives.nodes == 1)
        await asyncio.sleep(0.7)
        assert not await lives.take("c3", "sales", 2)


async def hangs(server: RedisServer) -> None:
    server.hang()


async def is_gone(server: RedisServer) -> None:
    server.stop()


async def test_redis_was_never_there(cluster: ClusterSettings, server: RedisServer) -> None:
    """A process knows at least of the other workers of its machine; what more there are, when Redis tells."""
    server.stop()
    async with joined(cluster.of_worker(0, 3)) as one:
        assert (one.answers, one.share(6), one.processes) == (False, 2, 3)
        server.start()
        await until(lambda: one.answers)
        assert one.processes == 3


@pytest.mark.parametrize("away", [hangs, is_gone])
async def test_redis_is_away(
    away: Callable[[RedisServer], Awaitable[None]],
    cluster: ClusterSettings,
    server: RedisServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each process has its share meanwhile, at once; afterwards all are counted, also those from before."""
    monkeypatch.setattr(module, "BEAT_S", 0.05)
    with capture_logs() as lines:
        async with nodes(cluster, 2) as members:
            counts = [PlanCounts(member) for member in members]
            before = PlanSlot(counts[0], "before")
            assert await before.take("sales", 4) is None
            await away(server)
            await until(lambda: not any(member.answers for member in members))
            with pytest.raises(CountAway):
                await members[0].take("x", "other", 1)
            slots = [PlanSlot(counts[0], f"c{number}") for number in range(2)]
            assert [await slot.take("sales", 4) for slot in slots] == [None, BUSY]
            await slots[1].leave()
            assert await PlanSlot(counts[1], "c9").take("sales", 4) is None
            server.go_on() if away is hangs else server.start()
            await until(lambda: all(member.answers for member in members))
            assert await counted(server, cluster, "sales") == 3
            more = [PlanSlot(counts[1], f"d{number}") for number in range(2)]
            assert [await slot.take("sales", 4) for slot in more] == [None, BUSY]
    told = [line["event"] for line in lines]
    assert sorted(told) == ["cluster.away"] * 2 + ["cluster.back"] * 2


async def test_a_plan_with_one_call_is_open_everywhere_meanwhile(cluster: ClusterSettings) -> None:
    """A share is rounded up."""
    async with nodes(cluster, 3) as members:
        assert [members[0].share(most) for most in (1, 3, 4, 30)] == [1, 1, 2, 10]


async def test_processes_that_crash_at_random(
    cluster: ClusterSettings, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never one call above a bound, and nothing is left of what crashed; the long form is a proof."""
    monkeypatch.setattr(module, "LEASE_S", 1.0)
    monkeypatch.setattr(module, "BEAT_S", 0.2)
    chance, most = random.Random(5), 7
    async with redis.Redis.from_url(server.url) as client:
        up: dict[str, Membership] = {}
        members = [member_of(client, cluster.name, f"n{one}", 1.0) for one in range(3)]
        for number in range(600):
            if number % 150 == 149:  # one crashes: what it had stays in Redis, and is not said again
                dead = members.pop(0)
                up = {call: member for call, member in up.items() if member is not dead}
                members.append(member_of(client, cluster.name, f"n{number}", 1.0))
            if up and chance.random() < 0.45:
                call = chance.choice(sorted(up))
                await up.pop(call).leave(call)
            else:
                member = chance.choice(members)
                if await member.take(f"c{number}", "sales", most):
                    up[f"c{number}"] = member
            assert len(up) <= most
            assert await client.zcard(f"{{{cluster.name}}}:calls:sales") <= most
        for call, member in up.items():
            await member.leave(call)
        await until(lambda: members[0].take("last", "sales", 1))


async def test_one_process_at_a_time_has_a_registration(
    cluster: ClusterSettings, server: RedisServer
) -> None:
    """Until it leaves it, or its lease runs out; one that was only thought dead has lost it."""
    async with redis.Redis.from_url(server.url) as client:
        one, other = (member_of(client, cluster.name, name, 0.4) for name in "ab")
        assert [await each.own("registration/pbx") for each in (one, other, one)] == [True, False, True]
        await one.disown("registration/pbx")
        assert await other.own("registration/pbx")
        await until(lambda: one.own("registration/pbx"))
        assert not await other.own("registration/pbx")


async def test_days_and_accounts_are_told(cluster: ClusterSettings) -> None:
    """To Redis, as all else."""
    async with nodes(cluster, 2) as (one, other):
        asked = DayCount("sales", "2026-11-28", "", CallTotals(1), DayLimits(calls=1))
        assert [(await each.count_days([asked]))[0] for each in (one, other)] == [True, False]
        await one.tell_scarce("acme", {"tokens": 30.0})
        assert 20 < (await other.scarce(["acme"]))["acme"] <= 30
