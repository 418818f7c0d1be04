"""Until when accounts have no room for new calls, in a real Redis."""

from __future__ import annotations

import asyncio

from redis import asyncio as redis

from gateway.node.cluster.scarce_accounts import ScarceAccounts
from gateway.node.cluster.settings import ClusterSettings
from tests.equipment.patience import within
from tests.equipment.redis_server import RedisServer


async def test_the_scarcest_limit_decides(cluster: ClusterSettings, server: RedisServer) -> None:
    """Until it is whole again, by Redis' clock, or somebody was told otherwise; then nothing is left."""
    async with redis.Redis.from_url(server.url) as client:
        accounts = ScarceAccounts(client, cluster.name)
        assert await accounts.ask(["acme"]) == {"acme": 0.0}
        await accounts.tell("acme", {"tokens": 60.0, "requests": 0.3})
        waits = await accounts.ask(["acme", "other"])
        assert 50 < waits["acme"] <= 60
        assert waits["other"] == 0
        await accounts.tell("acme", {"tokens": 0.0})
        assert (await accounts.ask(["acme"]))["acme"] <= 0.3
        async with within(5):
            while await client.exists(f"{{{cluster.name}}}:scarce:acme"):  # noqa: ASYNC110 - Redis tells nobody
                await asyncio.sleep(0.05)
        assert await accounts.ask(["acme"]) == {"acme": 0.0}
