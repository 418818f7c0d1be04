"""Async functions, on an event loop of their own: one that blocks there makes no call wait.

All share one loop, so that what they share (a client, a pool) belongs to it. Where a function blocks it, the
next ones get another.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast

import structlog

from gateway.tools.abandon import CancelledByItself, contained, plain
from gateway.tools.threads import AllBusy

log = structlog.get_logger(__name__)

T = TypeVar("T")

BEGINS_WITHIN_S = 2.0
"""Seconds within which a loop that nobody blocks begins a function."""
MOST_BLOCKED = 16
"""Loops that are given up, each with a thread, until their function comes back."""
MOST = 1024
"""Functions at once, with those that take no notice of being cancelled."""


class FunctionLoop:
    """Used on the gateway's own event loop."""

    def __init__(self, most_blocked: int = MOST_BLOCKED) -> None:
        self._most_blocked = most_blocked
        self._loop: asyncio.AbstractEventLoop | None = None
        self._blocked: list[threading.Thread] = []
        self._thread: threading.Thread | None = None
        self._running = 0

    async def run(self, name: str, function: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Return what a coroutine returns, or raise what it raises; CancelledByItself if it was cancelled.

        Whoever is cancelled here leaves at once: the function is cancelled, too, but nobody waits for it.
        Raises AllBusy where too many run, or block.
        """
        if self._running >= MOST:
            raise AllBusy(f"{MOST} functions are running already")
        while True:
            work = _Work(name, function, self._over)
            loop = self._loop or self._began()
            self._running += 1
            loop.call_soon_threadsafe(work.begin)
            try:
                if await work.has_begun():
                    return cast(T, await work.done)
            except asyncio.CancelledError:
                loop.call_soon_threadsafe(work.cancel)
                raise
            self._give_up(loop)

    def _over(self) -> None:
        self._running -= 1

    def _began(self) -> asyncio.AbstractEventLoop:
        """Begin another loop in a thread of its own. Raises AllBusy."""
        self._blocked = [thread for thread in self._blocked if thread.is_alive()]
        if len(self._blocked) > self._most_blocked:
            raise AllBusy(f"{len(self._blocked)} functions block their event loops")
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=_serve, args=(loop,), name="tool loop", daemon=True)
        self._thread.start()
        return loop

    def _give_up(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin no more functions on a loop; it ends when those that it has are done."""
        if loop is not self._loop:  # another has noticed as well
            return
        assert self._thread is not None
        log.error("tool.blocks", tool=_current(loop), seconds=BEGINS_WITHIN_S)
        self._blocked.append(self._thread)
        self._loop = self._thread = None
        loop.call_soon_threadsafe(_end_when_idle, loop)


class _Work:
    """One function: begun and cancelled on the functions' loop, waited for on the gateway's."""

    def __init__(
        self, name: str, function: Callable[[], Coroutine[Any, Any, Any]], over: Callable[[], None]
    ) -> None:
        self._home = asyncio.get_running_loop()
        self.done: asyncio.Future[Any] = self._home.create_future()
        self._begun = asyncio.Event()
        self._name = name
        self._function = function
        self._over = over
        self._context = contextvars.copy_context()
        self._claim = threading.Lock()  # whoever gets it decides whether the function runs
        self._task: asyncio.Task[Any] | None = None

    async def has_begun(self) -> bool:
        """Return whether the loop has come to it; if not, it never begins."""
        timer = self._home.call_later(BEGINS_WITHIN_S, self._begun.set)
        try:
            await self._begun.wait()
        finally:
            timer.cancel()
            given_up = self._claim.acquire(blocking=False)
            if given_up:
                self._over()
        return not given_up

    # --- on the functions' loop ----------------------------------------------------------------------

    def begin(self) -> None:
        """Begin, unless nobody waits any more."""
        if not self._claim.acquire(blocking=False):
            return
        self._at_home(self._begun.set)
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(contained(self._function()), name=self._name, context=self._context)
        self._task.add_done_callback(self._finished)

    def cancel(self) -> None:
        """Cancel what has begun."""
        if self._task is not None:
            self._task.cancel()

    def _finished(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            error: Exception | None = CancelledByItself("it was cancelled by itself")
        else:
            raised = task.exception()
            error = None if raised is None else plain(raised)
        self._at_home(self._hand_over, None if error is not None else task.result(), error)

    def _at_home(self, what: Callable[..., None], *arguments: Any) -> None:
        try:
            self._home.call_soon_threadsafe(what, *arguments)
        except RuntimeError:  # the loop is closed: the process ends
            return

    # --- at home ---------------------------------------------------------------------------------------

    def _hand_over(self, result: Any, error: Exception | None) -> None:
        self._over()
        if self.done.done():
            return
        if error is None:
            self.done.set_result(result)
        else:
            self.done.set_exception(error)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    while not loop.is_closed():
        try:
            loop.run_forever()
        except BaseException:  # SystemExit, of a task that a function has begun
            log.warning("tool.failed", exc_info=True)
        else:
            loop.close()


def _end_when_idle(loop: asyncio.AbstractEventLoop) -> None:
    if asyncio.all_tasks(loop):
        loop.call_later(1.0, _end_when_idle, loop)
    else:
        loop.stop()


def _current(loop: asyncio.AbstractEventLoop) -> str:
    """Return the name of the function that has the loop now."""
    task = asyncio.current_task(loop)
    return "" if task is None else task.get_name()
