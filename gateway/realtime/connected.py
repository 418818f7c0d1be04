"""A session's connection: kept warm or made now, linked where that can be, closed in time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.call import Uplink
from gateway.realtime.connect import open_connection
from gateway.realtime.linked_transport import linked
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.providers import Provider
from gateway.realtime.settings import ConnectTimeouts
from gateway.realtime.shared import Shared
from gateway.tasks import TaskGroup


@asynccontextmanager
async def connected(
    provider: Provider, model: str, patience: ConnectTimeouts, caller: str | None, shared: Shared
) -> AsyncIterator[tuple[ModelConnection, Uplink]]:
    """Be connected for as long as the block lasts; with the uplink, which has a link if it can.

    `caller` is a hash that stands for him. Raises what `open_connection` raises, and AccountFull.
    """
    pool = None if caller else shared.pool  # what was made for nobody names no caller
    warm = await pool.take(provider, model) if pool is not None else None
    try:
        async with shared.room(provider):
            socket = warm or await open_connection(provider, model, patience, caller, shared.native_tls)
            warm, link = None, linked(socket, shared.link)
            try:
                yield socket, Uplink(link)
            finally:
                await _close(socket)
                if link is not None:
                    link.close()
    finally:
        if warm is not None:  # there was no room for what it was to become
            await _close(warm)


async def _close(socket: ModelConnection) -> None:
    # In a task of its own: the library's time-out may not hold in one that was cancelled (`within`).
    async with TaskGroup() as tasks:
        tasks.create_task(socket.close())
