"""Orders of the call as client events."""

from __future__ import annotations

from gateway.call import (
    AddImage,
    AddText,
    AnswerApproval,
    CancelResponse,
    Clear,
    Commit,
    DeleteItem,
    EventOrder,
    Instruct,
    Respond,
    SubmitToolResult,
    Truncate,
)
from gateway.realtime.events.client import (
    ClientEvent,
    InputAudioClear,
    InputAudioCommit,
    ItemCreate,
    ItemDelete,
    ItemTruncate,
    ResponseCancel,
    ResponseCreate,
    SessionUpdate,
)
from gateway.realtime.events.items import (
    FunctionCallOutput,
    Item,
    McpApprovalResponse,
    image_message,
    text_message,
)
from gateway.realtime.events.response import ResponseParams
from gateway.realtime.events.session import Session

LONGEST_ID = 32
"""Characters of an item's id that a client chooses."""
ASIDE = "aside"
"""The metadata key that marks an out-of-band response as ours and carries its topic."""


def event_for(order: EventOrder) -> ClientEvent:
    """Return the event that carries out an order."""
    match order:
        case Respond():
            return respond(order.instructions)
        case Instruct():
            return SessionUpdate(session=Session(type="realtime", instructions=order.instructions))
        case Commit():
            return InputAudioCommit()
        case Clear():
            return InputAudioClear()
        case CancelResponse():
            return ResponseCancel(response_id=order.response_id)
        case Truncate():
            return ItemTruncate(item_id=order.item_id, audio_end_ms=order.audio_end_ms)
        case DeleteItem():
            return ItemDelete(item_id=order.item_id)
        case SubmitToolResult():
            return ItemCreate(item=FunctionCallOutput(call_id=order.call_id, output=order.output))
        case AnswerApproval() | AddText() | AddImage():
            return ItemCreate(item=_item(order))


def _item(order: AnswerApproval | AddText | AddImage) -> Item:
    match order:
        case AnswerApproval():
            return _approval(order)
        case AddText():
            return text_message(order.role, order.text)
        case AddImage():
            return image_message(order.url, order.text)


def _approval(order: AnswerApproval) -> McpApprovalResponse:
    """Return the answer to a request; the service wants it to have an id."""
    name = f"answer_{order.request_id}"[:LONGEST_ID]
    request, agreed = order.request_id, order.approve
    if not order.why:
        return McpApprovalResponse(id=name, approval_request_id=request, approve=agreed)
    return McpApprovalResponse(id=name, approval_request_id=request, approve=agreed, reason=order.why)


def respond(instructions: str | None = None) -> ResponseCreate:
    """Ask the model to speak.

    Audio is said each time: after a history of mere text models tend to go on in text.
    """
    if instructions is None:
        return ResponseCreate(response=ResponseParams(output_modalities=["audio"]))
    return ResponseCreate(response=ResponseParams(output_modalities=["audio"], instructions=instructions))


def aside(topic: str, instructions: str) -> ResponseCreate:
    """Ask the model something about the conversation that the caller does not hear and the model forgets."""
    return ResponseCreate(
        response=ResponseParams(
            conversation="none",
            metadata={ASIDE: topic},
            output_modalities=["text"],
            instructions=instructions,
            tools=[],
        )
    )


def topic_of(event: ResponseCreate) -> str | None:
    """Return the topic of an aside; None for a response of the conversation."""
    if event.response is None or event.response.conversation != "none":
        return None
    return str((event.response.metadata or {}).get(ASIDE, ""))
