"""The event loop that a command runs in."""

# ruff: noqa: PLC0415 - a command imports what it needs when it runs
from __future__ import annotations

import asyncio
import faulthandler
import os
import sys
from collections.abc import Coroutine
from typing import Any

import structlog

from gateway import log as logging

log = structlog.get_logger(__name__)

LEFT_ALONE_S = 2.0
"""Seconds for what is still running when a command is over, and was cancelled."""


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run to the end, with the faster loop where there is one. Native code that crashes says where."""
    if not faulthandler.is_enabled() and sys.stderr is not None:
        faulthandler.enable()
    if sys.platform == "linux":
        import uvloop

        uvloop.run(_to_the_end(main))
    else:
        asyncio.run(_to_the_end(main))


async def _to_the_end(main: Coroutine[Any, Any, None]) -> None:
    """Run, and leave alone what does not end: a function of somebody's plan that keeps its cancellation.

    The loop itself would wait for it for ever, and the process could not be stopped.
    """
    await main
    running = asyncio.all_tasks() - {asyncio.current_task()}
    for task in running:
        task.cancel()
    if not running:
        return
    _done, clinging = await asyncio.wait(running, timeout=LEFT_ALONE_S)
    if clinging:
        log.warning("gateway.left_alone", tasks=len(clinging))
        logging.flush()
        sys.stdout.flush()
        os._exit(0)
