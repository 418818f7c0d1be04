"""An alarm rings at the first of the moments that it was given."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from math import inf

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars

from gateway.realtime.continuity.alarm import Alarm
from gateway.tasks import together
from tests.equipment import patience


class Rung(asyncio.Event):
    """An alarm's bell."""

    async def heard(self) -> None:
        await asyncio.wait_for(self.wait(), patience.seconds(5))
        self.clear()


async def test_it_rings_at_the_moment_that_comes_first() -> None:
    """A later one, and none, change nothing; a sooner one does."""
    loop, rung = asyncio.get_running_loop(), Rung()
    alarm, began = Alarm(rung.set), loop.time()
    alarm.arm(began + 60)
    alarm.arm(inf)
    alarm.arm(began + 120)
    alarm.arm(began + 0.05)
    await rung.heard()
    assert 0.04 <= loop.time() - began < patience.seconds(30)


async def test_it_rings_once_for_a_moment() -> None:
    """The next one has to be given anew; one that has passed rings at once."""
    rung = Rung()
    alarm = Alarm(rung.set)
    for _ in range(2):
        alarm.arm(asyncio.get_running_loop().time() - 1)
        await rung.heard()


@pytest.mark.parametrize(
    ("seconds", "exact", "apart"),
    [(0.3, True, True), (0.3, False, False), (0.01, False, True), (0.7, True, False)],
    ids=["soon", "not exact", "in a moment", "later"],
)
async def test_it_rings_together_with_others_where_nobody_needs_it_to_be_exact(
    seconds: float, exact: bool, apart: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop is woken once for all that is far away, or was waited for for long."""
    loop, given = asyncio.get_running_loop(), list[float]()
    call_at = loop.call_at
    monkeypatch.setattr(
        loop, "call_at", lambda when, *rest, **more: given.append(when) or call_at(when, *rest, **more)
    )
    alarm, when = Alarm(lambda: None), math.floor(loop.time()) + 7.01
    monkeypatch.setattr(loop, "time", lambda: when - seconds)
    alarm.arm(when, exact=exact)
    alarm.end()
    assert given == [when if apart else together(when)]


def test_it_is_given_moments_while_it_is_about_to_ring() -> None:
    """In the loop that the gateway has on Linux, too, whose timers for what is due are none."""
    uvloop = pytest.importorskip("uvloop")

    async def given() -> None:
        rung, now = Rung(), asyncio.get_running_loop().time()
        alarm = Alarm(rung.set)
        for when in (now, now + 60, now - 1):
            alarm.arm(when)
        await rung.heard()

    uvloop.run(given())


async def test_what_is_logged_names_the_call() -> None:
    """Whoever gives it a moment, it rings in the context of the call that it was made for."""
    rung, seen = Rung(), list[object]()

    def ring() -> None:
        seen.append(get_contextvars().get("call"))
        rung.set()

    with bound_contextvars(call="a"):
        alarm = Alarm(ring)
    alarm.arm(asyncio.get_running_loop().time())
    await rung.heard()
    assert seen == ["a"]


@pytest.mark.parametrize("ends", [lambda alarm: alarm.end(), lambda alarm: (alarm.end(), alarm.end())])
async def test_after_the_end_it_does_not_ring(ends: Callable[[Alarm], object]) -> None:
    """Not for a moment that it had, and no other is taken."""
    loop, rung, other = asyncio.get_running_loop(), Rung(), Rung()
    alarm, later = Alarm(rung.set), Alarm(other.set)
    alarm.arm(loop.time() + 0.01)
    ends(alarm)
    alarm.arm(loop.time() - 1)
    later.arm(loop.time() + 0.05)
    await other.heard()
    assert not rung.is_set()
