"""An alarm rings at the first of the moments that it was given."""

from __future__ import annotations

import asyncio

import pytest

from gateway.realtime.continuity.alarm import Alarm
from gateway.tasks import TaskGroup
from tests.equipment import patience


async def test_it_rings_at_the_moment_that_comes_first() -> None:
    """A later one, and none, change nothing; a sooner one does, also for who waits already."""
    loop = asyncio.get_running_loop()
    alarm, began = Alarm(), loop.time()
    alarm.arm(began + 60)
    async with TaskGroup() as tasks:
        waiting = tasks.create_task(alarm.wait())
        await asyncio.sleep(0)
        alarm.arm(None)
        alarm.arm(began + 120)
        alarm.arm(began + 0.05)
    assert waiting.done()
    assert 0.04 <= loop.time() - began < patience.seconds(30)


async def test_it_rings_once_for_a_moment() -> None:
    """The next one has to be given anew; one that has passed rings at once."""
    alarm = Alarm()
    for _ in range(2):
        alarm.arm(asyncio.get_running_loop().time() - 1)
        await asyncio.wait_for(alarm.wait(), patience.seconds(5))


def test_it_is_given_moments_while_it_is_about_to_ring() -> None:
    """In the loop that the gateway has on Linux, too, whose timers for what is due are none."""
    uvloop = pytest.importorskip("uvloop")

    async def given() -> None:
        alarm, now = Alarm(), asyncio.get_running_loop().time()
        for when in (now, now + 60, now - 1):
            alarm.arm(when)
        await asyncio.wait_for(alarm.wait(), patience.seconds(5))

    uvloop.run(given())


async def test_after_the_end_nobody_waits() -> None:
    """Whoever waits is woken, and no moment is taken any more."""
    alarm = Alarm()
    async with TaskGroup() as tasks:
        tasks.create_task(alarm.wait())
        await asyncio.sleep(0)
        alarm.end()
    alarm.end()
    alarm.arm(asyncio.get_running_loop().time() + 60)
    await asyncio.wait_for(alarm.wait(), patience.seconds(5))
