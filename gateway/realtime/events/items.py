"""The items of a conversation: messages, function calls and their outputs, MCP calls, references."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from gateway.realtime.events.model import Bag, Text, Wire
from gateway.realtime.events.session import AudioFormat


class ContentPart(Wire):
    """A piece of a message.

    In items: `input_text`, `input_audio`, `input_image` (user, system), `output_text`, `output_audio`
    (assistant). In `response.content_part.*` they are called `text` and `audio`. The field `audio` is base64.
    """

    type: str
    text: str | None = None
    transcript: str | None = None
    audio: str | None = None
    format: str | AudioFormat | None = None
    image_url: str | None = None
    detail: str | None = None


class _Item(Wire):
    type: str
    id: str | None = None
    object: str | None = None
    status: str | None = None


class Message(_Item):
    """Something said or written. `role` is user, assistant or system; `phase` commentary or final_answer."""

    type: Literal["message"] = "message"
    role: str
    content: list[ContentPart] = Field(default_factory=list)
    phase: str | None = None


class FunctionCall(_Item):
    """The model calls a function; `arguments` is JSON text."""

    type: Literal["function_call"] = "function_call"
    call_id: str | None = None
    name: Text = ""
    arguments: Text = ""


class FunctionCallOutput(_Item):
    """What the function gave, as text."""

    type: Literal["function_call_output"] = "function_call_output"
    call_id: str
    output: str


class McpListTools(_Item):
    """The tools of an MCP server as the provider found them."""

    type: Literal["mcp_list_tools"] = "mcp_list_tools"
    server_label: str = ""
    tools: list[Bag] = Field(default_factory=list)


class McpCall(_Item):
    """A tool call that the provider made itself; `output` or `error` when it is done."""

    type: Literal["mcp_call"] = "mcp_call"
    server_label: str = ""
    name: str = ""
    arguments: Text = ""
    output: str | None = None
    error: Bag | str | None = None
    approval_request_id: str | None = None


class McpApprovalRequest(_Item):
    """The provider asks whether it may call an MCP tool."""

    type: Literal["mcp_approval_request"] = "mcp_approval_request"
    server_label: str = ""
    name: str = ""
    arguments: Text = ""


class McpApprovalResponse(_Item):
    """The answer to an approval request. The service wants an `id` here."""

    type: Literal["mcp_approval_response"] = "mcp_approval_response"
    approval_request_id: str
    approve: bool
    reason: str | None = None


class ItemReference(_Item):
    """An item of the conversation named in the `input` of an out-of-band response."""

    type: Literal["item_reference"] = "item_reference"


class UnknownItem(_Item):
    """An item of a kind that this vocabulary does not have; all its fields are in `model_extra`."""


_KNOWN = {
    "message",
    "function_call",
    "function_call_output",
    "mcp_list_tools",
    "mcp_call",
    "mcp_approval_request",
    "mcp_approval_response",
    "item_reference",
}


def _kind(item: Any) -> str:
    kind = item.get("type") if isinstance(item, dict) else getattr(item, "type", None)
    return kind if isinstance(kind, str) and kind in _KNOWN else "unknown"


Item = Annotated[
    Annotated[Message, Tag("message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[McpListTools, Tag("mcp_list_tools")]
    | Annotated[McpCall, Tag("mcp_call")]
    | Annotated[McpApprovalRequest, Tag("mcp_approval_request")]
    | Annotated[McpApprovalResponse, Tag("mcp_approval_response")]
    | Annotated[ItemReference, Tag("item_reference")]
    | Annotated[UnknownItem, Tag("unknown")],
    Discriminator(_kind),
]
"""Any item, chosen by its `type`."""


def text_message(role: str, text: str, *, id: str | None = None) -> Message:  # noqa: A002 - the wire's name
    """Make a text message: the only way to put earlier words, also the agent's, into a new session.

    Assistant text must be `output_text`; `input_text` is refused for that role and vice versa.
    """
    part = ContentPart(type="output_text" if role == "assistant" else "input_text", text=text)
    return Message(role=role, content=[part]) if id is None else Message(id=id, role=role, content=[part])


def image_message(url: str, text: str = "") -> Message:
    """Make a message of the caller's with an image (a data URL, PNG or JPEG) and words about it."""
    words = [ContentPart(type="input_text", text=text)] if text else []
    return Message(role="user", content=[*words, ContentPart(type="input_image", image_url=url)])
