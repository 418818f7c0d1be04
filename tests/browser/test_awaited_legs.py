"""Legs that the gateway rings at a browser."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.browser.awaited_legs import BUSY, AwaitedLegs
from gateway.call import Answer, HangUp, Ring, UseCodecs


def leg(user: str) -> Any:
    """Return a leg that rings at this user, and keeps what is ordered."""
    orders: list[object] = []
    info = SimpleNamespace(called=SimpleNamespace(user=user))
    port = SimpleNamespace(hand_over=lambda: orders.append("hand over"))
    return SimpleNamespace(info=info, orders=orders, execute=orders.append, port=port)


async def test_an_expected_leg_is_answered_when_it_is_wanted() -> None:
    """It rings until then; a second one by the same name is turned away."""
    awaited = AwaitedLegs()
    answered = awaited.expect("rtc_1")
    first, second = leg("rtc_1"), leg("rtc_1")
    awaited.ring_in(first)
    awaited.ring_in(second)
    assert (first.orders, second.orders) == ([Ring()], [HangUp(BUSY)])
    assert await answered("") is first
    assert first.orders == [Ring(), Answer()]


async def test_an_expected_leg_that_hands_its_line_over() -> None:
    """Speaks the codec alone that was agreed upon with the browser."""
    awaited = AwaitedLegs()
    answered = awaited.expect("rtc_1")
    awaited.ring_in(ringing := leg("rtc_1"))
    await answered("opus")
    assert ringing.orders == [Ring(), "hand over", UseCodecs(("opus",)), Answer()]


async def test_whoever_is_not_expected_is_turned_away() -> None:
    """Nor is a leg that is expected no more; whoever waits for it is told."""
    awaited = AwaitedLegs()
    answered = awaited.expect("rtc_1")
    awaited.forget("rtc_1")
    awaited.forget("rtc_2")
    stranger, late = leg("rtc_2"), leg("rtc_1")
    awaited.ring_in(stranger)
    awaited.ring_in(late)
    assert (stranger.orders, late.orders) == ([HangUp(BUSY)], [HangUp(BUSY)])
    with pytest.raises(asyncio.CancelledError):
        await answered("")
