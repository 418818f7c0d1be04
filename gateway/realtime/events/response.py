"""The response object, its usage and its status, and the parameters of `response.create`."""

from __future__ import annotations

from typing import Literal

from gateway.realtime.events.items import Item
from gateway.realtime.events.model import Bag, Count, Text, Wire
from gateway.realtime.events.session import AudioOutput, Tool, ToolChoice


class ErrorBody(Wire):
    """What went wrong. `event_id` names the client event that caused it, `param` the field."""

    type: Text = ""
    code: str | None = None
    message: Text = ""
    param: str | None = None
    event_id: str | None = None


class StatusDetails(Wire):
    """Why a response did not complete: `turn_detected`, `client_cancelled`, `max_output_tokens`, ..."""

    type: str | None = None
    reason: str | None = None
    error: ErrorBody | None = None


class TokenDetails(Wire):
    """Tokens by kind. Cached ones are subsets of these."""

    text_tokens: Count = 0
    audio_tokens: Count = 0
    image_tokens: Count = 0


class InputTokenDetails(TokenDetails):
    """Tokens read, with the part of them that was cached."""

    cached_tokens: Count = 0
    cached_tokens_details: TokenDetails | None = None


class OutputTokenDetails(Wire):
    """Tokens written by kind."""

    text_tokens: Count = 0
    audio_tokens: Count = 0


class Usage(Wire):
    """Tokens billed for one response. The whole conversation is read again each time."""

    total_tokens: Count = 0
    input_tokens: Count = 0
    output_tokens: Count = 0
    input_token_details: InputTokenDetails | None = None
    output_token_details: OutputTokenDetails | None = None


class TranscriptionTokenDetails(Wire):
    """Tokens that a transcription read."""

    text_tokens: Count = 0
    audio_tokens: Count = 0


class TranscriptionUsage(Wire):
    """Usage of the transcription model: `tokens`, or `duration` in `seconds`. Its prices are its own."""

    type: str | None = None
    seconds: float | None = None
    total_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    input_token_details: TranscriptionTokenDetails | None = None


class ResponseAudio(Wire):
    """Audio of a response."""

    output: AudioOutput | None = None


class Response(Wire):
    """One answer of the model. `conversation_id` is null for an out-of-band response."""

    object: str = "realtime.response"
    id: Text = ""
    status: Text = "in_progress"
    status_details: StatusDetails | None = None
    output: list[Item] | None = None
    conversation_id: str | None = None
    output_modalities: list[str] | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    audio: ResponseAudio | None = None
    metadata: Bag | None = None
    usage: Usage | None = None


class ResponseParams(Wire):
    """What may be asked of one response; each field replaces the session's for this response only.

    `conversation` none makes it out of band, `input` [] gives it no context, `metadata` recognises it.
    """

    conversation: str | None = None
    input: list[Item] | None = None
    instructions: str | None = None
    output_modalities: list[str] | None = None
    audio: ResponseAudio | None = None
    tools: list[Tool] | None = None
    tool_choice: ToolChoice | None = None
    max_output_tokens: int | Literal["inf"] | None = None
    metadata: Bag | None = None
    prompt: Bag | None = None
    reasoning: Bag | None = None
    parallel_tool_calls: bool | None = None
