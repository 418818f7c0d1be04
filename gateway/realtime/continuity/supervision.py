"""The four machines as one: what a call's sessions tell, in the terms of each, and what they order then."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from gateway.call import (
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    ResponseEnded,
    ResponseStarted,
    SessionFact,
    SessionFault,
    SessionLost,
    Tick,
)
from gateway.realtime import disconnects, error_policy
from gateway.realtime.continuity import liveness, reconnect, response_timeout, rollover
from gateway.realtime.continuity.liveness import Liveness, LivenessPolicy
from gateway.realtime.continuity.pending_response import PendingResponse
from gateway.realtime.continuity.reconnect import Reconnect, ReconnectPolicy
from gateway.realtime.continuity.response_timeout import ResponseTimeout, ResponseTimeouts, State
from gateway.realtime.continuity.rollover import Rollover, RolloverPolicy
from gateway.realtime.continuity.vocabulary import FrameReceived, SessionBegan
from gateway.realtime.error_policy import Reaction
from gateway.realtime.events.session import TurnDetection
from gateway.realtime.settings import ConnectTimeouts

TICK = Tick()
HEEDED = frozenset(
    (CallerStartedSpeaking, CallerStoppedSpeaking, ResponseStarted, ResponseEnded, SessionFault)
)
"""Facts that the machines follow, besides that a session is ready or lost."""

Order = reconnect.Order | response_timeout.Order | liveness.Order | rollover.Order


@dataclass(frozen=True, slots=True)
class ContinuityPolicy:
    """How a session is looked after."""

    connect: ConnectTimeouts = field(default_factory=ConnectTimeouts)
    reconnect: ReconnectPolicy = field(default_factory=ReconnectPolicy)
    response: ResponseTimeouts = field(default_factory=ResponseTimeouts)
    liveness: LivenessPolicy = field(default_factory=LivenessPolicy)
    rollover: RolloverPolicy = field(default_factory=RolloverPolicy)


class Supervision:
    """One call's. `detections` has one for each provider of the plan. Times in seconds of any one clock."""

    def __init__(
        self,
        detections: Iterable[TurnDetection | None],
        policy: ContinuityPolicy,
        pending_response: PendingResponse,
        chance: Callable[[], float],
    ) -> None:
        found = list(detections)
        self._pending_response = pending_response
        self._reconnect = Reconnect(len(found), policy.reconnect, chance)
        self._response_timeout = ResponseTimeout(_patient(policy.response, found))
        self._liveness = Liveness(policy.liveness)
        self._rollover = Rollover(policy.rollover)
        self._frame = self._output = 0.0  # the last that the machines were told of

    @property
    def wake_at(self) -> float:
        """Return the time at which a tick is wanted; inf: none is."""
        return min(self._reconnect.wake_at, self._watch.wake_at, self._rollover.wake_at)

    @property
    def _watch(self) -> ResponseTimeout | Liveness:
        """What is due is waited for; only a session that owes nothing is asked whether it listens."""
        return self._liveness if self._response_timeout.state is State.NOTHING else self._response_timeout

    def begin(self, now: float) -> Sequence[Order]:
        """The call wants a session."""
        return self._reconnect.step(reconnect.Begin(), now)

    def tick(self, now: float, frame: float | None = None, output: float | None = None) -> Sequence[Order]:
        """Time has passed; the session on the line said something last at `frame`, of a response at `output`.

        Both are None while there is none.
        """
        if frame is not None and frame > self._frame:
            self._frame, came = frame, FrameReceived(frame)
            self._response_timeout.step(came, now)
            self._liveness.step(came, now)
        if output is not None and output > self._output:
            self._output = output
            self._response_timeout.step(response_timeout.Output(output), now)
        # One at a time: what one orders changes the others, and whoever is left out is overdue at once.
        for machine in (self._reconnect, self._watch, self._rollover):
            if now >= machine.wake_at and (orders := machine.step(TICK, now)):
                return orders
        return []

    def expected(self, now: float) -> Sequence[Order]:
        """An answer was asked for."""
        return self._response_timeout.step(response_timeout.Expected(), now)

    def cancelled(self, now: float) -> Sequence[Order]:
        """The response of the session on the line is told to stop: some servers do not say that it has."""
        stops = self._pending_response.spoke
        return self._response_timeout.step(response_timeout.Interrupted(stops), now) if stops else ()

    def answered_probe(self, now: float) -> Sequence[Order]:
        """The session on the line has given the sign of life that it was asked for."""
        return self._response_timeout.step(response_timeout.Pong(), now)

    def answered_question(self, now: float) -> Sequence[Order]:
        """It has answered a question that was asked only to be answered."""
        return self._liveness.step(liveness.QuestionAnswered(), now)

    def nothing_due(self, now: float) -> Sequence[Order]:
        """It was not asked: the caller waits for nothing."""
        return self._liveness.step(liveness.NothingDue(), now)

    def ready(self, now: float) -> Sequence[Order]:
        """A session that was to be opened is configured."""
        return self._reconnect.step(reconnect.Ready(), now)

    def began(self, life: float | None, now: float, *, can_be_asked: bool = False) -> Sequence[Order]:
        """A session took the line; see `SessionBegan`."""
        began = SessionBegan(life, can_be_asked)
        orders: list[Order] = [*self._liveness.step(began, now)]
        orders += self._rollover.step(began, now)
        if self._pending_response.speaking is None:
            orders += self._rollover.step(rollover.Idle(), now)
        return orders

    def playback(self, now: float, *, playing: bool) -> Sequence[Order]:
        """The caller hears the agent from now on, or no more."""
        return self._rollover.step(rollover.Playback(playing), now)

    def left(self, now: float) -> Sequence[Order]:
        """The session on the line is no more on it: nothing is expected of it."""
        return [
            *self._response_timeout.step(response_timeout.Ended(), now),
            *self._liveness.step(liveness.Left(), now),
        ]

    def lost(self, lost: SessionLost, now: float) -> Sequence[Order]:
        """It was lost, and there is no successor."""
        limited, full = disconnects.by_limit(lost.code), lost.code == disconnects.ACCOUNT_FULL
        fact = reconnect.Lost(lost.code, lost.message, lost.fatal, limited, full)
        return [*self._rollover.step(rollover.SessionGone(), now), *self._reconnect.step(fact, now)]

    def successor(self, now: float, *, ready: bool) -> Sequence[Order]:
        """The successor is configured, or is lost."""
        fact = rollover.SuccessorReady() if ready else rollover.SuccessorLost()
        return self._rollover.step(fact, now)

    def on_fact(
        self, fact: SessionFact, now: float, *, answers_by_itself: bool, interrupts: bool = False
    ) -> Sequence[Order]:
        """Follow a fact of the session on the line, one of `HEEDED`; `pending_response` has followed it."""
        match fact:
            case ResponseStarted():
                busy = self._rollover.step(rollover.Busy(), now)
                return [*self._response_timeout.step(response_timeout.Started(), now), *busy]
            case CallerStartedSpeaking():
                stops = interrupts and self._pending_response.spoke
                busy = self._rollover.step(rollover.Busy(), now)
                return [*self._response_timeout.step(response_timeout.Interrupted(stops), now), *busy]
            case CallerStoppedSpeaking():
                if answers_by_itself:
                    return self.expected(now)
                return self._rollover.step(rollover.Idle(), now)
            case ResponseEnded():
                return self._ended(fact, now)
            case SessionFault() if self._pending_response.question is not None:
                # Refused outright for the account's limit: no response, failed or not, will tell of it.
                if error_policy.of_code(fact.code) is Reaction.BACK_OFF:
                    failed = reconnect.Failed(fact.code, Reaction.BACK_OFF)
                    ended = self._response_timeout.step(response_timeout.Ended(), now)
                    return [*ended, *self._reconnect.step(failed, now)]
            case _:
                pass
        return []

    def _ended(self, ended: ResponseEnded, now: float) -> Sequence[Order]:
        """Judge a response."""
        fruitless = not self._pending_response.spoke and ended.status not in ("completed", "failed")
        orders: list[Order] = [*self._response_timeout.step(response_timeout.Ended(fruitless), now)]
        if self._pending_response.speaking is None:
            orders += self._rollover.step(rollover.Idle(), now)
        if ended.status == "failed":
            reaction = error_policy.of_code(ended.error)
            if reaction is not Reaction.FATAL:  # for that, the session's loss follows
                orders += self._reconnect.step(reconnect.Failed(ended.error, reaction), now)
        elif self._pending_response.spoke or ended.status == "completed":
            orders += self._reconnect.step(reconnect.Succeeded(), now)
        return orders


def _patient(timeouts: ResponseTimeouts, detections: Iterable[TurnDetection | None]) -> ResponseTimeouts:
    """Allow for detection by meaning: it may wait up to 8 s before it takes a turn for finished."""
    if any(one is not None and one.type == "semantic_vad" for one in detections):
        return dataclasses.replace(timeouts, answer=max(timeouts.answer, 10.0))
    return timeouts
