"""Shares a few threads between many calls: each call in turn, first come first served within a call.

One caller's long turn must not make another wait for all of it: whoever has waited longest for a turn gets
the next free thread, however much work the others have queued.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog

T = TypeVar("T")

LATE_MS = 100
"""Waiting for a thread longer than this is worth a line in the log: the caller begins to notice."""


@dataclass(slots=True)
class _Job:
    work: Callable[[], Any]
    answer: asyncio.Future[Any]
    asked: float


class FairPool:
    """Threads for one kind of work. Used on the asyncio thread only."""

    def __init__(self, name: str, threads: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._free = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._clock = clock
        self._waiting: OrderedDict[str, deque[_Job]] = OrderedDict()

    async def run(self, who: str, work: Callable[[], T]) -> T:
        """Run `work` in a thread when it is this caller's turn. Cancelling leaves the queue."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(_Job(work, answer, self._clock()))
        self._start_more()
        return await answer

    def close(self) -> None:
        """Let go of the threads; what runs is finished, what waits is not begun."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _start_more(self) -> None:
        while self._free and self._waiting:
            who, jobs = self._waiting.popitem(last=False)
            job = jobs.popleft()
            if jobs:
                self._waiting[who] = jobs  # to the end: the others first
            if job.answer.cancelled():
                continue
            self._tell_if_late(who, job)
            self._free -= 1
            loop = job.answer.get_loop()
            running = self._executor.submit(job.work)
            running.add_done_callback(partial(_call_soon, loop, self._finish, job))

    def _finish(self, job: _Job, done: Future[Any]) -> None:
        self._free += 1
        if not job.answer.cancelled() and not done.cancelled():
            error = done.exception()
            if error is not None:
                job.answer.set_exception(error)
            else:
                job.answer.set_result(done.result())
        self._start_more()

    def _tell_if_late(self, who: str, job: _Job) -> None:
        waited_ms = (self._clock() - job.asked) * 1000
        if waited_ms > LATE_MS:
            structlog.get_logger().warning(
                "engine.queued",
                part=self._name,
                session=who,
                waited_ms=round(waited_ms),
                others=len(self._waiting),
            )


def _call_soon(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    """Hand over to the loop, unless it has ended while the thread was at work."""
    try:
        loop.call_soon_threadsafe(call, *args)
    except RuntimeError:
        if not loop.is_closed():
            raise
