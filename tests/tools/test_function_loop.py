"""Async functions on an event loop of their own."""

from __future__ import annotations

import asyncio
import contextvars
import subprocess
import sys
import threading

import pytest
from structlog.testing import capture_logs

from gateway.tools import function_loop
from gateway.tools.abandon import CancelledByItself
from gateway.tools.function_loop import FunctionLoop
from gateway.tools.threads import AllBusy
from tests.equipment import patience

WHO = contextvars.ContextVar("WHO", default="nobody")


async def where() -> tuple[str, str, int]:
    """Say in which thread this is, for whom, and on which loop."""
    await asyncio.sleep(0)
    return threading.current_thread().name, WHO.get(), id(asyncio.get_running_loop())


async def test_functions_share_a_loop_that_is_not_ours() -> None:
    """Each knows whose call it works for."""
    functions = FunctionLoop()
    WHO.set("c1")
    name, who, first = await functions.run("a", where)
    assert (name, who) == ("tool loop", "c1")
    assert first != id(asyncio.get_running_loop())
    assert (await functions.run("b", where))[2] == first


class Weird(BaseException):
    """What nobody catches."""


@pytest.mark.parametrize(
    "raised", [SystemExit(3), KeyboardInterrupt(), GeneratorExit(), Weird(), StopIteration()]
)
async def test_nothing_that_is_raised_ends_more_than_the_function(raised: BaseException) -> None:
    """Neither the loop nor whoever waits."""
    functions = FunctionLoop()
    first = (await functions.run("a", where))[2]

    async def end() -> None:
        raise raised

    with pytest.raises(RuntimeError):
        await functions.run("end", end)
    assert (await functions.run("b", where))[2] == first


async def test_a_task_that_a_function_leaves_behind_does_not_end_the_loop() -> None:
    """Though it tries to end the process."""
    functions = FunctionLoop()

    async def end() -> None:
        raise SystemExit(3)

    async def leave() -> asyncio.Task[None]:
        return asyncio.get_running_loop().create_task(end())

    with capture_logs() as lines:
        await functions.run("leave", leave)
        await functions.run("b", where)
        async with patience.within(5):
            while not lines:  # noqa: ASYNC110 - of another thread
                await asyncio.sleep(0.01)
        await functions.run("b", where)
    assert [line["event"] for line in lines] == ["tool.failed"]


async def test_errors_come_back_as_they_are() -> None:
    """One that was cancelled by itself is no cancellation here."""

    async def fail() -> None:
        raise LookupError("x")

    async def give_up() -> None:
        raise asyncio.CancelledError

    with pytest.raises(LookupError):
        await FunctionLoop().run("fail", fail)
    with pytest.raises(CancelledByItself):
        await FunctionLoop().run("give_up", give_up)


async def test_who_waits_no_longer_has_the_function_cancelled() -> None:
    """And is gone, whatever it makes of that."""
    functions, began, cancelled = FunctionLoop(), threading.Event(), threading.Event()

    async def cling() -> None:
        began.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            await asyncio.sleep(0.3)

    async with patience.within(5), asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(functions.run("cling", cling))
        await asyncio.to_thread(began.wait)
        waiting.cancel()
    assert await asyncio.to_thread(cancelled.wait, 5)
    await functions.run("a", where)


async def test_a_function_that_blocks_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next ones get another loop, the log tells whose fault it is, and a loop that is free again ends."""
    monkeypatch.setattr(function_loop, "BEGINS_WITHIN_S", 0.1)
    functions, go = FunctionLoop(most_blocked=1), threading.Event()
    before = threads("tool loop")

    async def block() -> str:
        go.wait()
        return "done"

    with capture_logs() as lines:
        async with patience.within(20), asyncio.TaskGroup() as tasks:
            blocked = tasks.create_task(functions.run("block", block))
            await asyncio.sleep(0.05)
            first, second = await asyncio.gather(functions.run("a", where), functions.run("b", where))
            assert first[2] == second[2]
            again = tasks.create_task(functions.run("block", block))
            await asyncio.sleep(0.05)
            with pytest.raises(AllBusy):
                await functions.run("c", where)
            go.set()
    assert (blocked.result(), again.result()) == ("done", "done")
    assert [(line["event"], line["tool"]) for line in lines] == [("tool.blocks", "block")] * 2
    async with patience.within(20):
        while threads("tool loop") > before:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)


def threads(name: str) -> int:
    """Count the threads of this name."""
    return sum(one.name == name for one in threading.enumerate())


async def test_so_many_at_once_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is told at once."""
    monkeypatch.setattr(function_loop, "MOST", 1)
    functions, go = FunctionLoop(), threading.Event()

    async def wait() -> None:
        while not go.is_set():  # noqa: ASYNC110 - of another loop
            await asyncio.sleep(0.01)

    async with patience.within(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(functions.run("wait", wait))
        await asyncio.sleep(0)
        with pytest.raises(AllBusy):
            await functions.run("a", where)
        go.set()
    await functions.run("a", where)


def test_a_function_that_hangs_does_not_keep_the_process() -> None:
    """It ends when it is told to, without a word, whether the function waits or blocks."""
    program = (
        "import asyncio, sys, time\n"
        "from gateway.tools.function_loop import FunctionLoop\n"
        "async def wait():\n"
        "    await asyncio.sleep(60)\n"
        "async def block():\n"
        "    time.sleep(60)\n"
        "async def main():\n"
        "    functions = FunctionLoop()\n"
        "    for name in (wait, block):\n"
        "        try:\n"
        "            await asyncio.wait_for(functions.run('x', name), 0.05)\n"
        "        except TimeoutError:\n"
        "            print('over')\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr, done.returncode) == ("over\nover\n", "", 0)
