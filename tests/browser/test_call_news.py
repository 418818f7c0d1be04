"""What happens in browsers' calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.browser.call_news import MOST_LINES, CallNews
from tests.equipment import patience


def line(call: str, what: str, **about: Any) -> dict[str, Any]:
    return {"call": call, "what": what, "is": about}


def began(call: str) -> dict[str, Any]:
    return line(call, "CallBegan", view={"sip_call_id": f"sip-{call}"})


async def test_a_call_is_heard_of_from_its_beginning() -> None:
    """Once it is expected, however late it is asked for; other calls are nobody's."""
    news = CallNews(Path("nowhere"))
    heard = news.expect("sip-c1")
    for one in (began("c1"), began("c2"), line("c2", "AgentSaid"), line("c1", "AgentSaid")):
        news.take(one)
    news.take(line("c1", "CallOver"))
    news.take(line("c1", "Tick"))
    async with patience.within(5):
        assert [one["what"] async for one in heard] == ["CallBegan", "AgentSaid", "CallOver"]
    news.forget("sip-c1")
    assert (news._up, news._expected) == ({}, {})


async def test_a_call_that_is_forgotten() -> None:
    """Nothing of it is kept, whether it has begun or not."""
    news = CallNews(Path("nowhere"))
    for call in ("c1", "c2"):
        news.expect(f"sip-{call}")
    news.take(began("c1"))
    for call in ("c1", "c2", "c3"):
        news.forget(f"sip-{call}")
    news.take(line("c1", "AgentSaid"))
    assert (news._up, news._expected) == ({}, {})


async def test_a_page_that_is_slow_loses_lines() -> None:
    """But not the end."""
    news = CallNews(Path("nowhere"))
    heard = news.expect("sip-c1")
    news.take(began("c1"))
    for _ in range(MOST_LINES + 5):
        news.take(line("c1", "AgentSaid"))
    news.take(line("c1", "CallOver"))
    async with patience.within(5):
        assert len([one async for one in heard]) == MOST_LINES - 1
