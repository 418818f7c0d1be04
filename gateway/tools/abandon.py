"""Somebody else's coroutine: waited for as long as the call is, whatever it does about being cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

T = TypeVar("T")


class CancelledByItself(RuntimeError):
    """Somebody's coroutine was cancelled, and not by whoever waited for it."""


_left_alone: set[asyncio.Task[Any]] = set()  # the loop itself keeps no task from being collected


async def abandonable(work: Awaitable[T]) -> T:
    """Return what `work` returns, or raise what it raises; CancelledByItself for a cancellation of its own.

    Who is cancelled here leaves at once: the work is cancelled, too, but if it goes on nobody waits.
    """
    # No task group: that would wait for the work, and a call could not end before it did.
    task = asyncio.get_running_loop().create_task(contained(work))
    try:
        await asyncio.wait({task})
    finally:
        if not task.done():
            _left_alone.add(task)
            task.add_done_callback(_forget)
            task.cancel()
    if task.cancelled():
        raise CancelledByItself("it was cancelled by itself")
    return task.result()


async def contained(work: Awaitable[T]) -> T:
    """Keep what would end the event loop, or whoever waits, from getting there."""
    try:
        return await work
    except (Exception, asyncio.CancelledError):
        raise
    except BaseException as error:
        raise plain(error) from error


def plain(error: BaseException) -> Exception:
    """Return an error that ends no more than what has raised it: SystemExit and its like become RuntimeError.

    StopIteration as well: a future takes none.
    """
    if isinstance(error, Exception) and not isinstance(error, StopIteration):
        return error
    return RuntimeError(type(error).__name__)  # not its text: to write it may raise anew


def _forget(task: asyncio.Task[Any]) -> None:
    _left_alone.discard(task)
    if not task.cancelled():
        task.exception()  # looked at, so that nothing is logged about it
