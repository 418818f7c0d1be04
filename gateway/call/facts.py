"""Facts: what happened in a call, to the leg, at the session, in time. Immutable values.

Audio is PCM16LE mono at 24 kHz, the rate of the realtime protocol.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.call.answered_by import AnsweredBy
from gateway.call.ending import Ending, Reason
from gateway.call.media_statistics import MediaStatistics
from gateway.call.mixing import Joined, Separated
from gateway.call.provider_tools import ProviderToolFact
from gateway.call.tones import ToneHeard
from gateway.call.transfer import ReferFact, Ringing, TransferFact
from gateway.call.usage import CostUpdated, Usage


@dataclass(frozen=True, slots=True)
class Answered:
    """The line is open both ways: 200 sent, ACK received, media running."""


@dataclass(frozen=True, slots=True)
class Held:
    """The call is on hold (RFC 3264 8.4): nothing but music is heard, and what comes is no speech.

    Told again to a listener who comes later. `ours`: we hold it, not the far side; told once where both do.
    """

    ours: bool = False


@dataclass(frozen=True, slots=True)
class Resumed:
    """Nobody holds the call any more; `ours`: we were the last to do so."""

    ours: bool = False


@dataclass(frozen=True, slots=True)
class Digit:
    """A key pressed by the caller (RFC 4733 event, SIP INFO, or its tones in the sound: `HearKeys`)."""

    digit: str
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class PlaybackStarted:
    """The packet with the first sample of this item has left for the caller, `ago_ms` ago."""

    item_id: str
    ago_ms: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Played:
    """The phone side has pulled the last sample of this item: the caller has heard all of it.

    Where nobody waits for that (`FinishItem`) it comes up to a tenth of a second later.
    """

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
    """The caller's turn that is over was the agent's own words coming back.

    `times`: how many turns more than others were such, up to this one.
    """

    times: int


@dataclass(frozen=True, slots=True)
class LegEnded:
    """The caller's side is over; nothing can be played any more."""

    ending: Ending
    media: MediaStatistics | None = field(default=None, compare=False)
    """What the leg counted until then: it makes no other end of this one."""
    cause: int | None = field(default=None, compare=False)
    """Why the network ended it (ITU-T Q.850), where it says so (RFC 3326)."""


@dataclass(frozen=True, slots=True)
class SessionReady:
    """The session is configured (`session.updated`): audio may flow and responses may be asked for.

    `server_idle_timeout`: it has the plan's idle time-out and speaks up by itself; else we have it do so.
    """

    server_idle_timeout: bool = False
    provider: str = field(default="", compare=False)
    """The name of the provider that it is at."""
    model: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class CallerStartedSpeaking:
    """`input_audio_buffer.speech_started`: offset in ms of the audio sent in this session."""

    item_id: str
    audio_start_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallerStoppedSpeaking:
    """`input_audio_buffer.speech_stopped`.

    `ago_ms`: how long before that the caller's last word ended: a server waits for silence to be sure.
    """

    item_id: str
    audio_end_ms: int = 0
    ago_ms: int = 0


@dataclass(frozen=True, slots=True)
class CallerSaid:
    """The transcript of a caller's turn; it may come after the agent has begun to answer. "": no words."""

    item_id: str
    text: str


@dataclass(frozen=True, slots=True)
class ResponseStarted:
    """`response.created` of the call's own conversation (not out of band).

    `knows_all`: it began after the model had got all that it was told; else it does not know the last of it.
    """

    response_id: str
    knows_all: bool = True


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
class AgentAudioDropped:
    """Audio of this item came that nobody will hear: another response spoke by then, or its own had ended."""

    response_id: str
    item_id: str


@dataclass(frozen=True, slots=True)
class AgentWrote:
    """The model has answered in writing what was to be spoken; nobody hears it."""

    response_id: str
    item_id: str
    text: str


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

    `then` says what follows: the agent speaks about it or not; the call ends or goes on when all was heard.
    """

    call_id: str
    output: str
    then: ToolThen = field(default_factory=lambda: ToolThen.SPEAK)
    secret: bool = False
    """For the model alone: nobody who listens to the call is told the output."""


class ToolThen(StrEnum):
    """What follows a tool's result."""

    SPEAK = "speak"
    WAIT = "wait"
    HANG_UP = "hang_up"
    MOVE_ON = "move_on"
    """The call goes on in another plan, when all was heard."""


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
class SessionInterrupted:
    """The connection is gone, for the reason named, and another one is being opened: the caller waits."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ResponseOverdue:
    """The caller has waited too long for the model's answer.

    `asked_again`: none had begun, and it was asked for once more; else one has, and nothing of it comes.
    """

    asked_again: bool


@dataclass(frozen=True, slots=True)
class SessionLost:
    """The connection is gone or of no more use. `fatal`: trying the same provider again cannot help."""

    code: str
    message: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit that is not one call's alone is reached, such as that of the day: it is to end politely."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class RecordingChanged:
    """The call is recorded from now on, or not: `started`, `paused` or `resumed`. For listeners alone."""

    to: str
    why: str = ""
    """The consent given, or who has ordered it."""


@dataclass(frozen=True, slots=True)
class MessageLeft:
    """The caller has left a message of so many seconds, which is in this file. For listeners alone."""

    file: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Summarised:
    """What the model said of the call when it was over, asked out of band; nobody on the line heard it."""

    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed; the only way in which the conversation learns of it between facts."""

    caller_db: float | None = None  # how loud the caller is, where that is known and matters


@dataclass(frozen=True, slots=True)
class OutsideOrder:
    """The order that follows is not of the call's plan: `by` has given it. For listeners alone.

    `order`: what it is, by its name.
    """

    by: str
    order: str


LegFact = (
    Ringing
    | Answered
    | Held
    | Resumed
    | Digit
    | Joined
    | Separated
    | PlaybackStarted
    | Played
    | Flushed
    | CallerVoice
    | ToneHeard
    | ReferFact
    | LegEnded
)
SessionFact = (
    SessionReady
    | CallerStartedSpeaking
    | CallerStoppedSpeaking
    | CallerSaid
    | ResponseStarted
    | AgentAudio
    | AgentAudioDone
    | AgentAudioDropped
    | AgentSaid
    | AgentWrote
    | ToolCalled
    | ProviderToolFact
    | ResponseEnded
    | SessionFault
    | SessionInterrupted
    | ResponseOverdue
    | SessionLost
)
Fact = (
    LegFact
    | SessionFact
    | TransferFact
    | ToolReturned
    | CostUpdated
    | LimitReached
    | RecordingChanged
    | MessageLeft
    | Summarised
    | Echoed
    | AnsweredBy
    | Tick
    | OutsideOrder
)
