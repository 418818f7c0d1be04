"""The event loop that a command runs in."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

from gateway.cli import event_loop


@pytest.mark.skipif(sys.platform != "linux", reason="uvloop is installed on Linux only")
def test_it_is_the_faster_one() -> None:
    """A command runs to its end in it."""
    ran_in: list[str] = []

    async def main() -> None:
        ran_in.append(type(asyncio.get_running_loop()).__module__)

    event_loop.run(main())
    assert ran_in == ["uvloop"]


PROGRAM = """
import asyncio
from gateway import log
from gateway.cli import event_loop

async def clings(began):
    while True:
        try:
            began.set()
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            pass

async def main():
    began = asyncio.Event()
    asyncio.get_running_loop().create_task(clings(began))
    await began.wait()
    print('over')

log.configure("info")
event_loop.run(main())
"""


def test_what_does_not_end_is_left_alone() -> None:
    """A function of somebody's plan must not keep the process from being stopped; a line tells of it."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "over\n"), done.stderr
    assert "gateway.left_alone" in done.stderr
