"""A page that speaks as those of OpenAI's WebRTC sessions do, beside a call that a dialplan leads."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gateway.browser.call_news import CallNews
from gateway.browser.realtime_events import AgentTold, Event, RealtimeEvents
from gateway.errors import GatewayError
from gateway.node.control_client import ControlClient
from gateway.sip.leg import SipLeg
from gateway.tasks import TaskGroup

CHANNEL = "oai-events"
MOST_WAITING = 64
"""Words for the agent that wait for the gateway; a page that says more is not heard."""
LOOK_S = 0.02
"""Seconds between two looks whether the call has its SIP name yet."""


class RealtimeTalk:
    """One call's. `control`: the gateway's control socket; `news`: what happens there."""

    def __init__(self, control: Path, news: CallNews, call_id: str, number: str) -> None:
        self._control = control
        self._news = news
        self._name = call_id
        self._events = RealtimeEvents(call_id, number)
        self._channel: Any = None
        self._for_agent: asyncio.Queue[AgentTold] = asyncio.Queue(MOST_WAITING)

    def open(self, channel: Any) -> None:
        """Take the page's data channel."""
        self._channel = channel
        channel.on("message", self._message)
        self._send(self._events.begin())

    async def follow(self, leg: SipLeg) -> None:
        """Tell the page what happens in the call, and the agent what the page says."""
        while not leg.info.sip_call_id:  # noqa: ASYNC110 - the SIP thread's doing, of a millisecond
            await asyncio.sleep(LOOK_S)
        async with TaskGroup() as tasks:
            telling: asyncio.Task[None] | None = None
            async for line in self._news.of(leg.info.sip_call_id):
                telling = telling or tasks.create_task(self._tell_agent(str(line["call"])))
                self._send(self._events.happened(line["what"], _about(line)))
            if telling is not None:
                telling.cancel()

    async def _tell_agent(self, call: str) -> None:
        while True:
            told = await self._for_agent.get()
            about = {"call": call, "by": f"page {self._name}", "text": told.text, "answer": told.answer}
            try:
                async with ControlClient.connected(self._control) as client:
                    await client.ask("tell", **about)
            except GatewayError as error:
                self._send([self._events.refused(str(error))])

    def _message(self, frame: object) -> None:
        if not isinstance(frame, str):
            return
        answers, told = self._events.asked(frame)
        self._send(answers)
        if told is not None:
            with contextlib.suppress(asyncio.QueueFull):
                self._for_agent.put_nowait(told)

    def _send(self, events: list[Event]) -> None:
        if self._channel is None or self._channel.readyState != "open":
            return
        for event in events:
            self._channel.send(orjson.dumps(event).decode())


def _about(line: Mapping[str, Any]) -> Mapping[str, Any]:
    about = line["is"]
    return about if isinstance(about, Mapping) else {}
