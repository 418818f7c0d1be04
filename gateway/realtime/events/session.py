"""The session object of `session.update`, `session.created` and `session.updated`, in the GA shape.

Everything is optional: an update names only what changes. Turn detection, formats and tools keep fields
of all their kinds in one class, because other vendors mix them; which belong together is the builder's
business. The older flat shape is in `flat`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

from gateway.realtime.events.model import Bag, Wire

PCM_RATE = 24_000
"""Samples a second of `audio/pcm`; the hosted service refuses any other."""


class AudioFormat(Wire):
    """`audio/pcm` (PCM16LE mono, `rate` 24000), `audio/pcmu` or `audio/pcma` (8 kHz, no `rate`)."""

    type: str
    rate: int | None = None


def _named(value: object) -> object:
    """Some servers mix the shapes: the older one's name of a format in the place of an object."""
    return {"type": value} if isinstance(value, str) else value


Format = Annotated[AudioFormat, BeforeValidator(_named)]


class NoiseReduction(Wire):
    """A filter in front of turn detection and model: `near_field` or `far_field`."""

    type: str
    strength: float | None = None


class Transcription(Wire):
    """Transcription of what the caller says, by a model of its own."""

    model: str | None = None
    language: str | None = None
    languages: list[str] | None = None
    prompt: str | None = None
    keywords: list[str] | None = None
    delay: str | None = None


class TurnDetection(Wire):
    """`server_vad` (by loudness and silence) or `semantic_vad` (by sense). Times in ms."""

    type: str
    create_response: bool | None = None
    interrupt_response: bool | None = None
    threshold: float | None = None
    prefix_padding_ms: int | None = None
    silence_duration_ms: int | None = None
    idle_timeout_ms: int | None = None
    eagerness: str | None = None


class AudioInput(Wire):
    """How the caller is heard. None switches a stage off; a stage left out stays as it is."""

    format: Format | None = None
    noise_reduction: NoiseReduction | None = None
    transcription: Transcription | None = None
    turn_detection: TurnDetection | None = None


class AudioOutput(Wire):
    """How the agent speaks. `voice` is a name or `{"id": ...}`; it is locked after the first agent audio."""

    format: Format | None = None
    voice: str | Bag | None = None
    speed: float | None = None


class Audio(Wire):
    """Both ways of audio."""

    input: AudioInput | None = None
    output: AudioOutput | None = None


class FunctionTool(Wire):
    """A function that the model may call; `parameters` is JSON Schema."""

    type: Literal["function"] = "function"
    name: str
    description: str | None = None
    parameters: Bag | None = None


class McpTool(Wire):
    """A Model Context Protocol server whose tools the provider itself calls."""

    type: Literal["mcp"] = "mcp"
    server_label: str
    server_url: str | None = None
    connector_id: str | None = None
    server_description: str | None = None
    authorization: str | None = None
    headers: Bag | None = None
    allowed_tools: list[str] | Bag | None = None
    require_approval: str | Bag | None = None


Tool = FunctionTool | McpTool | Bag
ToolChoice = str | Bag


class Session(Wire):
    """The session as asked for (`session.update`) or in force (`session.created`, `session.updated`).

    `type` is required by the GA service in every update. `expires_at` is in Unix seconds.
    """

    type: str | None = None
    object: str | None = None
    id: str | None = None
    expires_at: int | None = None
    model: str | None = None
    output_modalities: list[str] | None = None
    instructions: str | None = None
    audio: Audio | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    truncation: str | Bag | None = None
    tracing: str | Bag | None = None
    prompt: Bag | None = None
    include: list[str] | None = None
    reasoning: Bag | None = None
    parallel_tool_calls: bool | None = None
