"""A session that outlives its connections, in the shape of a single one.

It opens sessions as `supervision` orders, listens to the one on the line, and gives to the next one what it
has to go on with (`handover`). What the call sees is one session: `SessionReady` once more after each outage,
and `SessionLost` only when nothing can be had any more.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from gateway.call import (
    CallerStoppedSpeaking,
    CancelResponse,
    Instruct,
    KeepSilent,
    NotePlayback,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    SessionFact,
    SessionInterrupted,
    SessionLost,
    SessionOrder,
    SessionReady,
    Uplink,
)
from gateway.errors import SessionError
from gateway.flag import Flag
from gateway.realtime.backlog import Backlog
from gateway.realtime.continuity import liveness, reconnect, response_timeout, rollover
from gateway.realtime.continuity.alarm import Alarm
from gateway.realtime.continuity.attached_session import AttachedSession
from gateway.realtime.continuity.handover import REPLACED, Handover
from gateway.realtime.continuity.route import Route
from gateway.realtime.continuity.supervision import HEEDED, ContinuityPolicy, Order, Supervision
from gateway.realtime.continuity.vocabulary import AskAgain, ReplaceSession
from gateway.realtime.meter import Meter
from gateway.realtime.session import Session, nobody
from gateway.realtime.shared import Shared
from gateway.tasks import TaskGroup

log = structlog.get_logger(__name__)


class LastingSession:
    """One call's session. The first route is the one that is wanted, the others stand in for it."""

    def __init__(
        self,
        routes: Sequence[Route],
        on_fact: Callable[[SessionFact], None],
        *,
        policy: ContinuityPolicy | None = None,
        shared: Shared | None = None,
        chance: Callable[[], float] = random.random,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._routes = routes
        self._on_fact = on_fact
        self._policy = policy or ContinuityPolicy()
        self._shared = shared or Shared()
        self._wall_clock = wall_clock
        self.meter = Meter()
        """What the call has used up, at whichever providers."""
        self._loop = asyncio.get_running_loop()
        self._handover = Handover()
        detections = (route.settings.turn_detection for route in routes)
        self._supervision = Supervision(detections, self._policy, self._handover.pending_response, chance)
        self._current: AttachedSession | None = None
        self._successor: AttachedSession | None = None
        self._was_ready = False
        self._tasks: asyncio.TaskGroup | None = None
        self._alarm = Alarm(self._tick)
        self._over = Flag()
        self._broke: Exception | None = None
        self._final: SessionLost | None = None
        self._ended = Flag()

    # --- the shape of a session ----------------------------------------------------------------------

    @property
    def dropped_ms(self) -> int:
        """Caller audio that no session could take in time, in ms."""
        return self._handover.backlog.dropped_ms

    @property
    def speaker(self) -> tuple[str, str, str]:
        """Whose voice the caller hears: the provider's address, the model and the voice."""
        route = self._routes[self._current.route if self._current is not None else 0]
        provider, wanted = route.provider, route.settings
        return provider.url, wanted.model or provider.model, str(wanted.voice or provider.voice)

    def append(self, pcm: bytes) -> Uplink | None:
        """Send caller audio, PCM16LE 24 kHz; kept for the next session while there is none.

        Returns the way on which more may go without us.
        """
        kept = self._handover.unanswered_audio.kept
        kept.put(pcm)
        if self._current is None:
            self._handover.backlog.put(pcm)
            return None
        uplink = self._current.session.append(pcm)
        if uplink is not None:
            uplink.keep(kept)
        return uplink

    def execute(self, order: SessionOrder) -> None:
        """Do one order; while there is no session, it becomes part of what the next one is told."""
        if isinstance(order, NotePlayback):
            self._do(self._supervision.playback(self._loop.time(), playing=order.playing))
            if self._successor is not None:  # nobody else waits for it
                self._arm()
            return
        if isinstance(order, Instruct | KeepSilent):  # every session that there is, on its way or to come
            self._routes = tuple(route.told(order) for route in self._routes)
            for one in filter(None, (self._current, self._successor)):
                one.detection = self._routes[one.route].settings.detection
                one.session.execute(order)
            return
        line = self._listening
        if line is not None and isinstance(order, CancelResponse):
            self._do(self._supervision.cancelled(self._loop.time()))
        self._handover.ordered(order, line)
        if line is not None and isinstance(order, Respond):
            self._do(self._supervision.expected(self._loop.time()))
        self._arm()

    def recall(self, item_id: str, text: str, pcm: bytes) -> None:
        """Let the model remember what the caller hears without it (PCM16LE 24 kHz) as an item of the agent's.

        Orders about the item are carried out like those about the session's own.
        """
        self._handover.recall(item_id, text, pcm, self._listening)

    @property
    def _listening(self) -> AttachedSession | None:
        """The line, if there is a session that takes orders."""
        return self._current if self._current is not None and self._current.ready else None

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
            async with TaskGroup() as tasks:
                self._tasks = tasks
                self._do(self._supervision.begin(self._loop.time()))
                self._arm()
                await self._over.wait()
                if self._broke is not None:
                    raise self._broke
                for line in (self._current, self._successor):
                    if line is not None:
                        await line.session.close()
        finally:
            self._over.set()
            self._alarm.end()
            self._ended.set()
            self._handover.forget()
            self._current = self._successor = None
        told, self._on_fact = self._on_fact, nobody
        if self._final is not None:
            told(self._final)

    # --- time ----------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Tell the machines the time: one of them wants it."""
        session = self._current.session if self._current is not None else None
        heard = (session.last_frame, session.last_output) if session is not None else (None, None)
        try:
            if orders := self._supervision.tick(self._loop.time(), *heard):
                self._do(orders)
            # What was not due yet has been waited for for long.
            self._alarm.arm(self._supervision.wake_at, exact=bool(orders))
        except Exception as error:  # noqa: BLE001 - raised by `run`, to whoever runs the session
            self._broke = error
            self._finish()

    def _arm(self) -> None:
        self._alarm.arm(self._supervision.wake_at)

    # --- what the machines order ---------------------------------------------------------------------

    def _do(self, orders: Sequence[Order]) -> None:
        for order in orders:
            match order:
                case reconnect.Open():
                    self._current = self._open(order.route, self._handover.backlog)
                case AskAgain():
                    self._ask_again()
                case ReplaceSession():
                    self._leave(order.code)
                case response_timeout.ReportOverdue() | response_timeout.Probe() | liveness.Ask():
                    self._do_in_doubt(order)
                case reconnect.NoSession():
                    self._final = SessionLost(order.code, order.message, order.fatal)
                    self._finish()
                case rollover.OpenSuccessor():
                    route = self._current.route if self._current is not None else 0
                    self._successor = self._open(route, Backlog())
                case rollover.HandOver():
                    self._hand_over()

    def _do_in_doubt(
        self, order: response_timeout.ReportOverdue | response_timeout.Probe | liveness.Ask
    ) -> None:
        match order:
            case response_timeout.ReportOverdue():
                self._on_fact(ResponseOverdue(order.asked_again))
            case response_timeout.Probe():
                self._probe()
            case liveness.Ask():
                self._ask_whether_it_listens()

    def _open(self, route: int, backlog: Backlog) -> AttachedSession:
        chosen = self._routes[route]
        line = AttachedSession(route, chosen.settings.detection)
        line.session = Session(
            chosen.provider,
            chosen.settings,
            partial(self._fact, line),
            patience=self._policy.connect,
            backlog=backlog,
            shared=self._shared,
            meter=self.meter,
        )
        assert self._tasks is not None
        self._tasks.create_task(line.session.run())
        return line

    def _ask_again(self) -> None:
        if self._current is not None and self._current.ready:
            log.warning("response.asked_again")
            self._current.session.execute(self._handover.pending_response.last_question)
            self._do(self._supervision.expected(self._loop.time()))

    def _probe(self) -> None:
        if self._current is not None:
            assert self._tasks is not None
            self._tasks.create_task(self._await_pulse(self._current))

    async def _await_pulse(self, line: AttachedSession) -> None:
        if await line.session.answers() and line is self._current:
            self._do(self._supervision.answered_probe(self._loop.time()))

    def _ask_whether_it_listens(self) -> None:
        line = self._current
        if line is None:
            return
        if not self._handover.answer_due(line):
            self._do(self._supervision.nothing_due(self._loop.time()))
            return
        assert self._tasks is not None
        self._tasks.create_task(self._await_answer(line))

    async def _await_answer(self, line: AttachedSession) -> None:
        if await line.session.listens() and line is self._current:
            self._handover.unanswered_audio.sign_of_life()
            self._do(self._supervision.answered_question(self._loop.time()))
            self._arm()

    def _leave(self, code: str) -> None:
        """Give up a session that is of no further use."""
        if self._current is not None:
            self._close(self._current)
            self._lost(SessionLost(code, "the session does not answer"))

    def _close(self, line: AttachedSession) -> None:
        assert self._tasks is not None
        self._tasks.create_task(line.session.close())

    def _finish(self) -> None:
        self._over.set()
        self._alarm.end()

    # --- what sessions tell --------------------------------------------------------------------------

    def _fact(self, line: AttachedSession, fact: SessionFact) -> None:
        if line is not self._current:
            if line is self._successor:
                self._of_successor(line, fact)
            return
        self._handover.on_fact(fact, line)
        kind = type(fact)
        if kind in HEEDED:
            self._heeded(line, fact)
        elif kind is SessionReady:
            self._ready(line)
            self._on_fact(fact)
        elif isinstance(fact, SessionLost):
            self._lost(fact)
        else:
            self._on_fact(fact)
            return
        self._arm()

    def _heeded(self, line: AttachedSession, fact: SessionFact) -> None:
        """Follow a fact that changes what is waited for."""
        if isinstance(fact, CallerStoppedSpeaking):
            fact = self._handover.dated(fact, line)
        answers, interrupts = line.answers_by_itself, line.interrupts
        now = self._loop.time()
        orders = self._supervision.on_fact(fact, now, answers_by_itself=answers, interrupts=interrupts)
        if isinstance(fact, ResponseEnded) and fact.status == "failed":
            log.warning("response.failed", code=fact.error)
        self._on_fact(fact)
        if orders:
            self._do(orders)

    def _of_successor(self, line: AttachedSession, fact: SessionFact) -> None:
        if isinstance(fact, SessionReady):
            line.ready = True
            self._do(self._supervision.successor(self._loop.time(), ready=True))
        elif isinstance(fact, SessionLost):
            log.warning("session.successor_lost", code=fact.code)
            self._successor = None
            self._do(self._supervision.successor(self._loop.time(), ready=False))
        self._arm()

    # --- sessions come and go ------------------------------------------------------------------------

    def _ready(self, line: AttachedSession) -> None:
        self._do(self._supervision.ready(self._loop.time()))
        self._take_the_line(line)
        if self._was_ready:
            log.info("session.restored", provider=line.session.provider.name)
        self._go_on(line, notice=self._was_ready)
        self._was_ready = True

    def _take_the_line(self, line: AttachedSession) -> None:
        self._handover.take(line)
        life, asked = line.life(self._wall_clock()), line.can_be_asked
        self._do(self._supervision.began(life, self._loop.time(), can_be_asked=asked))

    def _go_on(self, line: AttachedSession, *, notice: bool = True) -> None:
        if self._handover.go_on(line, notice=notice):
            self._do(self._supervision.expected(self._loop.time()))

    def _lost(self, lost: SessionLost) -> None:
        line = self._current
        if line is None:
            return
        was_ready = line.ready
        self._settle(line, lost.code)
        self._current = None
        if was_ready:
            log.warning("session.lost", code=lost.code, message=lost.message)
            self._on_fact(SessionInterrupted(lost.code, lost.message))
        successor, self._successor = self._successor, None
        if successor is not None and successor.ready:
            self._current = successor
            self._take_the_line(successor)
            self._go_on(successor)
            return
        if successor is not None:
            self._close(successor)  # reconnecting has its own way
        self._do(self._supervision.lost(lost, self._loop.time()))

    def _settle(self, line: AttachedSession, code: str) -> None:
        """Tell the end of what a session leaves open, so that nobody waits for it."""
        line.session.keep_to_pieces()
        self._do(self._supervision.left(self._loop.time()))
        for fact in self._handover.leave(line, code):
            self._on_fact(fact)

    def _hand_over(self) -> None:
        before, line = self._current, self._successor
        if before is None or line is None:
            return
        log.info("session.rolled_over", provider=line.session.provider.name)
        self._settle(before, REPLACED)
        self._handover.part(before)
        self._close(before)
        self._current, self._successor = line, None
        self._take_the_line(line)
        if self._handover.pending_response.question is not None:
            self._go_on(line)
