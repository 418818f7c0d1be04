"""Functions in threads of their own."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest

from gateway.tools.threads import AllBusy, Threads
from tests.equipment import patience

WHO = contextvars.ContextVar("WHO", default="nobody")


async def test_a_result_and_an_error_come_back() -> None:
    """From another thread, which knows whose call it works for."""
    threads = Threads()
    WHO.set("c1")
    name, who = await threads.run(lambda: (threading.current_thread().name, WHO.get()))
    assert (name, who) == ("tool", "c1")
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


@pytest.mark.parametrize("raised", [SystemExit(3), KeyboardInterrupt(), StopIteration(1)])
async def test_nothing_that_is_raised_ends_more_than_the_function(raised: BaseException) -> None:
    """Neither the process nor whoever waits."""

    def end() -> None:
        raise raised

    with pytest.raises(RuntimeError, match=type(raised).__name__):
        await Threads().run(end)


async def test_so_many_at_once_and_no_more() -> None:
    """One more is told at once; a place that is left is taken."""
    threads, go = Threads(2), threading.Event()
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(threads.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(AllBusy):
            await threads.run(lambda: None)
        go.set()
    assert [one.result() for one in waiting] == [True, True]
    assert await threads.run(lambda: "again") == "again"


async def test_who_waits_no_longer_leaves_the_function_alone() -> None:
    """Its place is free when it has come back."""
    threads, go = Threads(1), threading.Event()
    async with patience.within(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(threads.run(go.wait))
        await asyncio.sleep(0)
        waiting.cancel()
    with pytest.raises(AllBusy):
        await threads.run(lambda: None)
    go.set()
    async with patience.within(5):
        while True:
            try:
                assert await threads.run(lambda: 7) == 7
            except AllBusy:
                await asyncio.sleep(0.01)
            else:
                break


def test_a_function_that_hangs_does_not_keep_the_process() -> None:
    """The program ends when it is told to."""
    program = (
        "import asyncio, threading\n"
        "from gateway.tools.threads import Threads\n"
        "async def main():\n"
        "    await asyncio.wait_for(Threads().run(threading.Event().wait), 0.05)\n"
        "try:\n"
        "    asyncio.run(main())\n"
        "except TimeoutError:\n"
        "    print('over')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.returncode) == ("over\n", 0), done.stderr
