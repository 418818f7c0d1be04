"""asyncio's task group and time-outs, without two faults that they have in some versions of Python."""

from __future__ import annotations

import asyncio
import math
import traceback
from collections.abc import Awaitable
from types import TracebackType
from typing import TypeVar

T = TypeVar("T")

LATE_S = 0.05
"""Seconds in which an answer is looked for that may be there when its time is up."""

TOGETHER_S = 0.2
"""Between two moments at which timers come that need no exact time."""

EXACT_S = 0.5
"""Seconds from now on in which moments of calls are kept exactly; those farther away come together."""

LOOKS_S = 0.5
"""Between two moments at which those wake who look after something from time to time."""


class TaskGroup(asyncio.TaskGroup):
    """`asyncio.TaskGroup` without the reference cycle that it leaves when it raises (Python before 3.14).

    Its frame keeps the exception whose traceback keeps the frame, and with it everything around: a finished
    call would stay in memory until a full collection, which then halts all calls for a fifth of a second.
    """

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the group; the frames of what is raised are emptied, their lines stay."""
        try:
            await super().__aexit__(kind, error, trace)
        except BaseException as raised:
            traceback.clear_frames(raised.__traceback__)
            raise
        finally:
            del kind, error, trace


class Within:
    """A time-out that also holds in a task that was cancelled before; see `within` and `until`.

    `asyncio.Timeout` in a third of its steps: a call has twenty on its way. `when`: on the loop's clock.
    """

    __slots__ = ("_cancelling", "_task", "_timer", "_when", "expired")

    def __init__(self, when: float | None) -> None:
        self._when = when
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._timer: asyncio.Handle | None = None
        self.expired = False
        """The time was up; a TimeoutError without it is somebody else's."""

    def reschedule(self, when: float | None) -> None:
        """Move the end of the time, None: to never. It comes too late once time was up, or the block left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if when is None or self._task is None or self.expired:
            return
        loop = self._task.get_loop()
        late = when <= loop.time()
        self._timer = loop.call_soon(self._time_is_up) if late else loop.call_at(when, self._time_is_up)

    def _time_is_up(self) -> None:
        self._timer, self.expired = None, True
        if self._task is not None:
            self._task.cancel()

    async def __aenter__(self) -> Within:
        self._task = task = asyncio.current_task()
        assert task is not None, "there is no time-out outside of a task"
        self._cancelling = task.cancelling()
        if self._when is not None:
            self.reschedule(self._when)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        task, self._task = self._task, None
        if not self.expired or task is None:
            return
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error


def within(seconds: float | None) -> Within:
    """Bound a block of waiting; TimeoutError when it takes longer. Gives itself: the end can be moved.

    For every wait in place of `asyncio.timeout`. That one asks, in Debian 12's Python 3.11.2, whether any
    request to cancel the task is left over, not whether one has come since: in the clean-up of a cancelled
    task it raises CancelledError when time is up, and what was to follow, such as the hard end after the
    polite one, never happens.
    """
    return Within(None if seconds is None else asyncio.get_running_loop().time() + seconds)


def until(when: float | None) -> Within:
    """Bound a block of waiting by a moment on the loop's clock; see `within`."""
    return Within(when)


async def answer_of(question: Awaitable[T], seconds: float) -> T:
    """Return an answer that comes within so many seconds; TimeoutError when it does not.

    Before it gives up it looks once more: a process that was kept from its loop for a while finds timers that
    have run out beside answers that are there, and nobody is away for that.
    """
    async with TaskGroup() as tasks:
        asked = tasks.create_task(_outcome(question))
        for wait_s in (seconds, LATE_S):
            if not asked.done():
                await asyncio.wait((asked,), timeout=wait_s)
        asked.cancel()
    if asked.cancelled():
        raise TimeoutError(f"no answer within {seconds:g} s")
    answer, error = asked.result()
    if error is not None:
        raise error
    return answer[0]


async def _outcome(question: Awaitable[T]) -> tuple[tuple[T, ...], Exception | None]:
    try:
        return (await question,), None
    except Exception as error:  # noqa: BLE001 - whoever asks gets it, and not a group of it
        return (), error


def together(when: float, exact_before: float = 0.0, every: float = TOGETHER_S) -> float:
    """Return the next moment at which all timers fire whose time is about `when`: a loop is woken once.

    In seconds on the loop's clock, up to `every` later; but what is due before `exact_before` is exact.
    """
    return when if when < exact_before else math.ceil(when / every) * every


async def until_next_look(seconds: float) -> None:
    """Sleep between two looks at something; see `next_look`."""
    now = asyncio.get_running_loop().time()
    await asyncio.sleep(next_look(now, seconds) - now)


def next_look(now: float, seconds: float) -> float:
    """Return when to look again after about so many seconds, so that a loop is woken once for all who do.

    In seconds on the loop's clock, up to `LOOKS_S` sooner; whoever looks more often has an exact time.
    """
    if seconds < LOOKS_S:
        return now + seconds
    return math.floor((now + seconds + LATE_S) / LOOKS_S) * LOOKS_S  # and so again, if woken a little early
