from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from gateway.call import SessionReady
from gateway.realtime.pool import Leave, Pool
from gateway.realtime.providers import LOCAL, Provider
from gateway.realtime.session import Session
from gateway.realtime.settings import SessionSettings
from gateway.realtime.shared import Shared
from tests.equipment.patience import within
from tests.realtime.caller import running
from tests.realtime.wire_model import Model, model


@pytest.fixture
async def server() -> AsyncIterator[Model]:
    async with model() as running_model:
        yield running_model


@asynccontextmanager
async def filled(server: Model, size: int = 2, **more: float) -> AsyncIterator[tuple[Pool, Provider]]:
    pool, provider = Pool(**more), dataclasses.replace(LOCAL, url=server.url)
    pool.want(provider, "m", size)
    async with asyncio.TaskGroup() as tasks:
        running_pool = tasks.create_task(pool.run())
        try:
            yield pool, provider
        finally:
            running_pool.cancel()


async def until(true: Callable[[], bool]) -> None:
    async with within(5):
        while not true():  # noqa: ASYNC110 - the pool tells nobody what it has
            await asyncio.sleep(0.01)


def stock(pool: Pool) -> int:
    return sum(len(shelf.stock) for shelf in pool._shelves.values())


async def test_a_call_takes_a_connection_that_is_open_already(server: Model) -> None:
    """Configured like any other; another is made in its place."""
    async with filled(server) as (pool, provider):
        await server.line(2)
        await until(lambda: stock(pool) == 2)
        settings = SessionSettings(model="m")
        async with running(lambda facts: Session(provider, settings, facts, shared=Shared(pool))) as (
            _,
            facts,
        ):
            await facts.wait(SessionReady)
            assert [len(line.came) for line in server.lines[:2]] == [0, 1]
            await server.line(3)
        async with within(5):
            await server.lines[1].over.wait()
    for line in server.lines:
        async with within(5):
            await line.over.wait()
        assert line.socket.close_code == 1000


async def test_an_empty_shelf_is_no_obstacle(server: Model) -> None:
    """A place nobody keeps connections to, and one that cannot be reached: the call connects itself."""
    server.refusals = [(503, b"")] * 2
    async with filled(server, 1) as (pool, provider):
        assert await pool.take(provider, "other") is None
        await until(lambda: len(server.requests) == 1)
        assert await pool.take(provider, "m") is None


async def test_a_connection_that_was_closed_is_not_given(server: Model) -> None:
    """The next one is, or none."""
    async with filled(server) as (pool, provider):
        await until(lambda: stock(pool) == 2)
        for line in server.lines:
            line.cut()
        for kept in pool._shelves[pool._place(provider, "m")].stock:
            await kept.socket.wait_closed()
        assert await pool.take(provider, "m") is None
        await server.line(4)


async def test_a_connection_grows_old(server: Model) -> None:
    """Its session ages from its first moment: it is replaced in time."""
    async with filled(server, 1, old_after=0.0) as (pool, _):
        await server.line(1)
        await until(lambda: stock(pool) == 1)
        pool._look.set()
        await server.line(2)
        async with within(5):
            await server.lines[0].over.wait()


async def test_only_as_many_are_kept_as_there_is_room_for(server: Model) -> None:
    """Of all processes together; room is given back with the connection, and taken for the next one."""
    left: list[str] = []
    room = [1]

    async def ask(provider: Provider, model: str, most: int) -> Leave | None:
        assert (provider.url, model, most) == (server.url, "m", 3)
        if not room[0]:
            return None
        room[0] -= 1

        async def leave() -> None:
            room[0] += 1
            left.append(model)

        return leave

    pool, provider = Pool(), dataclasses.replace(LOCAL, url=server.url)
    pool.room = ask
    pool.want(provider, "m", 3)
    async with asyncio.TaskGroup() as tasks:
        running_pool = tasks.create_task(pool.run())
        await until(lambda: stock(pool) == 1)
        socket = await pool.take(provider, "m")
        assert socket is not None
        assert left == ["m"]
        await socket.close()
        await until(lambda: stock(pool) == 1)
        running_pool.cancel()
    assert left == ["m", "m"]
    assert room == [1]
