"""The conversation: a pure state machine between a leg and a session. Facts in, orders out.

It knows no socket, task or clock: the time is an argument. Every fact of a call passes through `step` in
the order in which it happened, and the orders it returns are carried out before the next fact.
"""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from gateway.bridge.closing import Closing
from gateway.bridge.digits import Digits
from gateway.bridge.ears import Act, Ears, Scene
from gateway.bridge.on_air import OnAir
from gateway.bridge.outage import Outage
from gateway.bridge.policy import Policy, Turns
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallerVoice,
    CallTool,
    CancelResponse,
    Commit,
    Digit,
    Drain,
    Duck,
    Ending,
    Fact,
    FinishItem,
    Flush,
    Flushed,
    GiveUp,
    HangUp,
    LegEnded,
    Listen,
    Order,
    Play,
    Played,
    Reason,
    Respond,
    ResponseEnded,
    ResponseStarted,
    Result,
    SessionFault,
    SessionLost,
    SessionReady,
    Spent,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
    ToolThen,
)

__all__ = ("Conversation", "Phase", "Policy")

GO_ON = Respond(
    "The caller made a noise but said nothing. Do not mention it. Take up the sentence in which you were "
    "cut off: say it again from its beginning and go on, in the same language."
)
STILL_THERE = Respond(
    "The caller has been silent for a while. Ask in one short sentence, in the language of the conversation, "
    'whether they are still there: "Are you still there?"'
)
MAX_FAILURES = 2
"""Failed responses in a row after which the session counts as lost."""
LOWERED = 0.2
"""-14 dB: out of the caller's way, and still there if it was a cough."""


class Phase(Enum):
    """Where in its life a call is."""

    RINGING = "ringing"
    TALKING = "talking"
    CLOSING = "closing"
    OVER = "over"


class Conversation:
    """One call's course. Feed it with `step`; read `ending` once it is over."""

    def __init__(self, policy: Policy, now: float = 0.0, *, answered: bool = False) -> None:
        self.policy = policy
        self.phase = Phase.TALKING if answered else Phase.RINGING
        self.ending: Ending | None = None
        self._on_air = OnAir()
        self._digits = Digits()
        self._began = now
        self._answer_ordered = answered  # a menu before the agent has answered already
        self._ready_at: float | None = None
        self._last_sound = now
        self._active: str | None = None  # the response being generated
        self._cut: set[str] = set()  # responses of which nothing more may be heard
        self._response_began = now
        self._greeting_over = False
        self._caller_speaking = False
        self._turn_open = False  # the caller has spoken and the model has not begun to answer
        self._turn_since = now
        self._ears = Ears(policy)
        self._cut_for_turn = False
        self._speaks_up = False  # the session does, by itself
        self._asked_up = False  # since the caller was heard last
        self._tools: set[str] = set()  # calls whose results the model still waits for
        self._next: Respond | None = None  # ask for it as soon as no response is active
        self._failures = 0  # failed responses in a row
        self._outage = Outage(policy.hold_after, policy.hold_every)
        self._limit: Ending | None = None  # why the call is being ended over the agent's head
        self._closing = Closing(policy.last_words, policy.after_last_word)

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact at `now` (seconds, any origin, never backwards) and say what to do about it."""
        if self.phase is Phase.OVER:
            return []
        match fact:
            case AgentAudio():
                return self._agent_audio(fact, now)
            case Tick():
                return self._tick(now)
            case CallerVoice() | CallerStartedSpeaking():
                return self._caller_speaks(fact, now)
            case Flushed():
                return [*self._on_air.flushed(fact), *self._closing_orders(now)]
            case Played():
                return self._played(fact, now)
            case LegEnded():
                return self._over(fact.ending)
            case SessionReady() | SessionLost() | SessionFault() | ResponseStarted() | ResponseEnded():
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
                self._last_sound = now
            case AgentAudioDone():
                if fact.response_id not in self._cut and self._on_air.sent_all(fact.item_id):
                    return [FinishItem(fact.item_id)]
            case CallerStoppedSpeaking():
                self._caller_speaking = False
                self._last_sound = self._turn_since = now
            case Digit():
                self._caller_heard(now)
                if self.policy.turns is Turns.KEY and fact.digit == self.policy.talk_key:
                    return self._do(self._ears.key(self._scene(now), now), now)
                return self._keyed(self._digits.pressed(fact.digit, now))
            case Spent():
                return self._spent(fact.usd, now)
            case Drain():
                return self._hang_up(Result.COMPLETED, Reason.SHUTDOWN)
            case _:
                pass  # transcripts and harmless faults concern the records alone
        return []

    def _tick(self, now: float) -> list[Order]:
        policy = self.policy
        if self.phase is Phase.RINGING and not self._answer_ordered and self._must_answer(now):
            return self._answer()
        if now - self._began >= policy.max_duration:
            self._limit_reached(Reason.MAX_DURATION, now)
        if self._on_air or self._active or self._caller_speaking or self._tools:
            self._last_sound = now
        elif self.phase is Phase.TALKING and now - self._last_sound >= policy.max_silence:
            return self._hang_up(Result.COMPLETED, Reason.MAX_SILENCE)
        self._notice_idleness(now)
        if self._turn_open and not self._caller_speaking and now - self._turn_since > 3.0:
            self._turn_open = False  # a cough: the model saw no turn in it
        orders = self._keyed(self._digits.passed(now))
        if self._caller_speaking and self._interrupts_late(now):
            orders += self._barge_in()
        orders += self._do(self._ears.passed(self._scene(now), now), now)
        if self.policy.hold and not self._on_air and (name := self._outage.hold(now)):
            orders += [Play(name, self.policy.hold), FinishItem(name)]
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

    def _notice_idleness(self, now: float) -> None:
        idle = self.policy.idle_timeout
        if idle is None or self._speaks_up or self._asked_up or self.phase is not Phase.TALKING:
            return
        if now - self._last_sound >= idle:
            self._asked_up = True
            self._next = STILL_THERE

    def _caller_heard(self, now: float) -> None:
        self._last_sound = now
        self._asked_up = False
        if self._next in (GO_ON, STILL_THERE):
            self._next = None

    def _must_answer(self, now: float) -> bool:
        if self.policy.answer_at_once:
            return True
        return self._ready_at is not None and now - self._ready_at >= self.policy.wait_for_greeting

    def _answer(self) -> list[Order]:
        self._answer_ordered = True
        return [Answer()]

    def _keyed(self, text: str) -> list[Order]:
        if not text:
            return []
        self._next = Respond()
        told = AddText("user", f"[The caller pressed {text} on the keypad.]")
        silenced = self._barge_in() if self._on_air or self._active else []
        return [*silenced, told, *self._speak_if_free()]

    # --- the agent speaks ----------------------------------------------------------------------------

    def _agent_audio(self, fact: AgentAudio, now: float) -> list[Order]:
        if fact.response_id in self._cut or self.phase is Phase.OVER:
            return []
        if not self._on_air:
            self._response_began = now
        self._last_sound = now
        self._on_air.add(fact.response_id, fact.item_id, len(fact.pcm))
        play = Play(fact.item_id, fact.pcm)
        return [play] if self._answer_ordered else [play, *self._answer()]

    def _played(self, fact: Played, now: float) -> list[Order]:
        self._on_air.heard(fact.item_id)
        self._last_sound = now
        if self._on_air or self._greeting_over or self._active:
            return self._closing_orders(now)
        return [*self._greeting_ends(), *self._closing_orders(now)]

    def _greeting_ends(self) -> list[Order]:
        self._greeting_over = True
        return [Listen(on=True)] if self._deafens else []

    @property
    def _deafens(self) -> bool:
        """True if the session must not hear the caller during the greeting."""
        return not self.policy.greeting_interruptible and self.policy.turns is Turns.SESSION

    def _speak_if_free(self) -> list[Order]:
        if self._next is None or self._active or self._tools or self._turn_open or self._ears.turn_open:
            return []
        asked, self._next = self._next, None
        return [asked]

    # --- the caller speaks over the agent ------------------------------------------------------------

    def _caller_speaks(self, fact: CallerVoice | CallerStartedSpeaking, now: float) -> list[Order]:
        if isinstance(fact, CallerVoice):
            if fact.on:
                self._caller_heard(now)
            return self._do(self._ears.voice(fact, self._scene(now), now), now)
        cut_already = self._ears.session_noticed()
        self._caller_heard(now)
        self._caller_speaking = self._turn_open = True
        self._turn_since = now
        if cut_already or not self.policy.barge_in or self._too_early(now):
            return []
        return self._barge_in()

    def _too_early(self, now: float) -> bool:
        return bool(self._on_air) and (now - self._response_began) * 1000 < self.policy.ignore_first_ms

    def _interrupts_late(self, now: float) -> bool:
        """Say whether the caller began inside the ignore window and is speaking on after it."""
        window_held = self._turn_since < self._response_began + self.policy.ignore_first_ms / 1000
        return self.policy.barge_in and bool(self._on_air) and window_held and not self._too_early(now)

    def _barge_in(self, *, unasked: bool = False) -> list[Order]:
        """Flush always: seconds of audio may be queued long after the response was done.

        `unasked`: the session has not noticed the caller, and does not stop its response by itself.
        """
        orders: list[Order] = [Flush()]
        self._ears.flushed()
        self._cut |= self._on_air.responses
        if self._active is not None:
            self._cut.add(self._active)
            if unasked or not self.policy.session_interrupts:
                orders.append(CancelResponse(self._active))
        return orders

    # --- our own ears --------------------------------------------------------------------------------

    def _scene(self, now: float) -> Scene:
        greeted = self._greeting_over or (self._ready_at is not None and self.policy.greeting_interruptible)
        audible = bool(self._on_air.responses - self._cut)
        return Scene(audible, greeted, self._too_early(now), known=self._caller_speaking)

    def _do(self, act: Act | None, now: float) -> list[Order]:
        match act:
            case None:
                return []
            case Act.CUT:
                return self._barge_in(unasked=True)
            case Act.LOWER | Act.RAISE:
                return [Duck(LOWERED if act is Act.LOWER else 1.0)]
            case Act.GO_ON:
                if not self._turn_open and self.phase is Phase.TALKING:
                    self._next = self._next or GO_ON
                return []
            case Act.BEGIN:
                return self._turn_begins(now)
            case Act.ANSWER | Act.FORGET:
                return self._turn_ends(now, said=act is Act.ANSWER)

    def _turn_begins(self, now: float) -> list[Order]:
        self._caller_heard(now)
        self._caller_speaking = self._turn_open = True
        self._turn_since = now
        self._cut_for_turn = self.policy.barge_in and bool(self._on_air or self._active)
        silenced = self._barge_in() if self._cut_for_turn else []
        return [*silenced, Listen(on=True, before_ms=self._ears.before_ms)]

    def _turn_ends(self, now: float, *, said: bool) -> list[Order]:
        self._caller_speaking = self._turn_open = False
        self._last_sound = now
        if said:
            self._next = Respond()
        elif self._cut_for_turn:
            self._next = GO_ON
        committed: list[Order] = [Commit()] if said else []
        return [*committed, Listen(on=False), *self._speak_if_free()]

    # --- the session ---------------------------------------------------------------------------------

    def _session_fact(
        self, fact: SessionReady | SessionLost | SessionFault | ResponseStarted | ResponseEnded, now: float
    ) -> list[Order]:
        match fact:
            case SessionReady():
                self._speaks_up = fact.speaks_up
                return self._session_ready(now)
            case SessionLost():
                return self._session_lost()
            case SessionFault():
                if fact.code == "reconnecting":
                    self._outage.began(now)
                return []  # all others are harmless to the call
            case ResponseStarted():
                self._active, self._turn_open = fact.response_id, False
                if self._ears.turn_open and self.policy.barge_in:  # asked for before the caller began
                    self._cut.add(fact.response_id)
                    return [CancelResponse(fact.response_id)]
                return []
            case ResponseEnded():
                return self._response_ended(fact, now)

    def _session_ready(self, now: float) -> list[Order]:
        self._outage.over()
        if self._ready_at is not None:
            return []  # reconnected: the conversation goes on where it was
        self._ready_at = now
        memory: list[Order] = [*self.policy.memory]
        if self.policy.greeting is None:
            self._greeting_over = True
            return memory if self._answer_ordered else [*memory, *self._answer()]
        deaf: list[Order] = [Listen(on=False)] if self._deafens else []
        return [*memory, *deaf, Respond(self.policy.greeting)]

    def _session_lost(self) -> list[Order]:
        """Leave the caller to an apology; one who hangs up on the last word has heard enough."""
        if self.ending is not None:
            return []
        if self.phase is Phase.CLOSING and self._limit is None:
            return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)
        if self._answer_ordered:
            return self._give_up(self._limit or Ending(Result.FAILED, Reason.SESSION_LOST))
        return self._give_up(Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503))

    def _response_ended(self, fact: ResponseEnded, now: float) -> list[Order]:
        if self._active == fact.response_id:
            self._active = None
        self._last_sound = now
        if fact.status != "failed":
            self._failures = 0
        elif (failures := self._failures) < MAX_FAILURES:
            self._failures = failures + 1
            self._next = Respond()
        else:
            return self._session_lost()
        greeting_ends = [] if self._on_air or self._greeting_over else self._greeting_ends()
        return [*greeting_ends, *self._speak_if_free(), *self._closing_orders(now)]

    # --- tools ---------------------------------------------------------------------------------------

    def _tool_fact(self, fact: ToolCalled | ToolReturned, now: float) -> list[Order]:
        if isinstance(fact, ToolCalled):
            self._tools.add(fact.call_id)
            return [CallTool(fact.call_id, fact.name, fact.arguments)]
        self._tools.discard(fact.call_id)
        orders: list[Order] = [SubmitToolResult(fact.call_id, fact.output)]
        if fact.then is ToolThen.HANG_UP and self.phase is Phase.TALKING:
            self.phase = Phase.CLOSING
            self._closing.begin(now)
        elif fact.then is ToolThen.SPEAK and not self._turn_open:
            # A result that comes after the caller has begun to speak belongs to the answer of that turn:
            # asking for a response of its own would talk over it.
            self._next = Respond()
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

    # --- the end -------------------------------------------------------------------------------------

    def _closing_orders(self, now: float) -> list[Order]:
        """Hang up once the last word was heard, or when its time is over."""
        if not self._closing.over(now, busy=bool(self._on_air or self._active)):
            return []
        if self._limit is not None and self.ending is None:
            return self._give_up(self._limit)
        return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)

    def _spent(self, usd: Decimal | None, now: float) -> list[Order]:
        if usd is not None and self.policy.max_cost is not None and usd >= self.policy.max_cost:
            self._limit_reached(Reason.MAX_COST, now)
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
