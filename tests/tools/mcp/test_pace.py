"""How fast a tool server is listened to."""

from __future__ import annotations

import asyncio

import pytest

from gateway.tools.mcp import pace
from gateway.tools.mcp.pace import MOST_BYTES, MOST_MESSAGES, ServerPace


class Slept:
    """What was waited."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Wait not at all."""
        self.seconds.append(seconds)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> Slept:
    found = Slept()
    monkeypatch.setattr(pace.asyncio, "sleep", found.sleep)
    return found


@pytest.mark.parametrize(("messages", "size"), [(MOST_MESSAGES // 4, 0), (1, MOST_BYTES // 4)])
async def test_whoever_is_too_fast_waits_for_the_next_second(slept: Slept, messages: int, size: int) -> None:
    """By number, or by bytes."""
    one = ServerPace()
    for _ in range(3):
        await one.keep(messages, size)
    assert slept.seconds == []
    await one.keep(messages, size)
    assert 0 < slept.seconds[0] <= 1.0


async def test_each_second_begins_anew(slept: Slept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever says little never waits."""
    now = 0.0
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: now)
    one = ServerPace()
    for _ in range(10):
        await one.keep(MOST_MESSAGES - 1, 1)
        now += 1.0
    assert slept.seconds == []
