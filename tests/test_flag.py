"""What asyncio's event does, in little memory."""

from __future__ import annotations

import asyncio
import sys
from collections import deque

from gateway.flag import Flag
from gateway.tasks import TaskGroup


async def test_a_flag_wakes_all_who_wait() -> None:
    """And lets go on at once whoever waits later, until it is cleared."""
    flag, woken = Flag(), list[int]()

    async def wait(number: int) -> None:
        await flag.wait()
        woken.append(number)

    async with TaskGroup() as tasks:
        for number in range(3):
            tasks.create_task(wait(number))
        await asyncio.sleep(0)
        assert not flag.is_set()
        flag.set()
        flag.set()
    assert flag.is_set()
    assert woken == [0, 1, 2]
    await flag.wait()
    flag.clear()
    assert not flag.is_set()


async def test_whoever_gives_up_waiting_is_forgotten() -> None:
    """Others are woken as ever."""
    flag = Flag()
    async with TaskGroup() as tasks:
        gone, other = tasks.create_task(flag.wait()), tasks.create_task(flag.wait())
        await asyncio.sleep(0)
        gone.cancel()
        flag.set()
    assert gone.cancelled()
    assert not other.cancelled()


def test_a_flag_takes_little() -> None:
    """That is what it is for."""
    flag = Flag()
    assert sys.getsizeof(flag) + sys.getsizeof([]) < sys.getsizeof(deque[int]()) / 5
    assert not hasattr(flag, "__dict__")
