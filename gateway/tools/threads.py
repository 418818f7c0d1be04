"""Functions that may wait, in threads of their own: some at once, and none keeps the process from ending."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from gateway.errors import GatewayError
from gateway.tools.abandon import plain

T = TypeVar("T")

MOST = 64
"""Functions at once in a process. One that never comes back keeps its thread, and its place."""


class AllBusy(GatewayError):
    """As many functions run as may."""


class Threads:
    """Used on the event loop's thread."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._running = 0

    async def run(self, function: Callable[[], T]) -> T:
        """Return what `function` returns, or raise what it raises; who waits no longer leaves it alone.

        Raises AllBusy at once, for a queue behind functions that hang would hang as well.
        """
        if self._running >= self._most:
            raise AllBusy(f"{self._most} functions are running already")
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        context = contextvars.copy_context()

        def finish(result: T | None, error: Exception | None) -> None:
            self._running -= 1
            if done.cancelled():
                return
            if error is None:
                done.set_result(cast(T, result))
            else:
                done.set_exception(error)

        def work() -> None:
            result: T | None = None
            error: Exception | None = None
            try:
                result = context.run(function)
            except BaseException as raised:  # noqa: BLE001 - SystemExit, too: it is somebody else's code
                error = plain(raised)
            with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
                loop.call_soon_threadsafe(finish, result, error)

        self._running += 1
        threading.Thread(target=work, name="tool", daemon=True).start()
        return await done
