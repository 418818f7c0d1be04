"""The event loop that a command runs in."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import sys
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end, with the faster loop where there is one."""
    if sys.platform == "linux":
        import uvloop

        uvloop.run(main)
    else:
        import asyncio

        asyncio.run(main)
