"""What signals ask of a gateway process."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import pytest

from gateway.signals import Signals, tell
from tests.equipment import patience
from tests.equipment.process import python
from tests.equipment.terminal import Terminal

ASK = "from gateway.signals import has_terminal; print(has_terminal())"


@pytest.fixture(autouse=True)
async def _afterwards() -> AsyncIterator[None]:
    """Leave no handler behind."""
    yield
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().remove_signal_handler(number)


async def send(*numbers: signal.Signals) -> None:
    """Send ourselves signals, each noticed before the next."""
    for number in numbers:
        os.kill(os.getpid(), number)
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("first", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
async def test_the_first_stops_and_the_second_hurries(first: signal.Signals, second: signal.Signals) -> None:
    """Calls are let finish, then ended."""
    signals = Signals(terminal=False)
    await send(first)
    assert (signals.stop.is_set(), signals.hurry.is_set()) == (True, False)
    await send(second)
    assert signals.hurry.is_set()


async def test_a_terminal_that_is_closed_stops_and_never_hurries() -> None:
    """However many tell of it, and after Ctrl-C, too."""
    signals = Signals(terminal=True)
    signals.on_reload(lambda: pytest.fail("it is no reload"))
    await send(signal.SIGHUP, signal.SIGHUP)
    assert (signals.stop.is_set(), signals.hurry.is_set()) == (True, False)
    signals = Signals(terminal=True)
    await send(signal.SIGINT, signal.SIGHUP)
    assert (signals.stop.is_set(), signals.hurry.is_set()) == (True, False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_process_that_has_ended_is_told_nothing(number: signal.Signals) -> None:
    """Also where the system knows that it has, and we do not yet."""
    process = await asyncio.create_subprocess_exec("true")
    await process.wait()
    tell(process, number)
    gone = SimpleNamespace(returncode=None, send_signal=lambda _: (_ for _ in ()).throw(ProcessLookupError))
    tell(cast("asyncio.subprocess.Process", gone), number)


async def test_without_a_terminal_it_is_a_reload() -> None:
    """Each time, in a thread."""
    signals = Signals(terminal=False)
    reloads: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    signals.on_reload(lambda: loop.call_soon_threadsafe(reloads.put_nowait, None))
    for _ in range(2):
        os.kill(os.getpid(), signal.SIGHUP)
        async with patience.within(5):
            await reloads.get()
    assert not signals.stop.is_set()


@pytest.mark.parametrize(
    ("way", "expected"),
    [
        ((), "True"),
        (("sh", "-c", "trap '' HUP; exec \"$@\"", "nohup"), "False"),
        (("setsid", "--wait"), "False"),
    ],
)
def test_a_terminal_is_one_that_the_process_goes_with(way: tuple[str, ...], expected: str) -> None:
    """Not as nohup starts it, nor in a session of its own."""
    with Terminal([*way, *python("-c", ASK)]) as window:
        assert window.wait() == 0
    assert window.lines[-1] == expected
