"""A TCP server in a test, whose clients may leave at any moment."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.equipment import patience

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(talk: Talk, port: int = 0) -> AsyncIterator[int]:
    """Hold a `talk` with whoever connects, for as long as the context lasts; gives the port.

    A client that leaves in the middle is no error. Each connection is closed, and all are over at the end:
    one that is left to the garbage collector is noticed in some later test that has nothing to do with it.
    """
    talks = 0
    over = asyncio.Event()
    over.set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal talks
        talks += 1
        over.clear()
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            talks -= 1
            if not talks:
                over.set()

    async with await asyncio.start_server(hold, "127.0.0.1", port) as server:
        yield server.sockets[0].getsockname()[1]
    async with patience.within(5):
        await over.wait()
