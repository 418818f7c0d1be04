"""The conversation: a pure state machine between a leg and a session. Facts in, orders out.

It knows no socket, task or clock: the time is an argument. Every fact of a call passes through `step` in
the order in which it happened, and the orders it returns are carried out before the next fact.
"""

from __future__ import annotations

from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    AgentAudioDropped,
    Answered,
    AnsweredBy,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CostUpdated,
    Digit,
    Echoed,
    Ending,
    Fact,
    FinishItem,
    Flushed,
    LegEnded,
    LegState,
    LegStatus,
    LimitReached,
    NotePlayback,
    Order,
    Play,
    Played,
    Reason,
    Respond,
    ResponseEnded,
    ResponseStarted,
    Result,
    Ringing,
    SessionLost,
    SessionReady,
    Tick,
)
from gateway.conversation.answer_policy import AnswerPolicy
from gateway.conversation.awaited_answer import Remedy
from gateway.conversation.caller_turns import CallerTurns
from gateway.conversation.callers_wait import OF_WAIT, CallersWait
from gateway.conversation.end_of_call import EndOfCall, Phase
from gateway.conversation.hold import HoldClock
from gateway.conversation.kept_answer import PUT_BY
from gateway.conversation.line_changes import OF_OTHERS, LineChanges, LineFact
from gateway.conversation.playback import PlaybackTracker
from gateway.conversation.policy import Policy, TurnMode
from gateway.conversation.responses import Responses
from gateway.conversation.rest import Rest
from gateway.conversation.timers import (
    CallLimits,
    Inactivity,
    InactivityTimer,
    KeyBuffer,
)
from gateway.conversation.tool_use import ToolFact, ToolUse

__all__ = ("Conversation", "Policy")


SessionProgress = SessionReady | SessionLost | ResponseStarted | ResponseEnded
"""What a session and its responses come to; the rest is audio, speech and tools."""


class Conversation:
    """One call's course. Feed it with `step`; read `ending` once it is over.

    `leg` tells whether the call was answered, be it by a menu before the agent. It must have followed each
    fact and order by the time that the next fact is given to `step`.
    """

    def __init__(self, policy: Policy, leg: LegStatus, now: float = 0.0) -> None:
        self.policy = policy
        self._leg = leg
        self._on_air = PlaybackTracker()
        self._responses = Responses(policy.still_there)
        self._opening = AnswerPolicy(policy, leg)
        idle, most, asks = policy.idle_timeout, policy.max_silence, policy.asks_silent_caller
        self._silence = InactivityTimer(idle, most, asks=asks)
        if leg.answered_at is not None:
            self._silence.answered(now)  # by a menu; what was said there is over
        self._wait = CallersWait(policy)
        agent = self._on_air, self._responses, self._opening
        self._caller = CallerTurns(policy, *agent, self._silence, self._wait)
        self._digits = KeyBuffer()
        self._hold = HoldClock(policy.max_hold)
        self._limits = CallLimits(policy.max_duration, policy.max_cost, leg)
        self._end = EndOfCall(policy, leg)
        self._line = LineChanges(policy, self._hold, self._caller, self._responses, self._on_air, self._end)
        self._tools = ToolUse(self._responses, self._caller, self._end)
        timers = self._hold, self._limits, self._silence, self._digits, self._caller, self._wait
        self.rest = Rest(policy, leg, *timers, self._responses, self._on_air, self._tools, self._end)
        self._noted = False  # what the session was told of the playback

    @property
    def ending(self) -> Ending | None:
        """How the call ends or ended; None while nobody knows."""
        return self._end.ending

    @property
    def speaks(self) -> bool:
        """Whether something of the agent is on its way to the caller, or being made."""
        return bool(self._on_air) or self._responses.active is not None

    @property
    def asks_level(self) -> bool:
        """True while it matters how loud the caller is."""
        return self._caller.kept.waits or (self.policy.ignores_far_voices and self._caller.speaking)

    def take_keys(self) -> str:
        """Return what was keyed and not told: somebody asks for keys, and the caller was quicker."""
        return self._digits.take()

    def at(self, now: float) -> float:
        """Return the call's own time at `now` seconds: its clock stands still while the caller holds."""
        return self._hold.at(now)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact at `now` (seconds, any origin, never backwards) and say what to do about it."""
        if self._end.phase is Phase.OVER:
            return []
        orders = self._held_or_not(fact, now)
        for order in orders:
            if isinstance(order, Respond):
                self._wait.asked(order, self._hold.at(now))
                self._caller.asked(order)
        playing = bool(self._on_air) and not self._hold.held
        if playing is self._noted:
            return orders
        self._noted = playing
        return [*orders, NotePlayback(playing)]

    def _held_or_not(self, fact: Fact, now: float) -> list[Order]:
        match fact:
            case _ if isinstance(fact, LineFact):
                return self._line.happened(fact, now)
            case Tick() if self._hold.held:
                return self._held(now)
            case Tick():
                return self._tick(self._hold.at(now), now, fact.caller_db)
            case _ if self._line.listens and isinstance(fact, OF_OTHERS):
                return self._line.overheard(fact)
            case _ if type(fact) in PUT_BY and self._caller.kept.takes(fact, doubtful=self._caller.doubtful):
                return []
            case _:
                return self._happened(fact, self._hold.at(now))

    def _kept(self, now: float) -> list[Order]:
        """Take up what was put by of an answer, now that it is known what becomes of it."""
        return [order for fact in self._caller.kept.put_by() for order in self._happened(fact, now)]

    def _happened(self, fact: Fact, now: float) -> list[Order]:
        if type(fact) in OF_WAIT:
            self._wait.happened(fact, now)
        match fact:
            case AgentAudio():
                return self._agent_audio(fact, now)
            case CallerVoice() | CallerStartedSpeaking() | CallerStoppedSpeaking():
                self._tools.heard(fact, now)
                return [*self._caller.speaks(fact, now), *self._kept(now)]
            case AgentAudioDone() | AgentAudioDropped():
                return self._item_complete(fact)
            case Flushed():
                return [*self._on_air.flushed(fact), *self._closing_orders(now)]
            case Played():
                return self._played(fact, now)
            case _ if isinstance(fact, SessionProgress):
                return self._session_fact(fact, now)
            case _ if isinstance(fact, ToolFact):
                orders = self._tools.happened(fact, now)
                return [*orders, *self._speak_if_free(now), *self._closing_orders(now)]
            case CallerSaid():
                return [*self._tools.heard(fact, now), *self._caller.said(fact, now), *self._kept(now)]
            case _:
                return self._other(fact, now)

    def _other(self, fact: Fact, now: float) -> list[Order]:
        match fact:
            case Ringing() | Answered() | AnsweredBy():
                self._silence.line_opens(fact, now)
                return self._opening.told(fact)
            case Digit():
                return self._key_pressed(fact.digit, now)
            case CostUpdated() | LimitReached():
                if (reason := self._limits.reached(fact)) is not None:
                    self._end.limit_reached(reason, now)
                return self._closing_orders(now)
            case Echoed():
                return self._end.echoed(fact.times)
            case LegEnded():
                self._end.leg_ended(fact.ending)
                return []
            case _:
                return []  # transcripts and harmless faults concern the records alone

    def _held(self, now: float) -> list[Order]:
        """Let everything rest: nobody is there to be asked, told or waited for. Only the limits go on."""
        reason = Reason.MAX_HOLD if self._hold.too_long(now) else self._limits.due(now) or self._end.limit
        return [] if reason is None else self._end.hang_up(Result.COMPLETED, reason)

    def _tick(self, now: float, by_the_clock: float, caller_db: float | None) -> list[Order]:
        """Let time pass: `now` has stood still on hold, the time from the answer is that `by_the_clock`."""
        # While it rings, nothing else can be due; what is due in this tick as well comes with the next.
        if answer := self._opening.due(now):
            return answer
        # A limit first: from here on it forbids whatever would begin something new.
        if (reason := self._limits.due(by_the_clock)) is not None:
            self._end.limit_reached(reason, now)
        talking = self._end.phase is Phase.TALKING
        busy = bool(self._on_air) or self._caller.speaking or self._responses.busy
        # Silence before keys and turns: those ask for answers, and nobody is to answer on a dead line.
        silence = self._silence.due(now, busy=busy) if talking else None
        if silence is Inactivity.HANG_UP:
            return self._end.hang_up(Result.COMPLETED, Reason.MAX_SILENCE)
        if silence is Inactivity.PROMPT:
            self._responses.silent_caller()
        # Keys before turns: a number that is complete is an answer, and overtakes one that was cut off.
        orders = [*self._keyed(self._digits.due(now), now), *self._caller.passed(now, caller_db)]
        orders += self._kept(now)
        deaf = self._caller.speaking or self.rest.collects or self._leg.state is LegState.RINGING
        on_air, working, busy = bool(self._on_air), self._responses.calls, self._responses.busy
        orders += self._wait.due(now, on_air=on_air, heard=deaf, working=working, busy=busy)
        orders += self._unheard(now)
        self._responses.passed(now)
        orders += self._tools.due(now, busy=bool(on_air) or busy or self._caller.has_floor)
        # Last, when all that may be said next is known: one response is asked for, and only an agent that has
        # nothing more to say hangs up.
        return [*orders, *self._speak_if_free(now), *self._closing_orders(now)]

    def _key_pressed(self, key: str, now: float) -> list[Order]:
        self._caller.heard(now)
        if answered := self._tools.pressed(key, now):
            return [*self._caller.silence_agent(), *answered]
        if self.policy.turns is TurnMode.KEY and key == self.policy.talk_key:
            return self._caller.key(now)
        return self._keyed(self._digits.pressed(key, now), now)

    def _keyed(self, text: str, now: float) -> list[Order]:
        if not text:
            return []
        self._responses.answer_owed(to_caller=True)
        told = AddText("user", f"[The caller pressed {text} on the keypad.]")
        return [*self._caller.silence_agent(), told, *self._speak_if_free(now)]

    def _agent_audio(self, fact: AgentAudio, now: float) -> list[Order]:
        if fact.response_id in self._responses.silenced:
            return []
        self._wait.agent_heard()
        self._tools.heard(fact, now)
        self._silence.response_sounds(now)
        self._on_air.add(fact.response_id, fact.item_id, len(fact.pcm), now)
        # Sound first: a phone that is answered hears it in the first packet.
        return [Play(fact.item_id, fact.pcm), *self._opening.answer()]

    def _item_complete(self, fact: AgentAudioDone | AgentAudioDropped) -> list[Order]:
        if isinstance(fact, AgentAudioDropped) or fact.response_id in self._responses.silenced:
            return [*self._on_air.dropped(fact.item_id)]
        awaited = not self._opening.greeted or self._end.phase is Phase.CLOSING  # to listen, or to hang up
        return [FinishItem(fact.item_id, awaited)] if self._on_air.sent_all(fact.item_id) else []

    def _played(self, fact: Played, now: float) -> list[Order]:
        cut = self._on_air.heard(fact.item_id)
        self._silence.agent_heard(now)
        more = self._on_air or self._responses.active
        return [*cut, *([] if more else self._opening.over()), *self._closing_orders(now)]

    def _speak_if_free(self, now: float) -> list[Order]:
        if self._caller.has_floor:
            return []
        return self._tools.question(now) or [*self._responses.ask()]

    def _session_fact(self, fact: SessionProgress, now: float) -> list[Order]:
        match fact:
            case SessionReady():
                self._silence.session_ready(server_prompts=fact.server_idle_timeout)
                return self._opening.ready(now)
            case SessionLost():
                return self._end.session_lost()
            case ResponseStarted():
                self._responses.started(fact.response_id, knows_all=fact.knows_all)
                if not self._silence.response_began() and self._hold.held:
                    # An idle time-out knows nothing of holds: all that it asks would be heard afterwards.
                    return [*self._responses.silence(frozenset(), stop=True)]
                return self._caller.answered(now)
            case ResponseEnded():
                return self._response_ended(fact, now)

    def _response_ended(self, fact: ResponseEnded, now: float) -> list[Order]:
        self._silence.response_ended(now, broke=fact.status in ("failed", "cancelled"))
        self._responses.ended(fact.response_id)
        excused = fact.response_id in self._responses.silenced or self._caller.has_floor
        awaited = self._wait.response_ended(fact, now, excused=excused)
        greeted = [] if self._on_air or awaited else self._opening.over()
        return [*greeted, *self._unheard(now), *self._speak_if_free(now), *self._closing_orders(now)]

    def _unheard(self, now: float) -> list[Order]:
        """Make up for an answer that ended without a sound."""
        if self._caller.has_floor or self._end.phase is not Phase.TALKING:
            return []
        if (again := self._wait.again(now)) is not None:
            self._responses.repeat(again)
        match self._wait.remedy():
            case None:
                return []
            case Remedy.GIVE_UP:
                return self._end.session_lost()
            case Remedy.WORDS:
                return [*self._wait.words(), *self._opening.answer(), *self._opening.over()]

    def _closing_orders(self, now: float) -> list[Order]:
        """End the call if that was decided on and nothing of the agent is left to be heard."""
        if self._end.phase is Phase.TALKING:
            return []
        return self._end.due(now, busy=bool(self._on_air or self._responses.active))
