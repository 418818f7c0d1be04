"""Connections that try once."""

from __future__ import annotations

import asyncio

import pytest
from redis import RedisError

from gateway.dialplan.values import Secretive
from gateway.errors import BadInput
from gateway.node.cluster.connection import connect
from gateway.node.cluster.settings import ClusterSettings
from tests.equipment import patience
from tests.equipment.redis_server import RedisServer


async def test_a_server_that_hangs(server: RedisServer, cluster: ClusterSettings) -> None:
    """Is given up after the time for an answer, and answers when it is back."""
    client = connect(cluster, 0.1)
    assert await client.ping()
    server.hang()
    try:
        async with patience.within(5):
            with pytest.raises(RedisError):
                await client.ping()
    finally:
        server.go_on()
    async with patience.within(5):
        while True:
            try:
                await client.ping()
                break
            except RedisError:
                await asyncio.sleep(0.05)
    await client.aclose()


def test_what_is_no_address(cluster: ClusterSettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says may be anything."""
    monkeypatch.setenv("PLACE", "http://nowhere")
    with pytest.raises(BadInput, match=r"cluster\.redis"):
        connect(cluster.model_copy(update={"redis": Secretive("${PLACE}")}), 0.1)
