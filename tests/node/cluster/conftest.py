"""A Redis server for all tests of the cluster, each with a name of its own on it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from gateway.dialplan.values import Secretive
from gateway.node.cluster.settings import ClusterSettings
from tests.equipment import redis_server
from tests.equipment.redis_server import RedisServer


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    """A Redis server."""
    if redis_server.PROGRAM is None:
        pytest.skip("there is no Redis: apt-get install redis-server")
    with redis_server.running() as ready:
        yield ready


@pytest.fixture
def cluster(server: RedisServer) -> ClusterSettings:
    """Settings by which processes know of each other."""
    return ClusterSettings(redis=Secretive(server.url), node="a", name=f"t{secrets.token_hex(4)}")
