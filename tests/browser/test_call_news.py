"""What happens in browsers' calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.browser.call_news import MOST_LINES, CallNews
from tests.equipment import patience


def line(call: str, what: str, **about: Any) -> dict[str, Any]:
    return {"call": call, "what": what, "is": about}


def began(call: str, caller: str = "browser") -> dict[str, Any]:
    return line(call, "CallBegan", view={"caller": caller, "sip_call_id": f"sip-{call}"})


async def test_a_call_is_heard_of_from_its_beginning() -> None:
    """By whoever asks later; calls of others are nobody's."""
    news = CallNews(Path("nowhere"), "browser")
    for one in (began("c1"), began("c2", "+15551230001"), line("c2", "AgentSaid"), line("c1", "AgentSaid")):
        news.take(one)
    news.take(line("c1", "CallOver"))
    news.take(line("c1", "Tick"))
    async with patience.within(5):
        assert [one["what"] async for one in news.of("sip-c1")] == ["CallBegan", "AgentSaid", "CallOver"]
    assert (news._by_call, news._by_sip) == ({}, {})


async def test_who_asks_before_it_begins_waits() -> None:
    news = CallNews(Path("nowhere"), "browser")
    heard = news.of("sip-c1")
    async with patience.within(5):
        news.take(began("c1"))
        assert (await anext(heard))["what"] == "CallBegan"
        await heard.aclose()  # type: ignore[attr-defined] # it is a generator


async def test_a_page_that_is_slow_loses_lines() -> None:
    news = CallNews(Path("nowhere"), "browser")
    news.take(began("c1"))
    for _ in range(MOST_LINES + 5):
        news.take(line("c1", "AgentSaid"))
    assert news._by_call["c1"].qsize() == MOST_LINES
