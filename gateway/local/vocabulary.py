"""The few words the embedded server is made of: what was heard, what is asked of an engine, what it gives.

An engine is handed a `Request` and yields pieces (`Speech`, `Text`, `ToolCallPiece`, ...) as each is ready;
the session turns them into events of the wire. Audio here is PCM16LE mono at 24 kHz unless a rate is given.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

RATE = 24_000
"""Samples a second of `audio/pcm`, the only rate the protocol knows for it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of the caller's audio: PCM16LE mono at `rate` (24 000, or 8 000 where G.711 came in)."""

    pcm: bytes
    rate: int = RATE

    @property
    def ms(self) -> int:
        """Length in milliseconds."""
        return len(self.pcm) // 2 * 1000 // self.rate


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a recogniser made of a clip. `confidence`: mean log-probability of its tokens, 0 is sure."""

    text: str
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class HeardTurn:
    """One item of the conversation as an engine sees it, oldest first.

    `role` is user, assistant, system or tool; `text` may still be on its way for a spoken user turn, then
    `hearing` gives it. `clip` is the caller's audio, as long as it is kept.
    """

    role: str
    text: str = ""
    hearing: asyncio.Future[Recognised] | None = None
    clip: Clip | None = None
    name: str = ""
    """Of a function call, whose `text` is its arguments."""
    call_id: str = ""
    silent: bool = False
    """Nobody spoke: the idle time-out asks for an answer to silence."""

    async def heard(self) -> Recognised:
        """Return its words, waiting for them if they are still on their way.

        Giving up waiting, because the caller speaks over the answer, leaves recognition at work: the client
        may want the transcript.
        """
        return Recognised(self.text) if self.hearing is None else await asyncio.shield(self.hearing)


@dataclass(frozen=True, slots=True)
class Request:
    """All that an engine may know to answer one `response.create` or caller's turn."""

    session_id: str
    turns: Sequence[HeardTurn]
    instructions: str = ""
    """The session's instructions."""
    told: str | None = None
    """Instructions given for this one response (a greeting, an announcement), instead of the session's."""
    tools: Sequence[Mapping[str, Any]] = ()
    tool_choice: Any = "auto"
    voice: str = ""
    speed: float = 1.0
    metadata: Mapping[str, str] = field(default_factory=dict)
    spoken: bool = True
    """False when the output modality is text: no synthesis is needed."""


@dataclass(frozen=True, slots=True)
class Speech:
    """Agent audio, and the words it says (empty for a tone or a continuation of the piece before)."""

    pcm: bytes
    text: str = ""
    delta_ms: int | None = None
    """Length of the deltas it is sent in, if not the usual one."""


@dataclass(frozen=True, slots=True)
class Text:
    """Agent text of a response without audio."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCallPiece:
    """A function call; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class EngineFailure:
    """The response fails here: `response.done` with status failed and this error."""

    code: str
    message: str
    type: str = "server_error"


@dataclass(frozen=True, slots=True)
class CutShort:
    """The response ends here before its time: by `max_output_tokens`, by `content_filter`, or `cancelled`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Beside:
    """Agent audio, and that of another response which begins beside this one: their deltas come in turns."""

    speech: Speech
    other: Speech


@dataclass(frozen=True, slots=True)
class Raw:
    """A frame put on the wire as it is: the `script` engine's garbage and unknown events."""

    frame: bytes


@dataclass(frozen=True, slots=True)
class Drop:
    """The socket is cut here, with this close code; 1006 means without a closing handshake."""

    code: int = 1006
    reason: str = ""


Piece = Speech | Beside | Text | ToolCallPiece | EngineFailure | CutShort | Raw | Drop


@dataclass(frozen=True, slots=True)
class RequestRefused:
    """A connection attempt answered with an HTTP error instead of an upgrade."""

    status: int
    code: str
    message: str
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True)
class Faults:
    """Faults of one session, in seconds from its beginning."""

    drop_after_s: float | None = None
    drop_code: int = 1006
    """Close code; 1006 cuts the line without a word."""
    drop_reason: str = ""
    """In the close frame."""
    expire_after_s: float | None = None
    """`session_expired`, then close 1001, whatever the settings say."""
    expire_hidden: bool = False
    """The session's `expires_at` does not tell of it."""
    stalls: tuple[tuple[float, float], ...] = ()
    """When the server takes everything and says nothing, and for how long; infinite is for good."""
    freezes: tuple[float, ...] = ()
    """When it stops for good to read and to write."""
    frames: tuple[tuple[float, bytes], ...] = ()
    """Frames sent unasked: when, and what."""


NO_FAULTS = Faults()


class Vad(Protocol):
    """A voice activity detector of one call; keeps its own state."""

    def feed(self, clip: Clip, *, onset: bool = False) -> list[float]:
        """Take audio in any amount; give the probability of voice of each 32 ms completed by it.

        `onset`: a voice is waited for, and to be found soon.
        """


class Engine(Protocol):
    """What stands behind the sessions of a model name: hears callers and answers them."""

    listens: bool
    """Whether it wants callers' words recognised even when the session asks for no transcription."""

    def begin(self, session_id: str) -> Faults:
        """Take a new session; say what is to go wrong with it on the wire, usually nothing."""

    async def knock(self) -> RequestRefused | None:
        """Return whether the next connection is refused."""

    async def warm(self) -> None:
        """Load what sessions can begin without, so that no caller waits for it."""

    def swallows(self, request: Request) -> bool:
        """Return whether this request is left without any answer."""

    def vad(self) -> Vad:
        """Return a fresh detector for one call."""

    async def hear(self, session_id: str, clip: Clip) -> Recognised:
        """Recognise what a caller said."""

    def prepare(self, request: Request, heard: Recognised) -> Awaitable[None] | None:
        """Get ready for an answer that will probably be asked for: the caller seems to have finished."""

    def answer(self, request: Request) -> AsyncIterator[Piece]:
        """Return the pieces of an answer, each as soon as it is ready."""
