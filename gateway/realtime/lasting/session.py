"""A session that outlives its connections, in the shape of a single one.

It opens sessions as `recovery` says, listens to the one on the line, keeps `history` and `hearing`, and gives
both to the next one. What the call sees is one session: `SessionReady` once more after each outage, and
`SessionLost` only when nothing can be had any more.
"""

from __future__ import annotations

import asyncio
import dataclasses
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from gateway.call import (
    AddText,
    AgentAudio,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CancelResponse,
    Commit,
    Respond,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    SessionLost,
    SessionOrder,
    SessionReady,
    ToolCalled,
    Truncate,
)
from gateway.errors import SessionError
from gateway.realtime import losses, reactions
from gateway.realtime.backlog import BYTES_PER_MS, Backlog
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.lasting import recovery, rollover, watchdog
from gateway.realtime.lasting.floor import Floor
from gateway.realtime.lasting.hearing import MOST_MS, Hearing
from gateway.realtime.lasting.history import History
from gateway.realtime.lasting.line import Line
from gateway.realtime.lasting.recovery import Endurance, Recovery
from gateway.realtime.lasting.rollover import Foresight, Rollover
from gateway.realtime.lasting.watchdog import Alertness, Watchdog
from gateway.realtime.meter import Meter
from gateway.realtime.providers import Provider
from gateway.realtime.reactions import Reaction
from gateway.realtime.session import Session, Shared
from gateway.realtime.settings import Patience, SessionSettings

log = structlog.get_logger(__name__)

NOTICE = (
    "The telephone line to you was interrupted for a moment and is back. The conversation so far is above. "
    "Go on where you stopped, without greeting again and without mentioning the interruption."
)
"""Told to the model after an outage, so that it does not begin anew."""

REPLACED = "session_replaced"
"""Why a session that served to its end is left."""

DETECTION_MS = 300
"""Of caller audio given to a successor: what turn detection takes for the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Route:
    """A provider of the plan, and the agent as it is to be there: voices and models have other names."""

    provider: Provider
    settings: SessionSettings


@dataclass(frozen=True, slots=True)
class Care:
    """How a session is looked after."""

    patience: Patience = field(default_factory=Patience)
    endurance: Endurance = field(default_factory=Endurance)
    alertness: Alertness = field(default_factory=Alertness)
    foresight: Foresight = field(default_factory=Foresight)


class LastingSession:
    """One call's session. The first route is the one that is wanted, the others stand in for it."""

    def __init__(
        self,
        routes: Sequence[Route],
        on_fact: Callable[[SessionFact], None],
        *,
        care: Care | None = None,
        shared: Shared | None = None,
        chance: Callable[[], float] = random.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._routes = routes
        self._on_fact = on_fact
        self._care = care or Care()
        self._shared = shared or Shared()
        self._wall_clock = wall_clock
        self.meter = Meter()
        """What the call has used up, at whichever providers."""
        self._loop = asyncio.get_running_loop()
        self._recovery = Recovery(len(routes), self._care.endurance, chance)
        self._watchdog = Watchdog(_patient(self._care.alertness, routes))
        self._rollover = Rollover(self._care.foresight)
        self._history = History()
        self._hearing = Hearing()
        self._floor = Floor()
        self._backlog = Backlog(most_ms=MOST_MS)
        self._current: Line | None = None
        self._successor: Line | None = None
        self._was_ready = False
        self._turn_waits = False  # it was committed while there was no session
        self._tasks: asyncio.TaskGroup | None = None
        self._sooner = asyncio.Event()
        self._sleeps_until: float | None = None
        self._over = asyncio.Event()
        self._final: SessionLost | None = None
        self._ended = asyncio.Event()

    # --- the shape of a session ----------------------------------------------------------------------

    @property
    def dropped_ms(self) -> int:
        """Caller audio that no session could take in time, in ms."""
        return self._backlog.dropped_ms

    def append(self, pcm: bytes) -> None:
        """Send caller audio, PCM16LE 24 kHz; kept for the next session while there is none."""
        self._hearing.sent(pcm)
        if self._current is not None:
            self._current.session.append(pcm)
        else:
            self._backlog.put(pcm)

    def carry_out(self, order: SessionOrder) -> None:
        """Do one order; while there is no session, it becomes part of what the next one is told."""
        self._history.ordered(order)
        if isinstance(order, Respond):
            self._floor.asked(order)
        elif isinstance(order, CancelResponse):
            self._floor.cancelled()
        elif isinstance(order, Truncate):
            self._floor.silenced(self._loop.time())
        line = self._current
        if line is not None and line.ready:
            line.carry_out(order, self._history)
            if isinstance(order, Respond):
                self._watch(watchdog.Expected())
        elif isinstance(order, Commit):
            self._turn_waits = True
        self._arm()

    async def ask(self, topic: str, instructions: str) -> str:
        """Ask something about the conversation that the caller does not hear. Raises SessionError."""
        if self._current is None:
            raise SessionError("no_session", "there is no session to ask")
        return await self._current.session.ask(topic, instructions)

    async def close(self) -> None:
        """Leave. No `SessionLost` follows."""
        self._final = None
        self._finish()
        if self._tasks is not None:
            await self._ended.wait()

    async def run(self) -> None:
        """Carry the call until it is closed or nothing can be had any more; then tell `SessionLost`."""
        if self._over.is_set():
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._do(self._recovery.step(recovery.Begin(), self._loop.time()))
                while not self._over.is_set():
                    await self._sleep()
                for line in (self._current, self._successor):
                    if line is not None:
                        await line.session.close()
        finally:
            self._over.set()
            self._ended.set()
        if self._final is not None:
            self._on_fact(self._final)

    # --- time ----------------------------------------------------------------------------------------

    async def _sleep(self) -> None:
        """Sleep until a machine wants to be told the time, or until it wants that sooner."""
        self._sleeps_until = self._wake_at()
        self._sooner.clear()
        try:
            async with asyncio.timeout_at(self._sleeps_until):
                await self._sooner.wait()
        except TimeoutError:
            self._tick()

    def _wake_at(self) -> float | None:
        machines = (self._recovery, self._watchdog, self._rollover)
        return min((one.wake_at for one in machines if one.wake_at is not None), default=None)

    def _arm(self) -> None:
        wake_at = self._wake_at()
        if wake_at is not None and (self._sleeps_until is None or wake_at < self._sleeps_until):
            self._sooner.set()

    def _tick(self) -> None:
        now = self._loop.time()
        if self._current is not None:
            self._watch(watchdog.Sign(self._current.session.last_frame))
        self._do(self._recovery.step(recovery.Tick(), now))
        self._do(self._watchdog.step(watchdog.Tick(), now))
        self._do(self._rollover.step(rollover.Tick(), now))

    def _watch(self, fact: watchdog.Fact) -> None:
        self._do(self._watchdog.step(fact, self._loop.time()))

    def _roll(self, fact: rollover.Fact) -> None:
        self._do(self._rollover.step(fact, self._loop.time()))

    # --- what the machines order ---------------------------------------------------------------------

    def _do(self, orders: Sequence[recovery.Order | watchdog.Order | rollover.Order]) -> None:
        for order in orders:
            match order:
                case recovery.Open():
                    self._current = self._open(order.route, self._backlog)
                case recovery.AskAgain() | watchdog.AskAgain():
                    self._ask_again()
                case recovery.Renew() | watchdog.Renew():
                    self._leave(order.code)
                case recovery.GiveUp():
                    self._final = SessionLost(order.code, order.message, order.fatal)
                    self._finish()
                case rollover.OpenSuccessor():
                    route = self._current.route if self._current is not None else 0
                    self._successor = self._open(route, Backlog())
                case rollover.HandOver():
                    self._hand_over()

    def _open(self, route: int, backlog: Backlog) -> Line:
        line, chosen = Line(route), self._routes[route]
        line.session = Session(
            chosen.provider,
            chosen.settings,
            partial(self._fact, line),
            patience=self._care.patience,
            backlog=backlog,
            shared=self._shared,
            meter=self.meter,
        )
        assert self._tasks is not None
        self._tasks.create_task(line.session.run())
        return line

    def _ask_again(self) -> None:
        if self._current is not None and self._current.ready:
            log.warning("! asking for the answer again")
            self._current.session.carry_out(self._floor.last_question)
            self._watch(watchdog.Expected())

    def _leave(self, code: str) -> None:
        """Give a session up that is of no more use."""
        if self._current is not None:
            self._close(self._current)
            self._lost(SessionLost(code, "the session does not answer"))

    def _close(self, line: Line) -> None:
        assert self._tasks is not None
        self._tasks.create_task(line.session.close())

    def _finish(self) -> None:
        self._over.set()
        self._sooner.set()

    # --- what sessions tell --------------------------------------------------------------------------

    def _fact(self, line: Line, fact: SessionFact) -> None:
        if line is self._current:
            self._of_current(line, fact)
        elif line is self._successor:
            self._of_successor(line, fact)

    def _of_successor(self, line: Line, fact: SessionFact) -> None:
        if isinstance(fact, SessionReady):
            line.ready = True
            self._roll(rollover.SuccessorReady())
        elif isinstance(fact, SessionLost):
            log.warning("! successor lost", code=fact.code)
            self._successor = None
            self._roll(rollover.SuccessorLost())
        self._arm()

    def _of_current(self, line: Line, fact: SessionFact) -> None:
        self._history.happened(fact)
        if not isinstance(fact, SessionLost):
            self._hearing.sign_of_life()
        match fact:
            case AgentAudio():  # the hot path
                self._floor.gave_audio(len(fact.pcm) / BYTES_PER_MS, self._loop.time())
                self._on_fact(fact)
                return
            case SessionReady():
                self._ready(line)
            case SessionLost():
                self._lost(fact)
                self._arm()
                return
            case ResponseEnded():
                self._response_ended(fact)
                self._arm()
                return
            case _:
                self._note(fact)
        self._on_fact(fact)
        self._arm()

    def _note(self, fact: SessionFact) -> None:
        match fact:
            case ResponseStarted():
                self._floor.response_began()
                self._watch(watchdog.Started())
                self._roll(rollover.Busy())
            case CallerStartedSpeaking():
                self._floor.caller_began(fact.item_id, self._loop.time())
                self._hearing.turn_began(fact.audio_start_ms)
                self._watch(watchdog.Interrupted())
                self._roll(rollover.Busy())
            case CallerStoppedSpeaking():
                self._turn_over(fact)
            case ToolCalled():
                self._floor.gave_call()
            case SessionFault() if self._floor.question is not None:
                # Refused outright for the account's limit: no response, failed or not, will tell of it.
                if reactions.of_code(fact.code) is Reaction.BACK_OFF:
                    failed = recovery.Failed(fact.code, Reaction.BACK_OFF)
                    self._watch(watchdog.Ended())
                    self._do(self._recovery.step(failed, self._loop.time()))
            case _:
                pass

    def _turn_over(self, fact: CallerStoppedSpeaking) -> None:
        self._history.caller_turn(fact.item_id, self._hearing.turn_ended(fact.audio_end_ms))
        answered = self._answers_by_itself()
        self._floor.caller_ended(answered=answered)
        if answered:
            self._watch(watchdog.Expected())
        else:
            self._roll(rollover.Quiet(self._loop.time()))

    def _answers_by_itself(self) -> bool:
        detection = self._detection(self._current)
        return detection is not None and detection.create_response is not False

    def _detection(self, line: Line | None) -> TurnDetection | None:
        return self._routes[line.route].settings.turn_detection if line is not None else None

    def _response_ended(self, ended: ResponseEnded) -> None:
        """Judge a response. A failed one is asked for again here, so the call is not told that it failed."""
        now = self._loop.time()
        self._watch(watchdog.Ended())
        self._roll(rollover.Quiet(self._floor.quiet_from(now)))
        if ended.status != "failed":
            if self._floor.spoke or ended.status == "completed":
                self._do(self._recovery.step(recovery.Succeeded(), now))
            self._on_fact(ended)
            return
        log.warning("! response failed", code=ended.error)
        reaction = reactions.of_code(ended.error)
        if reaction is not Reaction.FATAL:  # for that, the session's loss follows
            self._floor.response_failed()
        self._on_fact(dataclasses.replace(ended, status="incomplete"))
        if reaction is not Reaction.FATAL:
            self._do(self._recovery.step(recovery.Failed(ended.error, reaction), now))

    # --- sessions come and go ------------------------------------------------------------------------

    def _ready(self, line: Line) -> None:
        """Put a session on the line: tell it what was said, let it hear what was not answered."""
        self._do(self._recovery.step(recovery.Ready(), self._loop.time()))
        self._take_the_line(line)
        if self._was_ready:
            log.info("= session is back", provider=line.session.provider.name)
        self._go_on(line, notice=self._was_ready)
        self._was_ready = True

    def _go_on(self, line: Line, *, notice: bool = True) -> None:
        """Have the agent go on where it stopped, if the word is its."""
        if notice:
            line.session.carry_out(AddText("system", NOTICE))
        if self._turn_waits:
            self._turn_waits = False
            line.session.carry_out(Commit())
        if (question := self._floor.question) is not None:
            line.session.carry_out(question)
            self._watch(watchdog.Expected())

    def _take_the_line(self, line: Line) -> None:
        line.ready = True
        line.session.backlog = self._backlog
        line.tell(self._history)
        self._hearing.begin_again(self._backlog.contents())
        self._roll(rollover.Began(self._life(line)))
        if self._floor.speaking is None:
            self._roll(rollover.Quiet(self._floor.quiet_from(self._loop.time())))

    def _life(self, line: Line) -> float | None:
        """Give the seconds that a session has left: as it says itself, or as its provider is known for."""
        in_force = line.session.protocol.in_force
        if in_force is not None and in_force.expires_at:
            return in_force.expires_at - self._wall_clock()
        minutes = line.session.provider.capabilities.max_session_minutes
        return None if minutes is None else minutes * 60

    def _lost(self, lost: SessionLost) -> None:
        line = self._current
        if line is None:
            return
        was_ready = line.ready
        self._settle(line, lost.code)
        self._current = None
        if was_ready:
            log.warning("! session lost, reconnecting", code=lost.code, message=lost.message)
            self._on_fact(SessionFault("reconnecting", f"{lost.code}: {lost.message}"))
        successor, self._successor = self._successor, None
        if successor is not None and successor.ready:
            self._current = successor
            self._take_the_line(successor)
            self._go_on(successor)
            return
        if successor is not None:
            self._close(successor)  # recovery has its own way of connecting
        self._roll(rollover.Gone())
        fact = recovery.Lost(lost.code, lost.message, lost.fatal, losses.by_limit(lost.code))
        self._do(self._recovery.step(fact, self._loop.time()))

    def _settle(self, line: Line, code: str) -> None:
        """Bring what a session leaves open to an end, so that nobody waits for it."""
        line.ready = False  # what is ordered from here on is for the next one
        self._watch(watchdog.Ended())
        interpreter = line.session.protocol.interpreter
        self._history.unfinished(interpreter.unfinished())
        speaking, active = self._floor.speaking, interpreter.active is not None
        self._floor.session_lost(active=active)
        for fact in interpreter.abandon(code):
            self._on_fact(fact)
        if speaking is not None:
            # The next session is to hear the whole turn, and to say itself when it is over.
            self._on_fact(CallerStoppedSpeaking(speaking))
        elif code == REPLACED or self._detection(line) is None:
            return
        if unanswered := self._hearing.unanswered():
            self._backlog.clear()
            self._backlog.put(unanswered)

    def _hand_over(self) -> None:
        before, line = self._current, self._successor
        if before is None or line is None:
            return
        log.info("= session replaced before it expires", provider=line.session.provider.name)
        self._settle(before, REPLACED)
        before.session.backlog = Backlog()
        self._close(before)
        if not self._backlog:
            # A caller who begins to speak just now began a little earlier: detection wants to hear that.
            self._backlog.put(self._hearing.last(DETECTION_MS))
        self._current, self._successor = line, None
        self._take_the_line(line)
        if self._floor.question is not None:
            self._go_on(line)


def _patient(alertness: Alertness, routes: Sequence[Route]) -> Alertness:
    """Allow for detection by meaning: it may wait up to 8 s before it takes a turn for finished."""
    detections = [route.settings.turn_detection for route in routes]
    if any(one is not None and one.type == "semantic_vad" for one in detections):
        return dataclasses.replace(alertness, answer=max(alertness.answer, 10.0))
    return alertness
