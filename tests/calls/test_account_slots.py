"""Room in accounts at models, of several processes together."""

from __future__ import annotations

import dataclasses
from contextlib import AsyncExitStack

import pytest

from gateway.calls.account_slots import AccountSlots
from gateway.errors import AccountFull
from gateway.realtime.providers import LOCAL
from tests.equipment.shared_ledgers import Kept

BOUND = dataclasses.replace(LOCAL, name="acme", max_sessions=2)


async def test_sessions_of_all_processes() -> None:
    """One that ends makes room; a provider without a bound has no end of it."""
    kept = Kept()
    here, there = (AccountSlots(kept.side(name)) for name in "ab")
    async with here.session(BOUND), AsyncExitStack() as second:
        await second.enter_async_context(there.session(BOUND))
        for slots in (here, there):
            with pytest.raises(AccountFull, match=r"all 2 sessions .*providers\.acme\.max_sessions"):
                async with slots.session(BOUND):
                    raise AssertionError("there was no room")
            async with slots.session(LOCAL):
                pass
        await second.aclose()
        async with there.session(BOUND):
            pass
    assert not kept.plans.by_plan


async def test_one_process_alone_is_bound_as_well() -> None:
    """By itself."""
    slots = AccountSlots()
    async with slots.session(BOUND), slots.session(BOUND):
        with pytest.raises(AccountFull):
            async with slots.session(BOUND):
                pass


async def test_what_is_kept_warm_is_divided() -> None:
    """No process keeps all of it, and together they never keep more; given back, another may have it."""
    kept = Kept(processes=2)
    here, there = (AccountSlots(kept.side(name)) for name in "ab")
    leave = await here.warm(LOCAL, "m", 3)
    assert leave is not None
    assert await here.warm(LOCAL, "m", 3) is not None
    assert await here.warm(LOCAL, "m", 3) is None, "more than its share"
    assert await there.warm(LOCAL, "m", 3) is not None
    assert await there.warm(LOCAL, "m", 3) is None, "more than there is"
    await leave()
    assert await there.warm(LOCAL, "m", 3) is not None


async def test_what_is_kept_warm_is_a_session_of_the_account() -> None:
    """A call that finds none left has none; nothing is left of what was refused."""
    kept = Kept(processes=1)
    slots = AccountSlots(kept.side("a"))
    leave = await slots.warm(BOUND, "m", 5)
    assert leave is not None
    async with slots.session(BOUND):
        assert await slots.warm(BOUND, "m", 5) is None
        assert kept.plans.by_plan == {"account/acme": 2, "warm/acme/m": 1}
    await leave()
    assert not kept.plans.by_plan
