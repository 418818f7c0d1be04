"""The conversation: a pure state machine between a leg and a session. Facts in, orders out.

It knows no socket, task or clock: the time is an argument. Every fact of a call passes through `step` in
the order in which it happened, and the orders it returns are carried out before the next fact.
"""

from __future__ import annotations

from enum import Enum

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CallTool,
    CostUpdated,
    Digit,
    Drain,
    Echoed,
    Ending,
    Fact,
    FinishItem,
    Flushed,
    GiveUp,
    HangUp,
    Held,
    LegEnded,
    Order,
    Play,
    Played,
    Reason,
    Respond,
    ResponseEnded,
    ResponseOverdue,
    ResponseStarted,
    Result,
    Resumed,
    SessionInterrupted,
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
    ToolThen,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.caller_turns import CallerTurns
from gateway.conversation.closing import GracefulHangup
from gateway.conversation.digits import KeyBuffer
from gateway.conversation.hold import HoldClock
from gateway.conversation.limits import CallLimits
from gateway.conversation.outage import HoldPrompts
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy, TurnMode
from gateway.conversation.responses import STILL_THERE, Responses
from gateway.conversation.silence import InactivityTimer

__all__ = ("Conversation", "Phase", "Policy")


SessionProgress = (
    SessionReady | SessionInterrupted | SessionLost | ResponseStarted | ResponseOverdue | ResponseEnded
)
"""What a session and its responses come to; the rest is audio, speech and tools."""


class Phase(Enum):
    """Where in its life a call is."""

    RINGING = "ringing"
    TALKING = "talking"
    CLOSING = "closing"
    OVER = "over"


class Conversation:
    """One call's course. Feed it with `step`; read `ending` once it is over.

    `answered`: when a menu before the agent has answered; None while it rings.
    """

    def __init__(self, policy: Policy, now: float = 0.0, *, answered: float | None = None) -> None:
        self.policy = policy
        self.phase = Phase.RINGING if answered is None else Phase.TALKING
        self.ending: Ending | None = None
        self._on_air = PlaybackTracker()
        self._responses = Responses()
        self._opening = AnswerPolicy(policy, answered=answered is not None)
        self._silence = InactivityTimer(policy.idle_timeout, policy.max_silence, now)
        self._caller = CallerTurns(policy, self._on_air, self._responses, self._opening, self._silence)
        self._digits = KeyBuffer()
        self._outage = HoldPrompts(policy.hold_after, policy.hold_every)
        self._hold = HoldClock(policy.max_hold)
        self._limits = CallLimits(policy.max_duration, policy.max_cost, answered)
        self._limit: Ending | None = None  # why the call is being ended over the agent's head
        self._closing = GracefulHangup(policy.last_words, policy.after_last_word)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact at `now` (seconds, any origin, never backwards) and say what to do about it."""
        if self.phase is Phase.OVER:
            return []
        match fact:
            case Held():
                self._hold.begin(now)
                return []
            case Resumed():
                self._hold.end(now)
                return []
            case Tick() if self._hold.held:
                return self._held(now)
            case Tick():
                return self._tick(self._hold.at(now), now)
            case _:
                return self._happened(fact, self._hold.at(now))

    def _happened(self, fact: Fact, now: float) -> list[Order]:
        match fact:
            case AgentAudio():
                return self._agent_audio(fact, now)
            case CallerVoice() | CallerStartedSpeaking() | CallerStoppedSpeaking():
                return self._caller_speaks(fact, now)
            case Flushed():
                return [*self._on_air.flushed(fact), *self._closing_orders(now)]
            case Played():
                return self._played(fact, now)
            case LegEnded():
                return self._over(fact.ending)
            case _ if isinstance(fact, SessionProgress):
                return self._session_fact(fact, now)
            case ToolCalled() | ToolReturned():
                return self._tool_fact(fact, now)
            case _:
                return self._other(fact, now)

    # --- the line ------------------------------------------------------------------------------------

    def _other(self, fact: Fact, now: float) -> list[Order]:
        match fact:
            case Answered():
                self.phase = Phase.TALKING if self.phase is Phase.RINGING else self.phase
                self._silence.since = now
                self._limits.answered(now)
            case AgentAudioDone():
                if fact.response_id not in self._responses.silenced and self._on_air.sent_all(fact.item_id):
                    return [FinishItem(fact.item_id)]
            case Digit():
                self._caller.heard(now)
                if self.policy.turns is TurnMode.KEY and fact.digit == self.policy.talk_key:
                    return self._caller.key(now)
                return self._keyed(self._digits.pressed(fact.digit, now))
            case CostUpdated():
                return self._limited(self._limits.spent(fact.usd), now)
            case Echoed():
                if self.policy.max_echoes is not None and fact.times >= self.policy.max_echoes:
                    return self._hang_up(Result.COMPLETED, Reason.ECHO)
            case Drain():
                return self._hang_up(Result.COMPLETED, Reason.SHUTDOWN)
            case _:
                pass  # transcripts and harmless faults concern the records alone
        return []

    def _held(self, now: float) -> list[Order]:
        """Let everything rest: nobody is there to be asked, told or waited for. Only the limits go on."""
        reason = Reason.MAX_HOLD if self._hold.too_long(now) else self._limits.passed(now)
        return [] if reason is None else self._hang_up(Result.COMPLETED, reason)

    def _tick(self, now: float, by_the_clock: float) -> list[Order]:
        """Let time pass: `now` has stood still on hold, the time from the answer is that `by_the_clock`."""
        if self.phase is Phase.RINGING and (answer := self._opening.passed(now)):
            return answer
        if (reason := self._limits.passed(by_the_clock)) is not None:
            self._limit_reached(reason, now)
        talking = self.phase is Phase.TALKING
        if self._on_air or self._caller.speaking or self._responses.busy:
            self._silence.since = now
        elif talking:
            if self._silence.too_long(now):
                return self._hang_up(Result.COMPLETED, Reason.MAX_SILENCE)
            if self._silence.asks(now):
                self._responses.next = STILL_THERE
        orders = [*self._keyed(self._digits.passed(now)), *self._caller.passed(now, goes_on=talking)]
        if self.policy.hold and not self._on_air and (name := self._outage.hold(now)):
            orders += [Play(name, self.policy.hold), FinishItem(name)]
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

    def _caller_speaks(
        self, fact: CallerVoice | CallerStartedSpeaking | CallerStoppedSpeaking, now: float
    ) -> list[Order]:
        if isinstance(fact, CallerStartedSpeaking):
            self._outage.speaks(now)
        elif isinstance(fact, CallerStoppedSpeaking):
            self._outage.spoke(now)
        return self._caller.speaks(fact, now)

    def _keyed(self, text: str) -> list[Order]:
        if not text:
            return []
        self._responses.next = Respond()
        told = AddText("user", f"[The caller pressed {text} on the keypad.]")
        silenced = self._caller.barge_in() if self._on_air or self._responses.active else []
        return [*silenced, told, *self._speak_if_free()]

    # --- the agent speaks ----------------------------------------------------------------------------

    def _agent_audio(self, fact: AgentAudio, now: float) -> list[Order]:
        if fact.response_id in self._responses.silenced:
            return []
        self._outage.over()
        if not self._on_air:
            self._caller.agent_began = now
        self._silence.since = now
        self._on_air.add(fact.response_id, fact.item_id, len(fact.pcm))
        play = Play(fact.item_id, fact.pcm)
        return [play] if self._opening.answered else [play, *self._opening.answer()]

    def _played(self, fact: Played, now: float) -> list[Order]:
        self._on_air.heard(fact.item_id)
        self._silence.since = now
        more = self._on_air or self._responses.active
        return [*([] if more else self._opening.over()), *self._closing_orders(now)]

    def _speak_if_free(self) -> list[Order]:
        if self._responses.next is None or self._caller.has_word:
            return []
        return [*self._responses.ask()]

    # --- the session ---------------------------------------------------------------------------------

    def _session_fact(self, fact: SessionProgress, now: float) -> list[Order]:
        match fact:
            case SessionReady():
                self._silence.idle = None if fact.speaks_up else self.policy.idle_timeout
                self._outage.mended(now)
                return self._opening.ready(now)
            case SessionLost():
                return self._session_lost()
            case SessionInterrupted():
                self._outage.began(now, lost=True)
                return []
            case ResponseOverdue():  # for which the caller has waited a while already
                self._outage.began(now - self.policy.hold_after / 2, lost=False)
                return []
            case ResponseStarted():
                self._outage.goes_on()
                self._responses.started(fact.response_id)
                return self._caller.answered()
            case ResponseEnded():
                if fact.status != "cancelled":  # by the caller, who still waits for what that was to say
                    self._outage.over()
                return self._response_ended(fact, now)

    def _session_lost(self) -> list[Order]:
        """Leave the caller to an apology; one who hangs up on the last word has heard enough."""
        if self.ending is not None:
            return []
        if self.phase is Phase.CLOSING and self._limit is None:
            return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)
        if self._opening.answered:
            return self._give_up(self._limit or Ending(Result.FAILED, Reason.SESSION_LOST))
        return self._give_up(Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503))

    def _response_ended(self, fact: ResponseEnded, now: float) -> list[Order]:
        self._silence.since = now
        self._responses.ended(fact.response_id)
        greeted = [] if self._on_air else self._opening.over()
        return [*greeted, *self._speak_if_free(), *self._closing_orders(now)]

    # --- tools ---------------------------------------------------------------------------------------

    def _tool_fact(self, fact: ToolCalled | ToolReturned, now: float) -> list[Order]:
        if isinstance(fact, ToolCalled):
            self._responses.tool_called(fact.call_id)
            return [CallTool(fact.call_id, fact.name, fact.arguments)]
        self._responses.tool_returned(fact.call_id)
        orders: list[Order] = [SubmitToolResult(fact.call_id, fact.output)]
        if fact.then is ToolThen.HANG_UP and self.phase is not Phase.CLOSING:
            # Also while it rings: the caller's ACK may come after a quick agent's goodbye.
            self.phase = Phase.CLOSING
            self._closing.begin(now)
        elif fact.then is ToolThen.SPEAK and not self._caller.turn_open:
            # A result that comes after the caller has begun to speak belongs to the answer of that turn:
            # asking for a response of its own would talk over it.
            self._responses.next = Respond()
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

    # --- the end -------------------------------------------------------------------------------------

    def _closing_orders(self, now: float) -> list[Order]:
        """Hang up once the last word was heard, or when its time is over."""
        if not self._closing.over(now, busy=bool(self._on_air or self._responses.active)):
            return []
        if self._limit is not None and self.ending is None:
            return self._give_up(self._limit)
        return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)

    def _limited(self, reason: Reason | None, now: float) -> list[Order]:
        if reason is not None:
            self._limit_reached(reason, now)
        return self._closing_orders(now)

    def _limit_reached(self, reason: Reason, now: float) -> None:
        """Let the agent finish its sentence; the caller is then told by somebody else why the call ends."""
        if self._limit is None and self.phase is not Phase.CLOSING:
            self._limit = Ending(Result.COMPLETED, reason)
            self.phase = Phase.CLOSING
            self._closing.begin(now)

    def _give_up(self, ending: Ending) -> list[Order]:
        """Leave the leg to whoever tells the caller why."""
        self.ending = ending
        self.phase = Phase.OVER
        return [GiveUp(ending)]

    def _hang_up(self, result: Result, reason: Reason, status: int = 200) -> list[Order]:
        """Order the end once; the leg confirms it with `LegEnded`."""
        if self.ending is not None:
            return []
        self.ending = Ending(result, reason, status)
        return [HangUp(self.ending)]

    def _over(self, ending: Ending) -> list[Order]:
        self.phase = Phase.OVER
        self.ending = ending
        return []
