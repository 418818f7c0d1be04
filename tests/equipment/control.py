"""A connection to a gateway's control socket, which is there a moment after it takes calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.node.control_client import ControlClient
from tests.equipment import patience
from tests.equipment.programs import Gateway


@asynccontextmanager
async def control(gateway: Gateway) -> AsyncIterator[ControlClient]:
    """Connect to a gateway that has just been started."""
    async with patience.within(10):
        while not gateway.control.exists():  # noqa: ASYNC110 - a moment of another process
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.2)
    async with ControlClient.connected(gateway.control) as client:
        yield client
