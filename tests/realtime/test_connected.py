from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.protocol import State

from gateway.errors import AccountFull
from gateway.realtime.connected import connected
from gateway.realtime.pool import Pool
from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.settings import ConnectTimeouts
from gateway.realtime.shared import Shared
from tests.equipment.patience import seconds, within
from tests.media.conftest import made
from tests.realtime.wire_model import model

PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)


async def test_a_connection_lasts_as_long_as_its_block() -> None:
    """And is closed politely after it."""
    async with model() as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        async with connected(provider, "m", PATIENCE, None, Shared()) as (socket, uplink):
            assert (socket.state, uplink.link) == (State.OPEN, None)
        async with within(2):
            await (await server.line()).over.wait()
        assert server.lines[0].socket.close_code == 1000


@pytest.mark.native
async def test_a_connection_is_linked_where_that_can_be() -> None:
    """And its link ends with it."""
    plane = made(native=True)
    async with model() as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        async with connected(provider, "m", PATIENCE, None, Shared(link=plane.link)) as (_, uplink):
            assert uplink.link is not None
            port = plane.port()
            port.send_to(uplink.link)
            assert port.direct
        assert not port.direct
        assert server.lines[0].socket.close_code == 1000


async def test_a_warm_connection_is_taken_unless_it_is_for_somebody() -> None:
    """What was made for nobody names no caller."""
    async with model() as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        pool = Pool(PATIENCE)
        pool.want(provider, "m", 1)
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(pool.run())
            await server.line()
            async with connected(provider, "m", PATIENCE, "somebody", Shared(pool)):
                await server.line(2)
            keeper.cancel()


async def test_an_account_without_room() -> None:
    """No connection is made, and one that was kept warm for it is closed."""

    @asynccontextmanager
    async def full(_provider: Provider) -> AsyncIterator[None]:
        raise AccountFull("acme", 2)
        yield

    async with model() as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        pool = Pool(PATIENCE)
        pool.want(provider, "m", 1)
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(pool.run())
            async with within(5):
                while not any(shelf.stock for shelf in pool._shelves.values()):  # noqa: ASYNC110
                    await asyncio.sleep(0.01)
            with pytest.raises(AccountFull):
                async with connected(provider, "m", PATIENCE, None, Shared(pool, room=full)):
                    raise AssertionError("there was no room")
            await server.line(2)  # kept warm in its place
            keeper.cancel()
        assert server.lines[0].socket.close_code == 1000
