"""A connection to Redis that tries once: whoever asks knows what to do without an answer."""

from __future__ import annotations

from typing import Any

from gateway.errors import BadInput
from gateway.node.cluster.settings import ClusterSettings

CONNECTIONS = 16
"""Questions at once; more wait."""
HEALTH_S = 5
"""Seconds after which a connection that only listens asks whether the server is still there."""


def connect(settings: ClusterSettings, answer_s: float | None) -> Any:
    """Return a client whose answers take so many seconds at most. Raises BadInput for what is no address."""
    # Here and not above: it takes 0.2 s, and most gateways are alone.
    from redis import asyncio as redis  # noqa: PLC0415
    from redis.asyncio.retry import Retry  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415

    bounds = {"socket_timeout": answer_s, "socket_connect_timeout": answer_s}
    try:
        pool = redis.BlockingConnectionPool.from_url(
            settings.redis.reveal_address(),
            retry=Retry(NoBackoff(), 0),
            max_connections=CONNECTIONS,
            health_check_interval=0 if answer_s else HEALTH_S,
            **bounds,
        )
    except ValueError as error:
        raise BadInput("gateway.yaml", "cluster.redis", settings.redis.text, str(error)) from None
    return redis.Redis.from_pool(pool)  # closed with it
