"""The thin runner around a conversation: joins one leg and one session until the call is over.

Facts come from callbacks on the event loop and are worked off at once, in order, so that a flush leaves in
the same turn of the loop in which `speech_started` arrived. Tasks are only for what waits: the session's
connection, the clock, tools.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Protocol

import structlog

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    MASKED,
    AnswerApproval,
    ApprovalRequested,
    CallTool,
    Detect,
    Digit,
    Duck,
    Echoed,
    Ending,
    Fact,
    Flush,
    Flushed,
    GiveUp,
    HangUp,
    Leave,
    Leg,
    LegEnded,
    LegOrder,
    Listen,
    MakeNoise,
    Order,
    Pause,
    Reason,
    Remind,
    Result,
    SessionOrder,
    SuppressEcho,
    Tick,
    ToolReturned,
    Uplink,
)
from gateway.conversation.call_clock import CallClock
from gateway.conversation.echo import HEEDED, EchoEar
from gateway.conversation.key_collector import KeyCollector
from gateway.conversation.machine import Conversation
from gateway.conversation.policy import Policy, TurnMode
from gateway.conversation.rest import Ticks
from gateway.flag import Flag
from gateway.short_queue import ShortQueue
from gateway.tasks import TaskGroup
from gateway.tools.registry import Toolbox

log = structlog.get_logger(__name__)

TICK = Tick()
UNHEARD = 32
"""Pieces of the caller, 20 ms or more each, kept while the session does not listen: some 640 ms."""
MAX_TOOLS = 8
"""Tool calls under way at once in one call; a model that asks for more is told so."""
SILENT_WITHIN = 0.2
"""Seconds in which a leg answers a flush: it takes a packet's time, but where its media does not run."""
BROKEN = Ending(Result.FAILED, Reason.INTERNAL_ERROR, 500)


class RealtimeSession(Protocol):
    """What a bridge needs of a realtime session."""

    async def run(self) -> None:
        """Connect, configure and carry facts until closed."""

    def append(self, pcm: bytes) -> Uplink | None:
        """Send caller audio, PCM16LE 24 kHz; never blocks. Return the way on which more may go without us."""

    def execute(self, order: SessionOrder) -> None:
        """Do one order; never blocks."""

    async def ask(self, topic: str, instructions: str) -> str:
        """Ask something about the conversation that the caller does not hear. Raises SessionError."""

    async def close(self) -> None:
        """Leave."""


class _Over(Exception):
    """The call has ended: leave the task group."""


Listener = Callable[[Fact | Order, float], None]
"""Hears every fact and order with its time (loop seconds), the clock's ticks apart. It cannot talk back, does
not block, and raises nothing."""


class ConversationRunner:
    """One call. The session's facts go to `on_fact`; `run` returns how the call ended."""

    def __init__(
        self,
        leg: Leg,
        conversation: Conversation,
        toolbox: Toolbox,
        notify: Listener,
        clock: CallClock | None = None,
    ) -> None:
        self._leg = leg
        self._conversation = conversation
        self._toolbox = toolbox
        self._notify = notify
        self._clock = clock or CallClock()
        self._loop = asyncio.get_running_loop()
        self._facts = ShortQueue[Fact]()
        self._working = False
        self._over = Flag()
        self._tasks = TaskGroup()
        self._tools = 0
        self._asked: dict[str, asyncio.Future[bool]] = {}  # what the caller is to agree to
        self._broken = False
        self._session: RealtimeSession | None = None
        self._uplink: Uplink | None = None  # the last that was offered
        self._ticks = Ticks(conversation.rest.until, conversation.rest.passed_over)
        # Where we find the turns, the session hears nothing between them; where it is to greet without being
        # interrupted, nothing of what is said while it is on its way. Of a call of ours it hears no ringing.
        policy = conversation.policy
        self._listening = (
            policy.turns is TurnMode.SESSION and not policy.deaf_to_greet and not policy.outbound
        )
        self._unheard = ShortQueue[bytes](UNHEARD)
        self._quiet: list[asyncio.Future[None]] = []
        self._collector: KeyCollector | None = None
        self._ear = EchoEar(by_voice=conversation.policy.turns is not TurnMode.SESSION)
        self.gave_up = False
        """The leg is still up, and is owed an apology."""
        self.left = False
        """The leg is, or is about to be, another plan's."""

    def on_fact(self, fact: Fact) -> None:
        """Take a fact, and carry out what follows. A bug ends this call only."""
        if self._working:
            self._facts.append(fact)
            return  # an order caused a fact: it is worked off after that order's own
        self._working = True
        try:
            now = self._loop.time()
            self._ticks.told(now, tick=isinstance(fact, Tick))
            self._work_off(fact, now)
            while self._facts:
                self._work_off(self._facts.popleft(), now)
        except Exception:  # whoever reports facts has other calls to care for
            log.exception("call.broke")
            self._broken = True
            self._over.set()
        finally:
            self._working = False

    def order(self, order: LegOrder | SessionOrder) -> None:
        """Carry out an order that is not the conversation's own."""
        now = self._loop.time()
        self._notify(order, now)
        self._ear.ordered(order, self._conversation.at(now))
        self._execute(order)

    def _order_all(self, orders: Iterable[LegOrder]) -> None:
        for order in orders:
            self.order(order)

    async def quiet(self) -> None:
        """Wait until the caller has heard all that the agent is saying."""
        if self._conversation.speaks:
            done: asyncio.Future[None] = self._loop.create_future()
            self._quiet.append(done)
            await done

    @contextmanager
    def collecting(self, keys: KeyCollector) -> Iterator[None]:
        """Give the keys that the caller presses to `keys`, and to nobody else."""
        self._collector, self._conversation.rest.collects = keys, True
        for key in self._conversation.take_keys():
            keys.press(key)
        try:
            yield
        finally:
            self._collector, self._conversation.rest.collects = None, False

    def leave(self) -> None:
        """Silence the agent and leave the leg to another plan; the model is told what was heard, as ever."""
        if self.left or self._over.is_set():
            return
        self.left = True
        self.order(Flush())
        self._loop.call_later(SILENT_WITHIN, self._leave_leg)

    def _leave_leg(self) -> None:
        if not self._over.is_set():
            self._leg.detach()
            self._over.set()

    async def run(
        self, session: RealtimeSession, at_the_end: Callable[[], Awaitable[None]] | None = None
    ) -> Ending:
        """Carry the call to its end. Raises only cancellation: a bug ends this call alone, with BYE."""
        self._session = session
        try:
            async with self._tasks as tasks:
                tasks.create_task(session.run())
                self._order_all(_to_begin(self._conversation.policy))
                self._leg.listen(self.on_fact, self._caller_audio)
                self.on_fact(TICK)
                with self._clock.telling(self._tick, self._ticks, twice=self._conversation.policy.detects):
                    await self._over.wait()
                if at_the_end is not None and not self.left:
                    await at_the_end()
                await session.close()
                raise _Over  # ends the tasks that still wait for something
        except* _Over:
            pass
        except* Exception as group:
            log.error("call.broke", exc_info=group)
            self._broken = True
        if self._broken:
            self.order(HangUp(BROKEN))
        elif self.gave_up or self.left:
            self._order_all(_to_end(self._conversation.policy))
        self._notify = _nobody  # who listens knows us
        return BROKEN if self._broken else self._conversation.ending or BROKEN

    def _work_off(self, fact: Fact, now: float) -> None:
        if isinstance(fact, Digit) and self._collector is not None:
            self._notify(replace(fact, digit=MASKED), now)
            self._collector.press(fact.digit)
            return
        if not isinstance(fact, Tick):
            self._notify(fact, now)
            # On hold nothing is heard, and what was being said goes on afterwards: so does the ear's time.
            if type(fact) in HEEDED and self._ear.on_fact(fact, self._conversation.at(now)):
                self._facts.append(Echoed(self._ear.times))
        for order in self._conversation.step(fact, now):
            if self.left and isinstance(order, LegOrder) and not isinstance(order, HangUp):
                continue  # the line is somebody else's in a moment
            self._notify(order, now)
            if type(order) in HEEDED:
                self._ear.ordered(order, self._conversation.at(now))
            self._execute(order)
        if isinstance(fact, LegEnded):
            self._over.set()
        elif self.left and isinstance(fact, Flushed):
            self._leave_leg()
        if self._quiet and not self._conversation.speaks:
            self._tell_quiet()

    def _tell_quiet(self) -> None:
        waiting, self._quiet = self._quiet, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    def _execute(self, order: Order) -> None:
        if isinstance(order, LegOrder):
            self._leg.execute(order)
        elif isinstance(order, CallTool):
            self._call_tool(order)
        elif isinstance(order, Listen):
            self._listen(order)
        elif isinstance(order, Remind):
            # Not together with other timers: a caller waits for what is due then.
            self._loop.call_at(self._loop.time() + order.seconds, self._tick_now)
        elif isinstance(order, AnswerApproval) and order.request_id in self._asked:
            answer = self._asked.pop(order.request_id)
            if not answer.done():
                answer.set_result(order.approve)
        elif isinstance(order, GiveUp):
            self.gave_up = True
            self._leave_leg()
        elif isinstance(order, Leave):
            self.left = True
            self._leave_leg()
        elif isinstance(order, SessionOrder) and self._session is not None:
            self._session.execute(order)

    def _tick(self) -> None:
        now = self._loop.time()
        if now >= self._ear.enough_at:
            self._ear.compare(self._conversation.at(now))
        if now >= self._ticks.due_at and self._ticks.due(now):
            self._tick_now()
        elif self._conversation.asks_level:
            if (levels := self._leg.levels()) is not None:
                self._conversation.rest.hears(levels.caller_db)
        else:
            self._ticks.rest(self._ear.enough_at)

    def _tick_now(self) -> None:
        if not self._over.is_set():
            self.on_fact(self._moment())

    def _moment(self) -> Tick:
        levels = self._leg.levels() if self._conversation.asks_level else None
        return TICK if levels is None else Tick(levels.caller_db)

    def _caller_audio(self, pcm: bytes) -> Uplink | None:
        self._ear.heard.put(pcm)
        if not self._listening:
            self._unheard.append(pcm)
        elif self._session is not None:
            self._uplink = self._session.append(pcm)
            if self._uplink is not None:
                self._uplink.keep(self._ear.heard)
            return self._uplink
        return None

    def _listen(self, order: Listen) -> None:
        if self._uplink is not None:
            self._uplink.release()
        self._listening = order.on
        before = b"".join(self._unheard)[-order.before_ms * BYTES_PER_MS :] if order.before_ms else b""
        self._unheard.clear()
        if before and order.on and self._session is not None:
            self._session.append(before)

    def _call_tool(self, order: CallTool) -> None:
        if self._tools >= MAX_TOOLS:
            self.on_fact(ToolReturned(order.call_id, '{"error":"too many functions are running"}'))
            return
        self._tools += 1
        self._tasks.create_task(self._run_tool(order))

    async def _run_tool(self, order: CallTool) -> None:
        returned = await self._toolbox.call(order, self._ask_caller)
        self._tools -= 1
        self.on_fact(returned)

    async def _ask_caller(self, call_id: str, question: str) -> bool:
        """Return whether the caller agrees; the conversation gives up when they do not answer."""
        answer: asyncio.Future[bool] = self._loop.create_future()
        self._asked[call_id] = answer
        self.on_fact(ApprovalRequested(call_id, question))
        return await answer


def _nobody(_event: Fact | Order, _now: float) -> None:
    """Listen to a call that is over."""


def _to_begin(policy: Policy) -> Iterator[LegOrder]:
    """Prepare a leg."""
    if policy.detects:
        yield Detect(on=True)
    if policy.suppresses_echo:
        yield SuppressEcho(on=True)
    if policy.noise_below_db:
        yield MakeNoise(policy.noise_below_db)


def _to_end(policy: Policy) -> Iterator[LegOrder]:
    """Leave a leg as it was: whoever speaks next is not to be whispered, or to wait."""
    if policy.noise_below_db:
        yield MakeNoise(0)
    if policy.suppresses_echo:
        yield SuppressEcho(on=False)
    if policy.detects:
        yield Detect(on=False)
    if policy.detects or policy.ignores_backchannels:
        yield Pause(on=False)
        yield Duck(1.0)
