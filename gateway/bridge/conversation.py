"""The conversation: a pure state machine between a leg and a session. Facts in, orders out.

It knows no socket, task or clock: the time is an argument. Every fact of a call passes through `step` in
the order in which it happened, and the orders it returns are carried out before the next fact.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from gateway.bridge.digits import Digits
from gateway.bridge.on_air import OnAir
from gateway.call import (
    AddText,
    AgentAudio,
    AgentAudioDone,
    Answer,
    Answered,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallTool,
    CancelResponse,
    Digit,
    Drain,
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
    SessionLost,
    SessionReady,
    SubmitToolResult,
    Tick,
    ToolCalled,
    ToolReturned,
    ToolThen,
)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a plan says about the course of a call. Times in seconds unless named otherwise."""

    greeting: str | None = None
    """Instructions for the first response; None: the caller speaks first."""
    greeting_interruptible: bool = True
    answer_at_once: bool = False
    """Answer before the session is ready; otherwise the phone rings until the agent can speak."""
    wait_for_greeting: float = 0.8
    """How long the phone rings on, once the session is ready, for the first audio of the greeting."""
    barge_in: bool = True
    session_interrupts: bool = True
    """The session stops its own response when the caller speaks (`interrupt_response`)."""
    ignore_first_ms: int = 0
    """The agent cannot be interrupted in the first milliseconds of a response (echo, a caller's breath)."""
    max_duration: float = 3600.0
    max_silence: float = 60.0
    """Nobody has spoken for so long: the line is dead or forgotten."""
    last_words: float = 15.0
    """The longest that a call is kept open so that the agent can finish after it decided to hang up."""
    after_last_word: float = 0.25
    """Between the last sample and the BYE: the phone's jitter buffer has to play out."""


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
        self._tools: set[str] = set()  # calls whose results the model still waits for
        self._speak_next = False  # ask for a response as soon as none is active
        self._failures = 0  # failed responses in a row
        self._close_at: float | None = None  # hang up then, whatever is still on air
        self._quiet_since: float | None = None  # in CLOSING: since when nothing is left to be heard

    def step(self, fact: Fact, now: float) -> list[Order]:
        """Take in one fact at `now` (seconds, any origin, never backwards) and say what to do about it."""
        if self.phase is Phase.OVER:
            return []
        match fact:
            case AgentAudio():
                return self._agent_audio(fact, now)
            case Tick():
                return self._tick(now)
            case CallerStartedSpeaking():
                return self._caller_started(now)
            case Flushed():
                return [*self._on_air.flushed(fact), *self._closing_orders(now)]
            case Played():
                return self._played(fact, now)
            case LegEnded():
                return self._over(fact.ending)
            case SessionReady() | SessionLost() | ResponseStarted() | ResponseEnded():
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
                self._last_sound = now
                return self._keyed(self._digits.pressed(fact.digit, now))
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
            return self._hang_up(Result.COMPLETED, Reason.MAX_DURATION)
        if self._on_air or self._active or self._caller_speaking or self._tools:
            self._last_sound = now
        elif self.phase is Phase.TALKING and now - self._last_sound >= policy.max_silence:
            return self._hang_up(Result.COMPLETED, Reason.MAX_SILENCE)
        if self._turn_open and not self._caller_speaking and now - self._turn_since > 3.0:
            self._turn_open = False  # a cough: the model saw no turn in it
        orders = self._keyed(self._digits.passed(now))
        if self._caller_speaking and self._interrupts_late(now):
            orders += self._barge_in()
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

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
        self._speak_next = True
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
        return [] if self.policy.greeting_interruptible else [Listen(on=True)]

    def _speak_if_free(self) -> list[Order]:
        if not self._speak_next or self._active or self._tools or self._turn_open:
            return []
        self._speak_next = False
        return [Respond()]

    # --- the caller speaks over the agent ------------------------------------------------------------

    def _caller_started(self, now: float) -> list[Order]:
        self._caller_speaking = self._turn_open = True
        self._turn_since = self._last_sound = now
        if not self.policy.barge_in or self._too_early(now):
            return []
        return self._barge_in()

    def _too_early(self, now: float) -> bool:
        return bool(self._on_air) and (now - self._response_began) * 1000 < self.policy.ignore_first_ms

    def _interrupts_late(self, now: float) -> bool:
        """Say whether the caller began inside the ignore window and is speaking on after it."""
        window_held = self._turn_since < self._response_began + self.policy.ignore_first_ms / 1000
        return self.policy.barge_in and bool(self._on_air) and window_held and not self._too_early(now)

    def _barge_in(self) -> list[Order]:
        """Flush always: seconds of audio may be queued long after the response was done."""
        orders: list[Order] = [Flush()]
        self._cut |= self._on_air.responses
        if self._active is not None:
            self._cut.add(self._active)
            if not self.policy.session_interrupts:
                orders.append(CancelResponse(self._active))
        return orders

    # --- the session ---------------------------------------------------------------------------------

    def _session_fact(
        self, fact: SessionReady | SessionLost | ResponseStarted | ResponseEnded, now: float
    ) -> list[Order]:
        match fact:
            case SessionReady():
                return self._session_ready(now)
            case SessionLost():
                return self._session_lost()
            case ResponseStarted():
                self._active, self._turn_open = fact.response_id, False
                return []
            case ResponseEnded():
                return self._response_ended(fact, now)

    def _session_ready(self, now: float) -> list[Order]:
        if self._ready_at is not None:
            return []  # reconnected: the conversation goes on where it was
        self._ready_at = now
        if self.policy.greeting is None:
            self._greeting_over = True
            return [] if self._answer_ordered else self._answer()
        deaf: list[Order] = [] if self.policy.greeting_interruptible else [Listen(on=False)]
        return [*deaf, Respond(self.policy.greeting)]

    def _session_lost(self) -> list[Order]:
        """Leave the caller to an apology; one who hangs up on the last word has heard enough."""
        if self.ending is not None:
            return []
        if self.phase is Phase.CLOSING:
            return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)
        if self._answer_ordered:
            self.ending = Ending(Result.FAILED, Reason.SESSION_LOST)
        else:
            self.ending = Ending(Result.FAILED, Reason.SESSION_UNAVAILABLE, 503)
        self.phase = Phase.OVER
        return [GiveUp(self.ending)]

    def _response_ended(self, fact: ResponseEnded, now: float) -> list[Order]:
        if self._active == fact.response_id:
            self._active = None
        self._last_sound = now
        if fact.status != "failed":
            self._failures = 0
        elif (failures := self._failures) < MAX_FAILURES:
            self._failures = failures + 1
            self._speak_next = True
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
            self._close_at = now + self.policy.last_words
        elif fact.then is ToolThen.SPEAK and not self._turn_open:
            # A result that comes after the caller has begun to speak belongs to the answer of that turn:
            # asking for a response of its own would talk over it.
            self._speak_next = True
        return [*orders, *self._speak_if_free(), *self._closing_orders(now)]

    # --- the end -------------------------------------------------------------------------------------

    def _closing_orders(self, now: float) -> list[Order]:
        """Hang up once the last word was heard, or when its time is over."""
        if self.phase is not Phase.CLOSING or self._close_at is None:
            return []
        if self._on_air or self._active:
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        quiet = self._quiet_since is not None and now - self._quiet_since >= self.policy.after_last_word
        if not quiet and now < self._close_at:
            return []
        return self._hang_up(Result.COMPLETED, Reason.AGENT_HUNG_UP)

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


MAX_FAILURES = 2
"""Failed responses in a row after which the session counts as lost."""
