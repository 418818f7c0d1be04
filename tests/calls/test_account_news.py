"""What one process was told of an account keeps new calls out of all."""

from __future__ import annotations

import asyncio

from gateway.calls.account_news import AccountNews
from gateway.realtime.events.server import RateLimit
from gateway.realtime.limits import AFTER_REFUSAL, RateLimits
from tests.equipment.shared_ledgers import Kept


def limits() -> dict[str, RateLimits]:
    """Return what a process knows at first."""
    return {"acme": RateLimits(), "local": RateLimits()}


async def test_what_one_was_told_all_know() -> None:
    """And that it is over; of the embedded agent, which each machine has for itself, nobody hears."""
    kept, now = Kept(), asyncio.get_running_loop().time
    here, there = limits(), limits()
    tells, hears = AccountNews(kept.side("a"), here), AccountNews(kept.side("b"), there)
    for name in here:
        here[name].refused(now())
    tokens = RateLimit(name="tokens", limit=1000, remaining=10, reset_seconds=60)
    here["acme"].told([tokens], now())
    await tells.look()
    await hears.look()
    assert 50 < there["acme"].wait(now()) <= 60
    assert there["local"].wait(now()) == 0
    here["acme"].told([tokens.model_copy(update={"remaining": 900})], now())
    await tells.look()
    await hears.look()
    assert 0 < there["acme"].wait(now()) <= AFTER_REFUSAL


async def test_nobody_answers() -> None:
    """What this process knows by itself decides."""
    kept, now = Kept(), asyncio.get_running_loop().time
    kept.away = True
    here = limits()
    here["acme"].refused(now())
    await AccountNews(kept.side("a"), here).look()
    assert here["acme"].wait(now()) > 0
