"""What a server tells of the agent: responses, what is said in them, and the tools that they call."""

from __future__ import annotations

from typing import Literal

from gateway.realtime.events.items import ContentPart, Item
from gateway.realtime.events.model import Count, Event, Text
from gateway.realtime.events.response import Response


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


AgentEvent = (
    ResponseCreated
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
)
