"""What a page is told, and what is told to the agent; `tests.whole_calls.test_browser` has a whole call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from gateway.browser.call_news import CallNews
from gateway.browser.realtime_talk import MOST_WAITING, RealtimeTalk

NOWHERE = Path("nowhere")


class Channel:
    """A data channel of a page."""

    readyState = "open"  # noqa: N815 - as the library has it

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.take: Any = None

    def on(self, _event: str, take: Any) -> None:
        self.take = take

    def send(self, text: str) -> None:
        self.sent.append(orjson.loads(text))


@pytest.mark.parametrize("state", ["open", "closing"])
def test_a_page_is_answered_while_its_channel_is_open(state: str) -> None:
    talk, channel = RealtimeTalk(NOWHERE, CallNews(NOWHERE, "browser"), "rtc_1", "100"), Channel()
    channel.readyState = state
    talk.open(channel)
    channel.take('{"type": "session.update"}')
    channel.take(b"\0")
    told = [one["type"] for one in channel.sent]
    assert told == (["session.created", "session.updated"] if state == "open" else [])


def test_words_for_the_agent_wait_so_many_at_most() -> None:
    talk, channel = RealtimeTalk(NOWHERE, CallNews(NOWHERE, "browser"), "rtc_1", "100"), Channel()
    talk.open(channel)
    for _ in range(MOST_WAITING + 5):
        channel.take('{"type": "response.create"}')
    assert talk._for_agent.qsize() == MOST_WAITING
