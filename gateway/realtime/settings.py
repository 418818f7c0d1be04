"""What a call asks of its session, and how long things may take. Defaults are right for a telephone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gateway.realtime.events.session import Transcription, TurnDetection

TELEPHONE_TURNS = TurnDetection(
    type="server_vad",
    threshold=0.5,
    prefix_padding_ms=300,
    silence_duration_ms=500,
    create_response=True,
    interrupt_response=True,
)
"""A turn ends after 500 ms of silence: callers hesitate, shorter cuts them off in the middle of a number."""


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """The agent as a plan describes it. None leaves a choice to the provider, unless said otherwise."""

    instructions: str = ""
    model: str | None = None
    voice: str | Mapping[str, str] | None = None
    """A name, or `{"id": "voice_..."}` for one of one's own."""
    speed: float | None = None
    """0.25 to 1.5; 1 is natural."""
    turn_detection: TurnDetection | None = TELEPHONE_TURNS
    """None switches detection off: turns are then somebody else's business."""
    silent: bool = False
    """It is to hear, and to answer nobody."""
    transcription: Transcription | None = field(default_factory=Transcription)
    """None switches transcription off; a model left out is the provider's."""
    noise_reduction: Literal["near_field", "far_field"] | None = None
    """A filter before detection and model. Off: on narrow-band telephone audio its value is unproven."""
    wire: Literal["pcm", "pcmu", "pcma"] = "pcm"
    """Audio on its way to the provider: PCM at 24 kHz, or G.711, a sixth of the bytes and less of a voice."""
    tools: tuple[Mapping[str, Any], ...] = ()
    """As the wire wants them: `{"type": "function", "name": ..., "parameters": ...}`."""
    questions: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """What a caller is asked before the provider calls a function, by server and function; else our words."""
    tool_choice: str | Mapping[str, Any] | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    """None: without limit. A limit cuts speech off in the middle of a word."""
    temperature: float | None = None
    """Only in the older dialect: GA has none, and refuses it."""
    truncation: str | Mapping[str, Any] | None = None
    """What of a long conversation the model forgets first; None: the oldest, when the context is full."""
    reasoning: Mapping[str, Any] | None = None
    """`{"effort": "low"}`; sent only to models that take it."""
    parallel_tool_calls: bool | None = None
    prompt: Mapping[str, Any] | None = None
    tracing: str | Mapping[str, Any] | None = None
    safety_identifier: str | None = None
    """A hash that stands for the caller; a header of the connection, not a key of the session."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of the session object for a provider that knows them; merged over all others, deeply."""
    memo: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was made of these settings, by whoever did, for the other calls that have the same."""

    @property
    def detection(self) -> TurnDetection | None:
        """How the session finds turns: who is to answer none has to find them all the same, to hear words."""
        if not self.silent:
            return self.turn_detection
        mute = {"create_response": False, "interrupt_response": False, "idle_timeout_ms": None}
        return (self.turn_detection or TELEPHONE_TURNS).model_copy(update=mute)


@dataclass(frozen=True, slots=True)
class ConnectTimeouts:
    """How long a session waits, in seconds."""

    connect: float = 5.0
    """TCP, TLS and the WebSocket handshake together: a caller hears ringing meanwhile."""
    created: float = 1.5
    """For `session.created`, before the update is sent without it: some servers wait for the client."""
    configure: float = 5.0
    """From connect to `session.updated`."""
    ping: float = 4.0
    """For the answer to a keep-alive ping, and half of it between two: a dead line is noticed after one and a
    half of this at most. A server too busy to answer in this time is of no use to a caller either."""
    close: float = 1.0
    """For the closing handshake; the call is over, nobody waits for it."""
