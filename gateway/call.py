"""The vocabulary of a call: who calls whom, the Leg, Facts (what happened), Orders (what to do), how it ends.

Everything here is an immutable value. No I/O, no clock: `Conversation` reasons in these words alone, and
legs, sessions and records meet only through them. Audio in facts and orders is PCM16LE mono at 24 kHz,
the rate of the realtime protocol; a leg converts to what its line speaks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

# --- who and how -------------------------------------------------------------------------------------


LONGEST_SHOWN = 128
"""Characters: no number is longer, and no sane name."""


@dataclass(frozen=True, slots=True)
class Party:
    """One end of a call as its signalling names it: the user part of a SIP URI, and the display name."""

    user: str
    host: str = ""
    display_name: str = ""

    @property
    def shown(self) -> str:
        """The user part as a log or a model is told it; whoever decides on it needs all of it."""
        return self.user[:LONGEST_SHOWN]


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call before the first word: taken from the INVITE, never changed afterwards."""

    id: str
    """Ours: short, unique in the process, bound to every log line of the call."""
    sip_call_id: str
    caller: Party
    called: Party
    """From the Request-URI, on which the network routed; To may name somebody else (RFC 3261 8.1.1.1)."""
    to: Party = field(default_factory=lambda: Party(""))
    source: str = ""
    """Where the INVITE came from, `ip:port`."""
    transport: str = "udp"
    headers: Mapping[str, str] = field(default_factory=dict)
    """All other headers of the INVITE by lower-case name; the first value of each."""
    unclear: str = ""
    """What of the INVITE cannot be read, or in two ways: nobody is let in, or kept out, on a guess."""


class Result(StrEnum):
    """How a call ended, coarsely: the first thing an operator counts."""

    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Reason(StrEnum):
    """Why a call ended. A closed set, so that it can be counted and alarmed on."""

    CALLER_HUNG_UP = "caller_hung_up"
    AGENT_HUNG_UP = "agent_hung_up"
    PLAN_FINISHED = "plan_finished"
    CALLER_CANCELLED = "caller_cancelled"
    NO_PLAN = "no_plan"
    REJECTED_BY_PLAN = "rejected_by_plan"
    REDIRECTED = "redirected"
    BUSY = "busy"
    OVERLOADED = "overloaded"
    DRAINING = "draining"
    NOT_ACCEPTABLE = "not_acceptable"
    UNCLEAR = "unclear"
    NO_MEDIA = "no_media"
    MAX_DURATION = "max_duration"
    MAX_SILENCE = "max_silence"
    ECHO = "echo"
    MAX_COST = "max_cost"
    SESSION_UNAVAILABLE = "session_unavailable"
    SESSION_LOST = "session_lost"
    SIGNALLING_FAILED = "signalling_failed"
    SHUTDOWN = "shutdown"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class Ending:
    """The one end of a call. `status` is the SIP status of a call that was never answered, else 200."""

    result: Result
    reason: Reason
    status: int = 200


# --- facts: what happened ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answered:
    """The line is open both ways: 200 sent, ACK received, media running."""


@dataclass(frozen=True, slots=True)
class Digit:
    """A key pressed by the caller (RFC 4733 event or SIP INFO)."""

    digit: str
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """The phone side has pulled the last sample of this item: the caller has heard all of it."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Flushed:
    """The answer to `Flush`: what the caller really heard of the item then on air.

    `item_id` is the item last on air ("" if none ever was), `heard_ms` the milliseconds of it that left as
    RTP, `remaining_ms` what was dropped of it, `unheard` the later items of which nothing was heard.
    """

    item_id: str
    heard_ms: int
    remaining_ms: int
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CallerVoice:
    """The leg's own detector (`Detect`) hears the caller's voice begin or end; it knows nothing of words.

    `ago_ms`: how long ago that was: it takes some 80 ms to be sure of a beginning, 360 ms of an end.
    """

    on: bool
    ago_ms: int = 0


@dataclass(frozen=True, slots=True)
class Echoed:
    """The caller's turn that is over was the agent's own words coming back, the last of `times` in a row."""

    times: int


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The caller's side is over; nothing can be played any more."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class SessionReady:
    """The session is configured (`session.updated`): audio may flow and responses may be asked for.

    `speaks_up`: it was given the plan's idle time-out and speaks up by itself; else that is our business.
    """

    speaks_up: bool = False


@dataclass(frozen=True, slots=True)
class CallerStartedSpeaking:
    """`input_audio_buffer.speech_started`: offset in ms of the audio sent in this session."""

    item_id: str
    audio_start_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallerStoppedSpeaking:
    """`input_audio_buffer.speech_stopped`."""

    item_id: str
    audio_end_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The transcript of a caller's turn; it may arrive after the agent has begun to answer it."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """`response.created` of the call's own conversation (not out of band)."""

    response_id: str


@dataclass(frozen=True, slots=True)
class AgentAudio:
    """A piece of agent speech: PCM16LE mono 24 kHz, any length."""

    response_id: str
    item_id: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class AgentAudioDone:
    """The model has sent all audio of this item (the caller may still be hearing it)."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class AgentSaid:
    """The whole transcript of an agent item as generated, not as heard."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model asks for a function call; `arguments` is JSON text as it came, not yet trusted."""

    response_id: str
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolReturned:
    """A tool's result or error, as the text to hand to the model.

    `then` says what follows: the agent speaks about it, stays silent, or hangs up when all was heard.
    """

    call_id: str
    output: str
    then: ToolThen = field(default_factory=lambda: ToolThen.SPEAK)


class ToolThen(StrEnum):
    """What follows a tool's result."""

    SPEAK = "speak"
    WAIT = "wait"
    HANG_UP = "hang_up"


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens billed for a response or transcription (`usage` of the wire); cached counts are subsets."""

    input_text: int = 0
    input_audio: int = 0
    input_image: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    output_text: int = 0
    output_audio: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class ResponseEnded:
    """`response.done`: status completed, cancelled, failed or incomplete; `error`: code of a failure."""

    response_id: str
    status: str
    error: str = ""
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class SessionFault:
    """An `error` event: the session stays open. `event_id` names the client event that caused it, if any."""

    code: str
    message: str
    event_id: str = ""


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The connection is gone or of no more use. `fatal`: trying the same provider again cannot help."""

    code: str
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class CostUpdated:
    """What the call has cost so far at its models, in US dollars; None: not known."""

    usd: Decimal | None


@dataclass(frozen=True, slots=True)
class Summarised:
    """What the model said of the call when it was over, asked out of band; nobody on the line heard it."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; the only way in which the conversation learns of it between facts."""


@dataclass(frozen=True, slots=True)
class Drain:
    """The process is stopping and the call's grace is over: say nothing more, end now."""


LegFact = Answered | Digit | Played | Flushed | CallerVoice | LegEnded
SessionFact = (
    SessionReady
    | CallerStartedSpeaking
    | CallerStoppedSpeaking
    | CallerSaid
    | ResponseStarted
    | AgentAudio
    | AgentAudioDone
    | AgentSaid
    | ToolCalled
    | ResponseEnded
    | SessionFault
    | SessionLost
)
Fact = LegFact | SessionFact | ToolReturned | CostUpdated | Summarised | Echoed | Tick | Drain

# --- orders: what to do ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call (200 OK)."""


@dataclass(frozen=True, slots=True)
class Play:
    """Queue a piece of an item for the caller: PCM16LE mono 24 kHz."""

    item_id: str
    pcm: bytes


@dataclass(frozen=True, slots=True)
class FinishItem:
    """No more audio of this item will come: play out its tail and report `Played` when it was heard."""

    item_id: str


@dataclass(frozen=True, slots=True)
class Flush:
    """Silence the agent within one packet, at full level again afterwards; the leg answers with `Flushed`."""


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower the agent to this part of its level, 0.0 to 1.0, or with 1.0 raise it again."""

    factor: float


@dataclass(frozen=True, slots=True)
class Detect:
    """Report `CallerVoice` from now on, or no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call: BYE if answered, `ending.status` if not."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The agent cannot be had or is lost for good: leave the leg to an apology, or end it with this."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Listen:
    """Let the session hear the caller, or not (announcements that cannot be interrupted).

    `before_ms`: with this much of what the caller said just before and it did not hear.
    """

    on: bool
    before_ms: int = 0


@dataclass(frozen=True, slots=True)
class Respond:
    """Ask the model to speak (`response.create`); `instructions` replace the session's this one time."""

    instructions: str | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """Make what the session has heard of the caller a turn, where it does not find turns by itself."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Let the session forget what it has heard of the caller and was not made a turn."""


@dataclass(frozen=True, slots=True)
class CancelResponse:
    """Stop the response being generated (`response.cancel`)."""

    response_id: str


@dataclass(frozen=True, slots=True)
class Truncate:
    """Tell the model how much of an item was heard (`conversation.item.truncate`)."""

    item_id: str
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """Take an item of which nothing was heard out of the model's memory (`conversation.item.delete`)."""

    item_id: str


@dataclass(frozen=True, slots=True)
class CallTool:
    """Run a tool with a time-out; the answer comes back as `ToolReturned`."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class SubmitToolResult:
    """Hand a tool's output to the model (`function_call_output`), without asking it to speak."""

    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class AddText:
    """Add a text item to the model's memory as if the caller (`user`) or the system had written it."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class AddImage:
    """Show the model an image as if the caller had: a `data:image/...;base64,` URL, and words with it."""

    url: str
    text: str = ""


LegOrder = Answer | Play | FinishItem | Flush | Duck | Detect | HangUp
SessionOrder = (
    Respond | Commit | Clear | CancelResponse | Truncate | DeleteItem | SubmitToolResult | AddText | AddImage
)
Order = LegOrder | SessionOrder | CallTool | Listen | GiveUp

# --- the leg -----------------------------------------------------------------------------------------


class Leg(Protocol):
    """One person's side of a call. All methods are called on the asyncio thread and return at once.

    Facts and audio reach `on_fact` and `on_audio` on the same thread, in order, until `LegEnded`, which
    comes exactly once and last.
    """

    info: CallInfo

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        """Say where facts and the caller's audio (PCM16LE 24 kHz, whole 20 ms frames) go.

        What happened before is kept and delivered.
        """

    def rest(self, unread: Iterable[LegFact] = ()) -> None:
        """Stop listening: facts are kept for the next listener, `unread` ones first; audio is let go."""

    def carry_out(self, order: LegOrder) -> None:
        """Do one order. Orders after the end are ignored: the end may be on its way while they are given."""
