"""Orders: what is to be done with a leg, a session or a tool. Immutable values.

Audio is PCM16LE mono at 24 kHz; a leg converts to what its line speaks.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.call.approval import AnswerApproval
from gateway.call.destination import Destination
from gateway.call.ending import Ending
from gateway.call.mixing import MixOrder
from gateway.call.tones import HearTones

KEYS = frozenset("0123456789*#ABCD")
"""What a telephone has (RFC 4733 section 3.2)."""


@dataclass(frozen=True, slots=True)
class Ring:
    """Let the caller hear that the phone rings (180), while what will be said is prepared.

    `early`: hear what is played before the answer instead (183), as far as the caller's side lets them.
    Towards an address that nobody vouches for, neither a trunk nor this machine, that is a second of it.
    """

    early: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer the call (200 OK)."""


@dataclass(frozen=True, slots=True)
class Play:
    """Queue a piece of an item for the caller: PCM16LE mono 24 kHz."""

    item_id: str
    pcm: bytes
    words: str = ""
    """What is said in it, where the gateway plays it by itself; an agent's words come as `AgentSaid`."""


@dataclass(frozen=True, slots=True)
class FinishItem:
    """No more audio of this item will come: play out its tail and report `Played` when it was heard.

    `awaited`: something is to be done as soon as it was.
    """

    item_id: str
    awaited: bool = False


@dataclass(frozen=True, slots=True)
class Flush:
    """Silence the agent within one packet, at full level again afterwards; the leg answers with `Flushed`."""


@dataclass(frozen=True, slots=True)
class Duck:
    """Lower the agent to this part of its level, 0.0 to 1.0, or with 1.0 raise it again."""

    factor: float


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence the agent within one packet, who goes on where they stopped when it is over; or end that.

    A `Flush` ends it, too.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class SuppressEcho:
    """Let the session hear nothing of the agent's voice that comes back from the caller's side, or all again.

    Native mode; records and joined legs hear it in any case.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class MakeNoise:
    """Play a faint noise behind everything, so many dB below overload; 0: no more. Native mode."""

    below_db: int


@dataclass(frozen=True, slots=True)
class Remind:
    """Give a `Tick` after so many seconds, beside those of the clock: something is due then."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Detect:
    """Report `CallerVoice` from now on, or no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class HearKeys:
    """Take tones of keys in the caller's sound for keys from now on, or no more."""

    on: bool


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the call: BYE if answered, `ending.status` if not."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class UseCodecs:
    """Take one of these codecs when the call is answered, the best first: `pcmu`, `pcma`, `g722`, `opus`.

    So with later offers. Empty: as the trunk or the settings have it. A call whose offer has none of them is
    refused with 488 at once.
    """

    codecs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Withhold:
    """Let what is played wait, and send silence, until it is known who is there to hear it; or go on.

    Of a call of ours nothing leaves before the answer in any case.
    """

    on: bool


@dataclass(frozen=True, slots=True)
class Redirect:
    """Send a caller elsewhere (302) instead of answering: the call ends with `REDIRECTED`.

    `contact`: a SIP URI built from checked parts.
    """

    contact: str


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Press keys, one after another (RFC 4733 events)."""

    digits: str


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the call on hold: nobody hears the caller, who goes on hearing what is played.

    The leg answers with `Held`. `tells`: with a re-INVITE (`a=sendonly`), so that the caller's phone shows
    it; without, only we know.
    """

    tells: bool = True


@dataclass(frozen=True, slots=True)
class Resume:
    """Take the call back from our hold; the leg answers with `Resumed`."""


@dataclass(frozen=True, slots=True)
class Refer:
    """Ask the far side to call somebody else instead of us (RFC 3515); it answers with `ReferProgress`.

    `replaces`: the id of another leg of ours, answered, whose place it is to take there (RFC 3891).
    """

    to: Destination
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRefer:
    """Call whom the far side wants us to go on with (`ReferAsked`), or do not.

    The leg is theirs when they answer (`ReferFollowed`); until then it stays with who has asked.
    """

    follow: bool


@dataclass(frozen=True, slots=True)
class ExpectMedia:
    """End the call, reason `no_media`, when nothing has come from the caller for so long; None: never."""

    seconds: float | None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The agent cannot be had or is lost for good: leave the leg to an apology, or end it with this."""

    ending: Ending


@dataclass(frozen=True, slots=True)
class Leave:
    """The call goes on in another plan: let go of the leg."""


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
class Instruct:
    """Give the model other instructions from now on, in place of those it has (`session.update`)."""

    instructions: str


@dataclass(frozen=True, slots=True)
class KeepSilent:
    """Have the model answer nobody from now on, though it hears all (`create_response`), or as before."""

    on: bool


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
    """Hand a tool's output to the model (`function_call_output`), without asking it to speak.

    `secret`: for the model alone, see `ToolReturned`.
    """

    call_id: str
    output: str
    secret: bool = False


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


@dataclass(frozen=True, slots=True)
class NotePlayback:
    """Tell the session whether the caller hears the agent: it is replaced while nothing is on air.

    The model is told nothing of it.
    """

    playing: bool


SignallingOrder = (
    Ring
    | Answer
    | UseCodecs
    | Withhold
    | Redirect
    | SendDigits
    | Hold
    | Resume
    | Refer
    | AnswerRefer
    | ExpectMedia
    | HangUp
)
EarOrder = Detect | HearKeys | HearTones | SuppressEcho
"""How a leg is to hear its caller."""
LegOrder = SignallingOrder | MixOrder | EarOrder | Play | FinishItem | Flush | Pause | Duck | MakeNoise
EventOrder = (
    Respond
    | Instruct
    | Commit
    | Clear
    | CancelResponse
    | Truncate
    | DeleteItem
    | SubmitToolResult
    | AnswerApproval
    | AddText
    | AddImage
)
"""Orders that are one event each, whatever the session is."""
ModelOrder = EventOrder | KeepSilent
SessionOrder = ModelOrder | NotePlayback
Order = LegOrder | SessionOrder | CallTool | Listen | GiveUp | Leave | Remind
