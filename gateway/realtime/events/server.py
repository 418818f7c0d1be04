"""The forty-six events a server sends."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.realtime.events.items import ContentPart, Item
from gateway.realtime.events.model import Bag, Count, Event, Text, Wire
from gateway.realtime.events.response import ErrorBody, Response, TranscriptionUsage
from gateway.realtime.events.session import Session

# --- session and conversation ------------------------------------------------------------------------


class Error(Event):
    """Something was refused or failed; the session stays open after most."""

    type: Literal["error"] = "error"
    error: ErrorBody


class SessionCreated(Event):
    """The first event: the session as it is by default."""

    type: Literal["session.created"] = "session.created"
    session: Session


class SessionUpdated(Event):
    """The whole session as it is now."""

    type: Literal["session.updated"] = "session.updated"
    session: Session


class ConversationCreated(Event):
    """In the schema; whether a WebSocket still carries it is unknown, so nothing depends on it."""

    type: Literal["conversation.created"] = "conversation.created"
    conversation: Bag


class _ItemEvent(Event):
    previous_item_id: str | None = None
    item: Item


class ItemAdded(_ItemEvent):
    """An item is part of the conversation; it may still be in progress."""

    type: Literal["conversation.item.added"] = "conversation.item.added"


class ItemDone(_ItemEvent):
    """An item is final."""

    type: Literal["conversation.item.done"] = "conversation.item.done"


class ItemCreated(_ItemEvent):
    """The older name of added and done together; some servers still use it."""

    type: Literal["conversation.item.created"] = "conversation.item.created"


class ItemRetrieved(Event):
    """The answer to a retrieve."""

    type: Literal["conversation.item.retrieved"] = "conversation.item.retrieved"
    item: Item


class ItemTruncated(Event):
    """An assistant item was cut to what the caller heard."""

    type: Literal["conversation.item.truncated"] = "conversation.item.truncated"
    item_id: str
    content_index: Count = 0
    audio_end_ms: Count = 0


class ItemDeleted(Event):
    """An item is gone."""

    type: Literal["conversation.item.deleted"] = "conversation.item.deleted"
    item_id: str


# --- the caller's side -------------------------------------------------------------------------------


class _TranscriptionEvent(Event):
    item_id: str
    content_index: Count = 0


class TranscriptionDelta(_TranscriptionEvent):
    """A piece of the caller's transcript."""

    type: Literal["conversation.item.input_audio_transcription.delta"] = (
        "conversation.item.input_audio_transcription.delta"
    )
    delta: Text = ""


class TranscriptionCompleted(_TranscriptionEvent):
    """The caller's transcript; often after the answer began, and sometimes twice for one item."""

    type: Literal["conversation.item.input_audio_transcription.completed"] = (
        "conversation.item.input_audio_transcription.completed"
    )
    transcript: Text = ""
    usage: TranscriptionUsage | None = None


class TranscriptionSegment(_TranscriptionEvent):
    """A piece of the transcript with its speaker; `start` and `end` in seconds."""

    type: Literal["conversation.item.input_audio_transcription.segment"] = (
        "conversation.item.input_audio_transcription.segment"
    )
    id: Text = ""
    text: Text = ""
    speaker: Text = ""
    start: float = 0.0
    end: float = 0.0


class TranscriptionFailed(_TranscriptionEvent):
    """A turn could not be transcribed; the conversation goes on."""

    type: Literal["conversation.item.input_audio_transcription.failed"] = (
        "conversation.item.input_audio_transcription.failed"
    )
    error: ErrorBody


class InputAudioCommitted(Event):
    """The buffered audio became the user item `item_id`."""

    type: Literal["input_audio_buffer.committed"] = "input_audio_buffer.committed"
    item_id: str
    previous_item_id: str | None = None


class InputAudioCleared(Event):
    """The buffered audio was forgotten."""

    type: Literal["input_audio_buffer.cleared"] = "input_audio_buffer.cleared"


class SpeechStarted(Event):
    """The caller began to speak at `audio_start_ms` of the audio sent in this session, padding included."""

    type: Literal["input_audio_buffer.speech_started"] = "input_audio_buffer.speech_started"
    audio_start_ms: Count = 0
    item_id: Text = ""


class SpeechStopped(Event):
    """The caller fell silent; `audio_end_ms` includes the silence that was waited for."""

    type: Literal["input_audio_buffer.speech_stopped"] = "input_audio_buffer.speech_stopped"
    audio_end_ms: Count = 0
    item_id: Text = ""


class TimeoutTriggered(Event):
    """Nobody spoke for `idle_timeout_ms`; a response follows."""

    type: Literal["input_audio_buffer.timeout_triggered"] = "input_audio_buffer.timeout_triggered"
    audio_start_ms: Count = 0
    audio_end_ms: Count = 0
    item_id: Text = ""


class DtmfReceived(Event):
    """A key was pressed; SIP sessions only, and the one event without `event_id`."""

    type: Literal["input_audio_buffer.dtmf_event_received"] = "input_audio_buffer.dtmf_event_received"
    event: str
    received_at: Count = 0


class _PlayoutEvent(Event):
    response_id: str


class OutputAudioStarted(_PlayoutEvent):
    """The server's own playout began; WebRTC and SIP sessions only, like the next two."""

    type: Literal["output_audio_buffer.started"] = "output_audio_buffer.started"


class OutputAudioStopped(_PlayoutEvent):
    """The server's own playout ended."""

    type: Literal["output_audio_buffer.stopped"] = "output_audio_buffer.stopped"


class OutputAudioCleared(_PlayoutEvent):
    """The server's own playout was cut off."""

    type: Literal["output_audio_buffer.cleared"] = "output_audio_buffer.cleared"


# --- the agent's side --------------------------------------------------------------------------------


class ResponseCreated(Event):
    """A response began, asked for or by turn detection."""

    type: Literal["response.created"] = "response.created"
    response: Response


class ResponseDone(Event):
    """A response is over: completed, cancelled, failed or incomplete. Quota failures show only here."""

    type: Literal["response.done"] = "response.done"
    response: Response


class _OutputEvent(Event):
    response_id: Text = ""
    output_index: Count = 0


class OutputItemAdded(_OutputEvent):
    """A response has a new item."""

    type: Literal["response.output_item.added"] = "response.output_item.added"
    item: Item


class OutputItemDone(_OutputEvent):
    """An item of a response is final."""

    type: Literal["response.output_item.done"] = "response.output_item.done"
    item: Item


class _ItemOutputEvent(_OutputEvent):
    item_id: Text = ""


class _ContentEvent(_ItemOutputEvent):
    content_index: Count = 0


class ContentPartAdded(_ContentEvent):
    """An item has a new part."""

    type: Literal["response.content_part.added"] = "response.content_part.added"
    part: ContentPart


class ContentPartDone(_ContentEvent):
    """A part of an item is final."""

    type: Literal["response.content_part.done"] = "response.content_part.done"
    part: ContentPart


class OutputTextDelta(_ContentEvent):
    """A piece of written answer."""

    type: Literal["response.output_text.delta"] = "response.output_text.delta"
    delta: Text = ""


class OutputTextDone(_ContentEvent):
    """The whole written answer."""

    type: Literal["response.output_text.done"] = "response.output_text.done"
    text: Text = ""


class OutputAudioDelta(_ContentEvent):
    """A piece of speech in base64. See `wire` for the fast way."""

    type: Literal["response.output_audio.delta"] = "response.output_audio.delta"
    delta: str


class OutputAudioDone(_ContentEvent):
    """All audio of an item was sent."""

    type: Literal["response.output_audio.done"] = "response.output_audio.done"


class OutputAudioTranscriptDelta(_ContentEvent):
    """A piece of what is being said; it runs ahead of the audio."""

    type: Literal["response.output_audio_transcript.delta"] = "response.output_audio_transcript.delta"
    delta: Text = ""


class OutputAudioTranscriptDone(_ContentEvent):
    """All words of an item, as generated, not as heard."""

    type: Literal["response.output_audio_transcript.done"] = "response.output_audio_transcript.done"
    transcript: Text = ""


class FunctionArgumentsDelta(_ItemOutputEvent):
    """A piece of a function call's arguments."""

    type: Literal["response.function_call_arguments.delta"] = "response.function_call_arguments.delta"
    call_id: Text = ""
    delta: Text = ""


class FunctionArgumentsDone(_ItemOutputEvent):
    """A function call is complete. Older servers leave `name` out: it is in the item."""

    type: Literal["response.function_call_arguments.done"] = "response.function_call_arguments.done"
    call_id: Text = ""
    name: Text = ""
    arguments: Text = ""


class McpArgumentsDelta(_ItemOutputEvent):
    """A piece of an MCP call's arguments."""

    type: Literal["response.mcp_call_arguments.delta"] = "response.mcp_call_arguments.delta"
    delta: Text = ""


class McpArgumentsDone(_ItemOutputEvent):
    """An MCP call's arguments are complete."""

    type: Literal["response.mcp_call_arguments.done"] = "response.mcp_call_arguments.done"
    arguments: Text = ""


class _McpCallEvent(Event):
    item_id: Text = ""
    output_index: Count = 0


class McpCallInProgress(_McpCallEvent):
    """The provider calls an MCP tool."""

    type: Literal["response.mcp_call.in_progress"] = "response.mcp_call.in_progress"


class McpCallCompleted(_McpCallEvent):
    """The MCP tool answered."""

    type: Literal["response.mcp_call.completed"] = "response.mcp_call.completed"


class McpCallFailed(_McpCallEvent):
    """The MCP tool failed."""

    type: Literal["response.mcp_call.failed"] = "response.mcp_call.failed"


class _McpListEvent(Event):
    item_id: Text = ""


class McpListInProgress(_McpListEvent):
    """The provider asks an MCP server for its tools."""

    type: Literal["mcp_list_tools.in_progress"] = "mcp_list_tools.in_progress"


class McpListCompleted(_McpListEvent):
    """The tools of an MCP server are known."""

    type: Literal["mcp_list_tools.completed"] = "mcp_list_tools.completed"


class McpListFailed(_McpListEvent):
    """An MCP server could not be asked."""

    type: Literal["mcp_list_tools.failed"] = "mcp_list_tools.failed"


class RateLimit(Wire):
    """What is left of `requests` or `tokens`, and in how many seconds it is whole again."""

    name: Text = ""
    limit: Count = 0
    remaining: Count = 0
    reset_seconds: float = 0.0


class RateLimitsUpdated(Event):
    """The account's limits, which all its sessions share. Accepted at any place of a response."""

    type: Literal["rate_limits.updated"] = "rate_limits.updated"
    rate_limits: list[RateLimit] = Field(default_factory=list)


ServerEvent = (
    Error
    | SessionCreated
    | SessionUpdated
    | ConversationCreated
    | ItemAdded
    | ItemDone
    | ItemCreated
    | ItemRetrieved
    | ItemTruncated
    | ItemDeleted
    | TranscriptionDelta
    | TranscriptionCompleted
    | TranscriptionSegment
    | TranscriptionFailed
    | InputAudioCommitted
    | InputAudioCleared
    | SpeechStarted
    | SpeechStopped
    | TimeoutTriggered
    | DtmfReceived
    | OutputAudioStarted
    | OutputAudioStopped
    | OutputAudioCleared
    | ResponseCreated
    | ResponseDone
    | OutputItemAdded
    | OutputItemDone
    | ContentPartAdded
    | ContentPartDone
    | OutputTextDelta
    | OutputTextDone
    | OutputAudioDelta
    | OutputAudioDone
    | OutputAudioTranscriptDelta
    | OutputAudioTranscriptDone
    | FunctionArgumentsDelta
    | FunctionArgumentsDone
    | McpArgumentsDelta
    | McpArgumentsDone
    | McpCallInProgress
    | McpCallCompleted
    | McpCallFailed
    | McpListInProgress
    | McpListCompleted
    | McpListFailed
    | RateLimitsUpdated
)
