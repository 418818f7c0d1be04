"""A task group that leaves nothing to the garbage collector."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Iterator

import pytest

from gateway.tasks import TaskGroup


class Call:
    """Something large that lives in the frame around a group."""


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def _broken(call: Call) -> None:
    async with TaskGroup() as tasks:
        tasks.create_task(asyncio.sleep(10))
        raise ValueError(type(call))


async def test_what_was_around_a_broken_group_is_let_go() -> None:
    """The error is told on."""
    call = Call()
    there = weakref.ref(call)
    with contextlib.suppress(ExceptionGroup):
        await _broken(call)
    del call
    assert there() is None
