"""A program beside a page's call, by a WebSocket: it is told what happens, and has the agent told something.

OpenAI's service calls it the sideband (`/v1/realtime?call_id=`). It is told what the page is told from then
on, but for answers to what the page asks: those are the page's.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from functools import partial

import orjson
import structlog
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketDisconnect

from gateway.api.gate import Asker, refusal
from gateway.api.link import GatewayLink
from gateway.api.news import News
from gateway.api.news_ring import NewsLine
from gateway.browser.realtime_events import AgentTold, RealtimeEvents
from gateway.browser.realtime_talk import Line, RealtimeTalk, TellAgent
from gateway.errors import ControlError
from gateway.node.api_tokens import Role
from gateway.tasks import TaskGroup, within
from gateway.webrtc.offered_key import PROTOCOL

log = structlog.get_logger(__name__)

CALL_ID = re.compile("[A-Za-z0-9_]{1,64}")
BEGINS_WITHIN_S = 40.0
"""Seconds until the page's call has to have begun: its browser has to connect first."""
SENT_WITHIN_S = 10.0
"""Seconds until a program has to have read an event."""
MOST_UNSENT = 1000
"""Events that wait for a program; one that reads no more is let go."""
OVER = 1000, "The call is over."
GONE = 1001, "The gateway stops."
SLOW = 1008, "It does not read what it is told."


async def beside(socket: WebSocket) -> None:
    """Carry one WebSocket to its end; it has passed the gate."""
    gateway: GatewayLink = socket.app.state.link
    news: News = socket.app.state.news
    who: Asker = socket.state.asker
    call_id = socket.query_params.get("call_id", "")
    number = await _number(gateway, news, who, call_id)
    if isinstance(number, Response):
        await socket.send_denial_response(number)
        return
    await socket.accept(PROTOCOL if PROTOCOL in socket.scope.get("subprotocols", ()) else None)
    tell = partial(_tell, gateway, who.name)
    events = RealtimeEvents(call_id, number, f"{call_id}_{secrets.token_hex(3)}")
    code, reason = await _Sideband(socket, news, call_id, events, tell).carry()
    await _closed(socket, code, reason)


async def _number(gateway: GatewayLink, news: News, who: Asker, call_id: str) -> str | Response:
    """Return which number the page of a call rings, or why there is no sideband to be had."""
    if who.role < Role.OPERATE:
        return refusal(403, f"this token may {who.role.word}; it takes {Role.OPERATE.word}")
    if not CALL_ID.fullmatch(call_id):
        return refusal(400, "name a page's call, as `Location` does: ?call_id=rtc_...")
    if news.full:
        return refusal(503, "too many listen already")
    try:
        told = await gateway.ask("browser_look", call_id=call_id)
    except ControlError as error:
        return refusal(error.status, str(error))
    number = told["number"]
    return str(number) if number else refusal(404, "there is no such call")


async def _tell(gateway: GatewayLink, by: str, call: str, told: AgentTold) -> None:
    await gateway.order("tell", by, call=call, text=told.text, answer=told.answer)


async def _closed(socket: WebSocket, code: int, reason: str) -> None:
    try:
        async with within(SENT_WITHIN_S):
            await socket.close(code, reason)
    except (TimeoutError, WebSocketDisconnect, RuntimeError):
        pass  # the program was quicker


class _Sideband:
    """One program's, once it is let in."""

    def __init__(
        self, socket: WebSocket, news: News, call_id: str, events: RealtimeEvents, tell: TellAgent
    ) -> None:
        self._socket = socket
        self._news = news
        self._call_id = call_id
        self._talk = RealtimeTalk(events, self._happens(), tell)
        self._unsent: asyncio.Queue[str] = asyncio.Queue(MOST_UNSENT)
        self._end = OVER
        self._is_slow = asyncio.Event()

    async def carry(self) -> tuple[int, str]:
        """Do it until either side is gone; return how to close."""
        self._talk.open(self._send)
        async with TaskGroup() as tasks:
            works = self._follow(), self._read(), self._write(), self._is_slow.wait()
            running = [tasks.create_task(work) for work in works]
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in running:
                task.cancel()
        return SLOW if self._is_slow.is_set() else self._end

    async def _follow(self) -> None:
        await self._talk.follow()
        with contextlib.suppress(TimeoutError):
            async with within(SENT_WITHIN_S):
                await self._unsent.join()

    async def _read(self) -> None:
        """Take what the program says."""
        while (message := await self._socket.receive())["type"] == "websocket.receive":
            self._talk.take(message.get("text"))

    def _send(self, text: str) -> None:
        try:
            self._unsent.put_nowait(text)
        except asyncio.QueueFull:
            self._is_slow.set()

    async def _write(self) -> None:
        try:
            while True:
                text = await self._unsent.get()
                async with within(SENT_WITHIN_S):
                    await self._socket.send_text(text)
                self._unsent.task_done()
        except TimeoutError:
            self._is_slow.set()
        except WebSocketDisconnect:
            pass

    async def _happens(self) -> AsyncIterator[Line]:
        """Yield what happens in the call, its beginning first; what else has happened already is not told."""
        loop = asyncio.get_running_loop()
        begins_until = loop.time() + BEGINS_WITHIN_S
        call = _PagesCall(self._call_id)
        async with aclosing(self._news.batches()) as batches:
            first: list[NewsLine] | None = await anext(batches)
            past = call.among(first or ())
            for line in past:
                self._talk.catch_up(line)
            if past:
                yield past[0]
            async for batch in batches:
                for line in call.among(batch or ()):
                    yield line
                if call.is_over or (not call.has_begun and loop.time() > begins_until):
                    return
                if any(line.what == "GatewayAway" for line in batch or ()):
                    break
        self._end = GONE


class _PagesCall:
    """Finds what happens in one call, by its SIP Call-ID."""

    def __init__(self, sip_call_id: str) -> None:
        self._sip_call_id = sip_call_id
        self._call: str | None = None
        self.is_over = False

    @property
    def has_begun(self) -> bool:
        """Whether it has been seen."""
        return self._call is not None

    def among(self, lines: Sequence[NewsLine]) -> list[Line]:
        """Return what has happened in it among all that has; that it began is the first."""
        found: list[Line] = []
        for line in lines:
            if self._call is None and line.what == "CallBegan":
                view = orjson.loads(line.data)["is"]["view"]
                self._call = line.call if view["sip_call_id"] == self._sip_call_id else None
            if self._call is not None and line.call == self._call:
                found.append(orjson.loads(line.data))
                self.is_over = line.what == "CallOver"
        return found
