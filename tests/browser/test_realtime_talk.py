"""What a client is told, and what is told to the agent; `tests.whole_calls.test_browser` has whole calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import orjson

from gateway.browser.realtime_events import AgentTold, RealtimeEvents
from gateway.browser.realtime_talk import MOST_WAITING, Line, RealtimeTalk
from gateway.errors import ControlError
from tests.equipment import patience


class Client:
    """A client of one call, and the agent in it."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[Line | None] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.agent: list[tuple[str, AgentTold]] = []
        self.refuses = False
        self.talk = RealtimeTalk(RealtimeEvents("rtc_1", "100"), self._happens(), self._tell)

    async def _happens(self) -> AsyncIterator[Line]:
        while (line := await self.lines.get()) is not None:
            yield line

    async def _tell(self, call: str, told: AgentTold) -> None:
        if self.refuses:
            raise ControlError("the call is on hold")
        self.agent.append((call, told))

    def opened(self) -> None:
        self.talk.open(lambda text: self.sent.append(orjson.loads(text)))

    def kinds(self) -> list[str]:
        return [one["type"] for one in self.sent]


async def until(holds: Any) -> None:
    async with patience.within(5):
        while not holds():  # noqa: ASYNC110 - the talk's own doing
            await asyncio.sleep(0)


async def test_a_client_is_answered_once_it_is_there() -> None:
    client = Client()
    client.talk.take('{"type": "session.update"}')
    assert client.sent == []
    client.opened()
    client.talk.take('{"type": "session.update"}')
    client.talk.take(b"\0")
    assert client.kinds() == ["session.created", "session.updated"]


async def test_what_happens_is_told_and_words_reach_the_agent() -> None:
    """In the call that its first line names; what the gateway does not do is told as an error."""
    client = Client()
    client.opened()
    client.talk.take('{"type": "response.create"}')  # before the call begins
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.talk.follow())
        client.lines.put_nowait({"call": "c1", "what": "CallBegan", "is": {"view": {}}})
        client.lines.put_nowait({"call": "c1", "what": "ResponseStarted", "is": {"response_id": "r1"}})
        client.lines.put_nowait({"call": "c1", "what": "CostUpdated", "is": None})
        await until(lambda: client.agent == [("c1", AgentTold("Go on.", answer=True))])
        await until(lambda: client.kinds()[-1] == "response.created")
        client.refuses = True
        client.talk.take('{"type": "response.create"}')
        await until(lambda: client.kinds()[-1] == "error")
        assert client.sent[-1]["error"]["message"] == "the call is on hold"
        client.lines.put_nowait(None)


async def test_what_has_happened_already_is_known_and_not_told() -> None:
    client = Client()
    client.opened()
    client.talk.catch_up({"call": "c1", "what": "ResponseStarted", "is": {"response_id": "r1"}})
    assert client.kinds() == ["session.created"]
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(client.talk.follow())
        client.lines.put_nowait({"call": "c1", "what": "ResponseEnded", "is": {"status": "completed"}})
        client.lines.put_nowait(None)
    assert client.sent[-1]["response"]["id"] == "r1"


async def test_words_for_the_agent_wait_so_many_at_most() -> None:
    client = Client()
    for _ in range(MOST_WAITING + 5):
        client.talk.take('{"type": "response.create"}')
    assert client.talk._for_agent.qsize() == MOST_WAITING
