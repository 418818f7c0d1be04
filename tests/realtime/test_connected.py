from __future__ import annotations

import asyncio
import dataclasses

import pytest
from websockets.protocol import State

from gateway.realtime.connected import connected
from gateway.realtime.pool import Pool
from gateway.realtime.providers import LOCAL
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
