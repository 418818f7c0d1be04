"""The event loop that a command runs in."""

from __future__ import annotations

import asyncio
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
