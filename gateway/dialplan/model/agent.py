"""The action `agent`: the voice agent, where its model is, and how it finds the caller's turns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator

from gateway.dialplan.model.fields import ImageFile, Key, PlanName
from gateway.dialplan.model.mcp import McpServer, ServerLabel
from gateway.dialplan.model.section import Section
from gateway.dialplan.model.session_keys import SessionKeys, touches
from gateway.dialplan.model.webhook import ToolName, Webhook
from gateway.dialplan.values import Secret, Secretive, web_address


class ServerVad(Section):
    """The model's server ends a turn after a silence."""

    type: Literal["server_vad"] = "server_vad"
    """By silence. Default."""

    threshold: float = Field(default=0.5, ge=0, le=1)
    """How clearly something must be speech, 0 to 1; higher for noisy lines. Default: 0.5."""

    prefix_padding_ms: int = Field(default=300, ge=0, le=5000)
    """Audio kept from before speech was noticed, in milliseconds. Default: 300."""

    silence_duration_ms: int = Field(default=500, ge=50, le=10000)
    """Silence that ends the caller's turn, in milliseconds. Default: 500, at the embedded agent 400."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


class SemanticVad(Section):
    """The model judges by the words whether the caller has finished."""

    type: Literal["semantic_vad"]
    """By meaning."""

    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    """How soon it answers: at the latest after 8, 4 or 2 s; auto is medium. Default: auto."""


class NoDetection(Section):
    """The gateway's own detector finds the caller's turns: by voice and silence, deaf to tones and echo.

    The session hears only the turns, nothing in between.
    """

    type: Literal["none"]
    """Not by the server."""

    silence_duration_ms: int = Field(default=500, ge=200, le=10000)
    """Silence that ends the caller's turn, in milliseconds. Default: 500."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


class PushToTalk(Section):
    """The caller presses a key before and after speaking; in between the session hears nothing."""

    type: Literal["push_to_talk"]
    """By a key."""

    key: Key = "*"
    """The key, 0-9, "*" or "#". The agent is not told of it; other keys work as ever. Default: "*"."""

    silence_duration_ms: int | None = Field(default=None, ge=200, le=10000)
    """Silence after speech that ends the turn without the second key, in milliseconds. Default: none does."""

    idle_timeout_ms: int | None = Field(default=None, ge=5000, le=30000)
    """The agent speaks up when the caller has said nothing for so long, in milliseconds. Default: never."""


def _usual_detection(value: object) -> object:
    return {"type": "server_vad", **value} if isinstance(value, Mapping) else value


TurnDetection = Annotated[
    ServerVad | SemanticVad | NoDetection | PushToTalk,
    Field(discriminator="type"),
    BeforeValidator(_usual_detection),
]


class ModelRoute(Section):
    """Where an agent's realtime model is, and which model and voice it has there."""

    provider: str = "local"
    """`local` (embedded, no key needed), `openai`, `azure`, or a name under `providers:` of gateway.yaml.
    Default: local.
    """

    url: Secretive | None = None
    """WebSocket address of any server with the same protocol, `ws://` or `wss://`. Default: the provider's.
    """

    api_key: Secret | None = None
    """As `${NAME}` (environment) or `${file:PATH}`, never in clear. Default: the provider's."""

    model: str | None = None
    """Default: the provider's."""

    voice: str | None = None
    """One of the provider's; docs/providers.md has their names. Default: the provider's."""

    wire: Literal["pcm", "pcmu", "pcma"] = "pcm"
    """Audio on its way to the provider: `pcm` at 24 kHz, or G.711 (`pcmu`, `pcma`), a sixth of the bytes and
    less of a voice. Default: pcm.
    """

    extras: Mapping[str, Any] = Field(default_factory=dict)
    """Further keys of the session object that this provider knows, laid over all others. Default: none."""

    @field_validator("url")
    @classmethod
    def _websocket(cls, url: Secretive | None) -> Secretive | None:
        return url and web_address(url, "ws://", "wss://")

    @field_validator("extras")
    @classmethod
    def _not_ours(cls, extras: Mapping[str, Any]) -> Mapping[str, Any]:
        if ours := touches(extras):
            raise ValueError(f"{ours} is the gateway's own: what the plan has a key for is not set here")
        return extras


class HistoryItem(Section):
    """Something that the model remembers from before the call: a text, or an image with or without one."""

    role: Literal["user", "assistant", "system"] = "user"
    """Who said it: the caller (`user`), the agent (`assistant`), or nobody (`system`). Default: user."""

    text: str | None = None
    """What was said. Variables are filled in. Default: none."""

    image: ImageFile | None = None
    """PNG or JPEG file of 5 MB at most, shown as the caller's; a path relative to the plan's file.
    Default: none.
    """

    @model_validator(mode="after")
    def _something(self) -> HistoryItem:
        if self.text is None and self.image is None:
            raise ValueError("write text: or image:")
        if self.image is not None and self.role != "user":
            raise ValueError("only a user shows images: leave role: out")
        return self


class EarlierCalls(Section):
    """What was said in earlier calls of the caller's number in this plan, as far as records have it."""

    calls: int = Field(default=3, ge=1, le=20)
    """The newest so many. Default: 3."""

    days: int = Field(default=30, ge=1, le=3650)
    """Those of the last so many days. Default: 30."""


def _kind_of_history(value: object) -> str:
    keys = value.keys() if isinstance(value, Mapping) else ()
    earlier = isinstance(value, EarlierCalls) or any(key in EarlierCalls.model_fields for key in keys)
    return "earlier calls" if earlier else "item"


def _as_list(value: object) -> object:
    return [value] if isinstance(value, Mapping) else value


HistoryEntry = Annotated[
    Annotated[HistoryItem, Tag("item")] | Annotated[EarlierCalls, Tag("earlier calls")],
    Discriminator(_kind_of_history),
]


class Agent(SessionKeys, ModelRoute):
    """The voice agent that talks with the caller, and the realtime model behind it."""

    warm_sessions: int = Field(default=0, ge=0, le=100)
    """Connections to the provider kept open for calls to come: saves a caller a fifth of a second across an
    ocean, and counts against the provider's limit of sessions. Default: 0.
    """

    fallback: tuple[ModelRoute, ...] = ()
    """Where the same agent goes on, in this order, when its provider cannot be had or is lost. Default: none.
    """

    instructions: str = "You are a friendly assistant on the telephone. Answer in one or two short sentences."
    """What the agent is told: who it is, what it knows, how it speaks. Variables are filled in. Default: a
    friendly assistant.
    """

    turn_detection: TurnDetection = Field(default_factory=ServerVad)
    """How the end of a caller's turn is found. Default: server_vad."""

    history: Annotated[tuple[HistoryEntry, ...], BeforeValidator(_as_list)] = ()
    """What the model remembers when the call begins, in this order: texts, images, and with
    `{calls: 3, days: 30}` what was said when the caller called before. Default: nothing.
    """

    summary: str | None = None
    """Asked of the model when the call is over, for the log: such as "Sum up the call in one sentence."
    Default: nothing is asked.
    """

    tools: tuple[str, ...] = ()
    """Names of the functions that the agent may call: `hang_up`, `current_time`, `caller_number`, `transfer`,
    `hold`, `send_digits`, `collect_digits`, `leave_message`, `machine_answered`, `goto`, `start_recording`,
    `pause_recording`, `resume_recording`, or `MODULE:FUNCTION` for one of your own, see docs/tools.md.
    Default: none."""

    webhooks: Mapping[ToolName, Webhook] = Field(default_factory=dict)
    """Functions that the agent may call, by name, each a request to a server of yours: see docs/tools.md.
    Default: none.
    """

    mcp: Mapping[ServerLabel, McpServer] = Field(default_factory=dict)
    """Tool servers (Model Context Protocol), by a name of your own, whose functions the agent may call: see
    docs/tools.md. Default: none.
    """

    goto: tuple[PlanName, ...] = ()
    """Plans in which the agent may let the call go on, with the function `goto`. Default: none."""
