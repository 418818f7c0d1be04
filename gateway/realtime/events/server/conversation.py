"""What a server tells about the session, its limits, and the items of the conversation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from gateway.realtime.events.items import Item
from gateway.realtime.events.model import Bag, Count, Event, Text, Wire
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.session import Session


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


ConversationEvent = (
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
    | RateLimitsUpdated
)
