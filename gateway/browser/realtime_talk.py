"""A client that speaks as those of OpenAI's sessions do, beside a call that a dialplan leads.

A page by its data channel, or a program by a WebSocket (the sideband).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import orjson

from gateway.browser.realtime_events import AgentTold, Event, RealtimeEvents
from gateway.errors import GatewayError
from gateway.tasks import TaskGroup

CHANNEL = "oai-events"
MOST_WAITING = 64
"""Words for the agent that wait for the gateway; of a client that says more they are lost."""

Line = Mapping[str, Any]
"""What has happened in a call: `call`, its id; `what`; `is`, about it."""
TellAgent = Callable[[str, AgentTold], Awaitable[object]]
"""Has the agent of a call, by its id, told something. Raises GatewayError."""


class RealtimeTalk:
    """One client's. `lines`: what happens in its call, until it is over."""

    def __init__(self, events: RealtimeEvents, lines: AsyncIterator[Line], tell: TellAgent) -> None:
        self._events = events
        self._lines = lines
        self._tell = tell
        self._send_text: Callable[[str], None] | None = None
        self._for_agent: asyncio.Queue[AgentTold] = asyncio.Queue(MOST_WAITING)

    def open(self, send: Callable[[str], None]) -> None:
        """Speak to the client from now on."""
        self._send_text = send
        self._send(self._events.begin())

    def take(self, frame: object) -> None:
        """Take an event of the client's."""
        if not isinstance(frame, str):
            return
        answers, told = self._events.asked(frame)
        self._send(answers)
        if told is not None:
            with contextlib.suppress(asyncio.QueueFull):
                self._for_agent.put_nowait(told)

    def catch_up(self, line: Line) -> None:
        """Know of what has happened before, of which the client is not told."""
        self._events.happened(line["what"], _about(line))

    async def follow(self) -> None:
        """Tell the client what happens in the call, and the agent what the client says."""
        async with TaskGroup() as tasks:
            telling: asyncio.Task[None] | None = None
            async for line in self._lines:
                telling = telling or tasks.create_task(self._tell_agent(str(line["call"])))
                self._send(self._events.happened(line["what"], _about(line)))
            if telling is not None:
                telling.cancel()

    async def _tell_agent(self, call: str) -> None:
        while True:
            told = await self._for_agent.get()
            try:
                await self._tell(call, told)
            except GatewayError as error:
                self._send([self._events.refused(str(error))])

    def _send(self, events: list[Event]) -> None:
        if self._send_text is not None:
            for event in events:
                self._send_text(orjson.dumps(event).decode())


def _about(line: Line) -> Mapping[str, Any]:
    about = line["is"]
    return about if isinstance(about, Mapping) else {}
