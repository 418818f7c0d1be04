"""The runner around a conversation: in order, at once, and with its mistakes kept to one call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import get_args

import pytest

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    SHUTDOWN,
    AgentAudio,
    AgentAudioDone,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
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
    Held,
    Leave,
    LegEnded,
    LegOrder,
    Listen,
    NotePlayback,
    Order,
    Pause,
    Play,
    Reason,
    Remind,
    Respond,
    ResponseEnded,
    ResponseStarted,
    Result,
    Resumed,
    SessionLost,
    SessionOrder,
    SessionReady,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
    Truncate,
)
from gateway.conversation.machine import Conversation, Policy
from gateway.conversation.policy import Detector, TurnMode
from gateway.conversation.runner import BROKEN, MAX_TOOLS, ConversationRunner, Listener
from gateway.records.listener_group import ListenerGroup
from gateway.tasks import within
from gateway.tools.registry import Tool, Toolbox
from tests.calls.actions.scripted_leg import ScriptedLeg
from tests.conversation.scripted_session import ScriptedSession
from tests.conversation.test_echo import voice
from tests.equipment import patience

GONE = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
FRAME = bytes(960)
CALLER_FIRST = Policy()


Conversing = Callable[[ScriptedLeg], Conversation]


def conversing(policy: Policy) -> Conversing:
    """Make a conversation that begins now, for whichever leg."""
    return lambda leg: Conversation(policy, leg, asyncio.get_running_loop().time())


class Call:
    """A bridge between a scripted leg and a scripted session, and what its listener was told."""

    def __init__(
        self,
        conversation: Conversing | None = None,
        *,
        toolbox: Toolbox | None = None,
        leg: ScriptedLeg | None = None,
        session: ScriptedSession | None = None,
        others: tuple[Listener, ...] = (),
    ) -> None:
        self.leg = leg or ScriptedLeg()
        self.told: list[Fact | Order] = []
        self.bridge = ConversationRunner(
            self.leg,
            (conversation or conversing(CALLER_FIRST))(self.leg),
            toolbox or Toolbox(),
            ListenerGroup(*others, self._tell),
        )
        self.session = session or ScriptedSession()
        self.session.on_fact = self.bridge.on_fact
        self.ending: Ending | None = None
        self._news = asyncio.Event()

    def _tell(self, event: Fact | Order, _now: float) -> None:
        if event != Tick():
            self.told.append(event)
        self._news.set()

    async def run(self) -> Ending:
        async with patience.within(5):
            self.ending = await self.bridge.run(self.session)
        self._news.set()
        return self.ending

    async def until(self, fact: Callable[[], object]) -> None:
        """Wait for something to become true of the call; it is looked at whenever something happened."""
        async with patience.within(5):
            while not fact():
                self._news.clear()
                await self._news.wait()

    def results(self) -> list[SessionOrder]:
        """Tool results that were handed to the model."""
        return [order for order in self.session.orders if isinstance(order, SubmitToolResult)]

    @asynccontextmanager
    async def going(self) -> AsyncIterator[Call]:
        """Hold the call; the caller hangs up at the end of the block, if nobody did before."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.run())
            await self.session.running.wait()
            yield self
            self.leg.happen(LegEnded(GONE))


class Scripted(Conversation):
    """A conversation that answers a digit with the orders that a test says."""

    def __init__(self, answer: Callable[[str], list[Order]], leg: ScriptedLeg) -> None:
        super().__init__(CALLER_FIRST, leg, asyncio.get_running_loop().time())
        self._answer = answer

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact."""
        return self._answer(fact.digit) if isinstance(fact, Digit) else super().step(fact, now)


# --- carrying facts and orders -------------------------------------------------------------------------


def test_every_order_has_somebody_who_carries_it_out() -> None:
    """The leg, the session, or the runner itself: a new order belongs to one of them."""
    ours = {CallTool, Listen, GiveUp, Leave, Remind}
    assert {*get_args(LegOrder), *get_args(SessionOrder), *ours} == set(get_args(Order))


async def test_listeners_hear_of_the_detector() -> None:
    """On before the first fact; off, and the agent at full level again, for whoever speaks next."""
    call = Call(conversing(replace(CALLER_FIRST, detector=Detector.LOCAL)))
    async with call.going():
        call.session.happen(SessionLost("gone", "for good"))
        await call.until(lambda: call.ending)
    ordered = [event for event in call.told if isinstance(event, LegOrder)]
    assert ordered[0] == Detect(on=True)
    assert ordered[-3:] == [Detect(on=False), Pause(on=False), Duck(1.0)]


async def test_a_call_is_answered_when_its_session_is_ready() -> None:
    """Facts of both sides reach the conversation, its orders reach both sides, and the end is told."""
    call = Call(conversing(Policy(greeting="Hi", wait_for_greeting=0)))
    async with call.going():
        call.session.happen(ResponseStarted("r"), AgentAudio("r", "i", FRAME))
        assert call.leg.orders == [Play("i", FRAME), Answer()]
        assert call.session.orders == [Respond("Hi"), NotePlayback(playing=True)]
    assert call.ending == GONE
    assert call.session.closed


class Clock:
    """The loop's time as a test says it. `due`: when something is to be called."""

    def __init__(self) -> None:
        self.now = 100.0
        self.due: list[float] = []

    def time(self) -> float:
        """Return it."""
        return self.now

    def call_at(self, when: float, _told: Callable[[], None]) -> None:
        """Note when."""
        self.due.append(when)


async def test_what_is_due_is_so_to_the_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller waits for it: the answer to half a sentence was up to a tenth of a second late."""
    async with Call(lambda leg: Scripted(lambda _: [Remind(0.72)], leg)).going() as call:
        clock = Clock()
        monkeypatch.setattr(call.bridge, "_loop", clock)
        call.bridge.on_fact(Digit("1"))
        monkeypatch.undo()
    assert clock.due == [pytest.approx(100.72)]


async def test_an_echo_is_known_after_a_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the agent was saying goes on after a hold, and comes back as late as ever."""
    async with Call(conversing(replace(CALLER_FIRST, barge_in=False))).going() as call:
        clock = Clock()
        monkeypatch.setattr(call.bridge, "_loop", clock)
        said = voice(1, 3.0).astype("<i2").tobytes()
        call.session.happen(ResponseStarted("r"), AgentAudio("r", "i", said))
        comes = bytes(300 * BYTES_PER_MS) + said  # 300 ms later

        def hear(start_ms: int, end_ms: int) -> None:
            assert call.leg.on_audio is not None
            for at in range(start_ms, end_ms, 20):
                clock.now += 0.02
                call.leg.on_audio(comes[at * BYTES_PER_MS : (at + 20) * BYTES_PER_MS])

        hear(0, 300)
        call.bridge.on_fact(Held())
        clock.now += 60
        call.bridge.on_fact(Resumed())
        hear(300, 600)
        call.session.happen(CallerStartedSpeaking("c"))
        hear(600, 2600)
        call.session.happen(CallerStoppedSpeaking("c"))
        assert Echoed(1) in call.told


async def test_a_flush_leaves_in_the_same_turn_of_the_loop() -> None:
    """Between `speech_started` and the leg's order there is no task, no queue, no tick."""
    async with Call().going() as call:
        call.session.happen(ResponseStarted("r"), AgentAudio("r", "i", FRAME))
        call.session.happen(CallerStartedSpeaking("c"))
        assert call.leg.orders[-1] == Flush()
        call.bridge.on_fact(Flushed("i", heard_ms=10, remaining_ms=10))
        assert call.session.orders[-2:] == [NotePlayback(playing=False), Truncate("i", 10)]


async def test_a_fact_caused_by_an_order_waits_for_the_orders_beside_it() -> None:
    """A leg that answers from within an order does not come between that order and the next."""

    class Prompt(ScriptedLeg):
        """Answers a flush before it has returned."""

        def execute(self, order: LegOrder) -> None:
            super().execute(order)
            if isinstance(order, Flush):
                call.bridge.on_fact(Flushed("i", 10, 10))

    def orders(_digit: str) -> list[Order]:
        return [Flush(), Respond()]

    call = Call(partial(Scripted, orders), leg=Prompt())
    async with call.going():
        call.told.clear()
        call.bridge.on_fact(Digit("1"))
        assert [type(event) for event in call.told] == [Digit, Flush, Respond, Flushed]


async def test_listeners_hear_everything_in_order() -> None:
    """Each fact comes before the orders that follow from it."""
    async with Call().going() as call:
        await call.until(lambda: len(call.told) == 3)
        assert call.told == [SessionReady(), Answer(), Answered()]


async def test_time_passes_without_facts() -> None:
    """A conversation learns of time even when nothing happens: a silent line is let go."""
    call = Call(conversing(Policy(max_silence=0.01, answer_at_once=True)))
    assert (await call.run()).reason is Reason.MAX_SILENCE
    assert isinstance(call.leg.orders[-1], HangUp)


async def test_what_happened_before_anybody_listened_counts() -> None:
    """A caller who hung up before the session was opened ends the call at once."""
    call = Call()
    call.leg.happen(LegEnded(GONE))
    assert await call.run() == GONE
    assert call.session.closed


# --- the caller's audio ---------------------------------------------------------------------------------


async def test_the_session_hears_the_caller() -> None:
    """Audio goes through as it comes."""
    async with Call().going() as call:
        assert call.leg.on_audio
        call.leg.on_audio(FRAME)
        assert call.session.heard == FRAME


async def test_the_session_is_deaf_while_it_must_not_be_interrupted() -> None:
    """During a greeting that cannot be interrupted nothing is sent; afterwards everything is."""
    call = Call(conversing(Policy(greeting="Hi", greeting_interruptible=False)))
    async with call.going():
        assert call.leg.on_audio
        call.leg.on_audio(FRAME)
        assert (call.session.heard, Listen(on=False) in call.told) == (b"", True)
        call.session.happen(ResponseStarted("r"), AgentAudio("r", "i", FRAME), AgentAudioDone("r", "i"))
        call.session.happen(ResponseEnded("r", "completed"))
        await call.until(lambda: Listen(on=True) in call.told)
        call.leg.on_audio(FRAME)
        assert call.session.heard == FRAME


async def test_what_is_said_before_a_greeting_is_on_its_way_is_not_heard() -> None:
    """However late the session is; one that may be interrupted, or none, leaves nothing of the caller out."""
    for policy, heard in (
        (Policy(greeting="Hi", greeting_interruptible=False, answer_at_once=True), b""),
        (Policy(greeting="Hi", answer_at_once=True), FRAME),
        (Policy(greeting_interruptible=False), FRAME),
    ):
        call = Call(conversing(policy), session=ScriptedSession(at_once=()))
        async with call.going():
            assert call.leg.on_audio
            call.leg.on_audio(FRAME)
            call.session.happen(SessionReady())
            assert call.session.heard == heard


async def test_the_session_hears_a_turn_from_a_little_before_it_began() -> None:
    """Where we find the turns, it hears nothing else; what was said long before is gone."""
    call = Call(conversing(Policy(turns=TurnMode.VOICE)))
    async with call.going():
        await call.until(lambda: Answered() in call.told)
        assert call.leg.on_audio
        pieces = [bytes([number]) * 960 for number in range(60)]
        for piece in pieces[:50]:
            call.leg.on_audio(piece)
        assert call.session.heard == b""
        call.bridge.on_fact(CallerVoice(on=True, ago_ms=80))
        assert call.session.heard == b"".join(pieces[31:50])  # 380 ms
        for piece in pieces[50:]:
            call.leg.on_audio(piece)
        assert call.session.heard == b"".join(pieces[31:])
        call.bridge._execute(Listen(on=False))
        call.leg.on_audio(pieces[0])
        call.bridge._execute(Listen(on=True))
        assert call.session.heard == b"".join(pieces[31:])


# --- tools ----------------------------------------------------------------------------------------------


async def test_a_tools_result_goes_back_to_the_model() -> None:
    """A tool runs beside the call; what it returns is a fact like any other."""

    async def weather(place: str) -> str:
        return f"rain in {place}"

    async with Call(toolbox=Toolbox([Tool.of(weather)])).going() as call:
        call.session.happen(ToolCalled("r", "t", "weather", '{"place": "Bonn"}'))
        assert call.told[-1] == CallTool("t", "weather", '{"place": "Bonn"}')
        await call.until(lambda: Respond() in call.session.orders)
        assert SubmitToolResult("t", "rain in Bonn") in call.session.orders


async def test_only_so_many_tools_run_at_once() -> None:
    """A model that asks for more is told so, at once; when one has returned, there is room again."""
    release = asyncio.Event()

    async def slow() -> str:
        await release.wait()
        return "done"

    async with Call(toolbox=Toolbox([Tool.of(slow)])).going() as call:
        for number in range(MAX_TOOLS + 1):
            call.session.happen(ToolCalled("r", f"t{number}", "slow", "{}"))
        (refused,) = [fact for fact in call.told if isinstance(fact, ToolReturned)]
        assert (refused.call_id, "too many" in refused.output) == (f"t{MAX_TOOLS}", True)
        release.set()
        await call.until(lambda: len(call.results()) == MAX_TOOLS + 1)
        call.session.happen(ToolCalled("r", "again", "slow", "{}"))
        await call.until(lambda: SubmitToolResult("again", "done") in call.session.orders)


async def test_a_tool_under_way_does_not_hold_the_call_open() -> None:
    """The caller hangs up while a tool waits: the call is over, the tool is stopped."""
    stopped = asyncio.Event()

    async def for_ever() -> str:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return ""

    call = Call(toolbox=Toolbox([Tool.of(for_ever)]))
    async with call.going():
        call.session.happen(ToolCalled("r", "t", "for_ever", "{}"))
    assert (call.ending, stopped.is_set()) == (GONE, True)


# --- ends -----------------------------------------------------------------------------------------------


async def test_giving_up_leaves_the_leg_to_an_apology() -> None:
    """The session is lost: nobody hangs up, and what the caller does next is kept for the next listener."""
    call = Call()
    async with call.going():
        await call.until(lambda: Answered() in call.told)
        call.session.happen(SessionLost("gone", "without a word"))
        await call.until(lambda: call.ending is not None)
        assert call.bridge.gave_up
        assert call.ending == Ending(Result.FAILED, Reason.SESSION_LOST)
        assert not any(isinstance(order, HangUp) for order in call.leg.orders)
    next_fact: asyncio.Queue[Fact] = asyncio.Queue()
    call.leg.listen(next_fact.put_nowait, lambda _pcm: None)
    async with patience.within(5):
        assert await next_fact.get() == LegEnded(GONE)


async def test_an_order_from_outside_is_carried_out_and_heard() -> None:
    """A process that can wait no longer ends the call like anybody else."""
    call = Call()
    async with call.going():
        call.bridge.order(HangUp(SHUTDOWN))
    assert call.ending == SHUTDOWN


async def test_facts_after_the_end_change_nothing() -> None:
    """The end may be on its way while others still report."""
    call = Call()
    async with call.going():
        pass
    before = list(call.leg.orders)
    call.bridge.on_fact(CallerStartedSpeaking("c"))
    call.bridge.on_fact(ToolCalled("r", "t", "x", "{}"))
    assert (call.leg.orders, call.ending) == (before, GONE)


# --- mistakes -------------------------------------------------------------------------------------------


async def test_a_bug_in_a_conversation_ends_this_call_alone() -> None:
    """BYE with our own fault as the reason; whoever reported the fact, and the next call, notice nothing."""

    def breaks(_digit: str) -> list[Order]:
        raise ZeroDivisionError

    sick, well = Call(partial(Scripted, breaks)), Call()
    async with well.going():
        async with sick.going():
            sick.bridge.on_fact(Digit("1"))
            await sick.until(lambda: sick.ending is not None)
        assert (sick.ending, sick.leg.orders[-1]) == (BROKEN, HangUp(BROKEN))
        assert sick.session.closed
        assert sick.session.ended
        well.session.happen(ResponseStarted("r"), AgentAudio("r", "i", FRAME))
        assert well.leg.orders[-1] == Play("i", FRAME)
    assert well.ending == GONE


async def test_a_bug_in_a_session_ends_the_call_with_bye() -> None:
    """Whatever the connection raises, the caller is not left on a dead line."""
    call = Call(session=ScriptedSession(breaks=RuntimeError("boom")))
    assert await call.run() == BROKEN
    assert call.leg.orders[-1] == HangUp(BROKEN)


async def test_a_bug_in_a_leg_ends_the_call() -> None:
    """An order that the leg cannot take is a bug like any other."""

    class Odd(ScriptedLeg):
        def execute(self, order: LegOrder) -> None:
            super().execute(order)
            if isinstance(order, Play):
                raise ValueError("half a sample")

    call = Call(leg=Odd())
    async with call.going():
        call.session.happen(ResponseStarted("r"), AgentAudio("r", "i", FRAME))
        await call.until(lambda: call.ending is not None)
    assert (call.ending, call.leg.orders[-1]) == (BROKEN, HangUp(BROKEN))


async def test_a_broken_listener_is_let_go() -> None:
    """A full disk under the journal costs the journal, not the call; the other listeners hear on."""

    def breaks(_event: Fact | Order, _now: float) -> None:
        tried.append(True)
        raise OSError("no space left on device")

    tried: list[bool] = []
    call = Call(others=(breaks,))
    async with call.going():
        await call.until(lambda: Answered() in call.told)
    assert (call.ending, len(tried)) == (GONE, 1)


async def test_cancelling_a_call_leaves_nothing_behind() -> None:
    """Clock, session and tools end with the task that ran the call."""
    call = Call()
    with pytest.raises(TimeoutError):
        async with within(0.05):
            await call.run()
    assert call.session.ended
    assert len(asyncio.all_tasks()) == 1
