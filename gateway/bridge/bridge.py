"""The thin runner around a conversation: joins one leg and one session until the call is over.

Facts come from callbacks on the event loop and are worked off at once, in order, so that a flush leaves in
the same turn of the loop in which `speech_started` arrived. Tasks are only for what waits: the session's
connection, the clock, tools.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Protocol

import structlog

from gateway.bridge.conversation import Conversation
from gateway.call import (
    AddText,
    Answer,
    CallTool,
    CancelResponse,
    DeleteItem,
    Ending,
    Fact,
    FinishItem,
    Flush,
    HangUp,
    Leg,
    LegEnded,
    Listen,
    Order,
    Play,
    Reason,
    Respond,
    Result,
    SessionOrder,
    SubmitToolResult,
    Tick,
    Truncate,
)
from gateway.tools.registry import Toolbox

log = structlog.get_logger(__name__)

TICK_S = 0.1
"""How often a conversation learns that time has passed."""
MAX_TOOLS = 8
"""Tool calls under way at once in one call; a model that asks for more waits."""

LEG_ORDERS = (Answer, Play, FinishItem, Flush, HangUp)
SESSION_ORDERS = (Respond, CancelResponse, Truncate, DeleteItem, SubmitToolResult, AddText)


class Session(Protocol):
    """What a bridge needs of a realtime session."""

    async def run(self) -> None:
        """Connect, configure and carry facts until closed."""

    def append(self, pcm: bytes) -> None:
        """Send caller audio, PCM16LE 24 kHz; never blocks."""

    def carry_out(self, order: SessionOrder) -> None:
        """Do one order; never blocks."""

    async def close(self) -> None:
        """Leave."""


Listener = Callable[[Fact | Order, float], None]
"""Hears every fact and order with its time (loop seconds); cannot talk back and must not block."""


class Bridge:
    """One call. `connect` makes the session and says where its facts go; `run` returns how the call ended."""

    def __init__(
        self,
        leg: Leg,
        conversation: Conversation,
        toolbox: Toolbox,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._leg = leg
        self._conversation = conversation
        self._toolbox = toolbox
        self._listeners = listeners
        self._loop = asyncio.get_running_loop()
        self._facts: deque[Fact] = deque()
        self._working = False
        self._over = asyncio.Event()
        self._tools: asyncio.Queue[CallTool] = asyncio.Queue(maxsize=64)
        self._session: Session | None = None
        self._listening = True

    def happened(self, fact: Fact) -> None:
        """Take a fact of the call and carry out what follows from it, now."""
        self._facts.append(fact)
        if self._working:
            return  # an order caused a fact: it is worked off after that order's own
        self._working = True
        try:
            while self._facts:
                self._work_off(self._facts.popleft())
        finally:
            self._working = False

    async def run(self, session: Session) -> Ending:
        """Carry the call to its end. Raises only cancellation: a bug ends this call alone, with BYE."""
        self._session = session
        try:
            async with asyncio.TaskGroup() as tasks:
                clock = tasks.create_task(self._clock())
                line = tasks.create_task(session.run())
                workers = [tasks.create_task(self._work_tools()) for _ in range(MAX_TOOLS)]
                self._leg.listen(self.happened, self._caller_audio)
                self.happened(Tick())
                await self._over.wait()
                await session.close()
                for task in (clock, line, *workers):
                    task.cancel()
        except* Exception as group:
            for error in group.exceptions:
                log.error("! call broke", exc_info=error)
            self._leg.carry_out(HangUp(Ending(Result.FAILED, Reason.INTERNAL_ERROR, 500)))
        return self._conversation.ending or Ending(Result.FAILED, Reason.INTERNAL_ERROR, 500)

    def _work_off(self, fact: Fact) -> None:
        now = self._loop.time()
        self._tell(fact, now)
        for order in self._conversation.step(fact, now):
            self._tell(order, now)
            self._carry_out(order)
        if isinstance(fact, LegEnded):
            self._over.set()

    def _tell(self, event: Fact | Order, now: float) -> None:
        for listener in self._listeners:
            listener(event, now)

    def _carry_out(self, order: Order) -> None:
        if isinstance(order, LEG_ORDERS):
            self._leg.carry_out(order)
        elif isinstance(order, CallTool):
            self._call_tool(order)
        elif isinstance(order, Listen):
            self._listening = order.on
        elif self._session is not None:
            self._session.carry_out(order)

    def _caller_audio(self, pcm: bytes) -> None:
        if self._listening and self._session is not None:
            self._session.append(pcm)

    async def _clock(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.happened(Tick())

    def _call_tool(self, order: CallTool) -> None:
        try:
            self._tools.put_nowait(order)
        except asyncio.QueueFull:
            log.warning("! too many tool calls, one dropped", tool=order.name)

    async def _work_tools(self) -> None:
        while True:
            order = await self._tools.get()
            self.happened(await self._toolbox.call(order))
