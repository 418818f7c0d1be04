"""What is asked of a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis import asyncio as redis

from gateway.node.cluster.leases import Leases
from gateway.node.cluster.settings import ClusterSettings
from tests.equipment.redis_server import RedisServer


@pytest.fixture
async def client(server: RedisServer) -> AsyncIterator[redis.Redis]:
    """A connection of one's own."""
    async with redis.Redis.from_url(server.url) as ready:
        yield ready


async def test_a_call_counts_in_one_plan_at_a_time(client: redis.Redis, cluster: ClusterSettings) -> None:
    """It leaves the one before, also where there is no room in the next."""
    leases = Leases(client, cluster.name)
    assert await leases.take("a/c1", "sales", None, 1)
    assert await leases.take("b/c1", "support", None, 1)
    assert not await leases.take("a/c1", "support", "sales", 1)
    assert await leases.take("b/c2", "sales", None, 1)


async def test_a_lease_runs_out(client: redis.Redis, cluster: ClusterSettings) -> None:
    """Unless it is held; and nothing is left of what nobody holds."""
    leases = Leases(client, cluster.name, 0.3)
    assert await leases.take("a/c1", "sales", None, 1)
    assert await leases.take("a/c2", "support", None, 1)
    for _ in range(4):
        await asyncio.sleep(0.1)
        await leases.hold({"sales": ["a/c1"]})
    assert not await leases.take("b/c1", "sales", None, 1)
    assert await leases.take("b/c2", "support", None, 1)
    await asyncio.sleep(0.7)
    assert await client.keys(f"{{{cluster.name}}}:*") == []


async def test_what_was_forgotten_is_told_again(client: redis.Redis, cluster: ClusterSettings) -> None:
    """A server that has been started anew knows nothing."""
    leases = Leases(client, cluster.name)
    await leases.take("a/c1", "sales", None, 2)
    await client.delete(f"{{{cluster.name}}}:calls:sales")
    await leases.hold({"sales": ["a/c1", "a/c2"]})
    assert not await leases.take("b/c1", "sales", None, 2)


async def test_who_is_there(client: redis.Redis, cluster: ClusterSettings) -> None:
    """Until it leaves, or is silent for too long."""
    leases = Leases(client, cluster.name, 0.3)
    assert [await leases.here(node) for node in ("a", "b", "a")] == [1, 2, 2]
    await leases.gone("b")
    assert await leases.here("a") == 1
    await leases.here("c")
    await asyncio.sleep(0.4)
    assert await leases.here("a") == 1


async def test_a_pace_holds_for_all(client: redis.Redis, cluster: ClusterSettings) -> None:
    """As many as come in a second may come at once, whoever asks, and then one in its turn."""
    one, other = (Leases(client, cluster.name) for _ in range(2))
    asked = [await side.admit("trunk/pbx", 4.0) for side in (one, other, one, other, one, other)]
    assert asked == [True] * 4 + [False] * 2
    assert await one.admit("trunk/other", 0.5)
    assert not await other.admit("trunk/other", 0.5)
    await asyncio.sleep(0.3)
    assert await other.admit("trunk/pbx", 4.0)
    assert 0 < await client.pttl(f"{{{cluster.name}}}:pace:trunk/other") <= 3000


async def test_names_keep_apart(client: redis.Redis, cluster: ClusterSettings) -> None:
    """Two kinds of gateways on one server."""
    assert await Leases(client, cluster.name).take("a/c1", "sales", None, 1)
    assert await Leases(client, f"{cluster.name}-other").take("a/c1", "sales", None, 1)
