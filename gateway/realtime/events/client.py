"""The eleven events a client sends."""

from __future__ import annotations

from typing import Literal

from gateway.realtime.events.items import Item
from gateway.realtime.events.model import Event
from gateway.realtime.events.response import ResponseParams
from gateway.realtime.events.session import Session


class SessionUpdate(Event):
    """Change the session; answered by `session.updated`. One unknown key rejects the whole update."""

    type: Literal["session.update"] = "session.update"
    session: Session


class InputAudioAppend(Event):
    """A piece of caller audio in base64, at most 15 MiB; never answered. See `wire` for the fast way."""

    type: Literal["input_audio_buffer.append"] = "input_audio_buffer.append"
    audio: str


class InputAudioCommit(Event):
    """Make the buffered audio, at least 100 ms, a user item."""

    type: Literal["input_audio_buffer.commit"] = "input_audio_buffer.commit"


class InputAudioClear(Event):
    """Forget the buffered audio."""

    type: Literal["input_audio_buffer.clear"] = "input_audio_buffer.clear"


class ItemCreate(Event):
    """Add an item after `previous_item_id`: null appends, `root` puts it first."""

    type: Literal["conversation.item.create"] = "conversation.item.create"
    previous_item_id: str | None = None
    item: Item


class ItemRetrieve(Event):
    """Ask for an item as the server has it."""

    type: Literal["conversation.item.retrieve"] = "conversation.item.retrieve"
    item_id: str


class ItemDelete(Event):
    """Take an item out of the conversation."""

    type: Literal["conversation.item.delete"] = "conversation.item.delete"
    item_id: str


class ItemTruncate(Event):
    """Keep the first `audio_end_ms` of an assistant item: what the caller heard. Its text goes."""

    type: Literal["conversation.item.truncate"] = "conversation.item.truncate"
    item_id: str
    content_index: int = 0
    audio_end_ms: int


class ResponseCreate(Event):
    """Ask the model to answer."""

    type: Literal["response.create"] = "response.create"
    response: ResponseParams | None = None


class ResponseCancel(Event):
    """Stop a response: the named one, or that of the conversation."""

    type: Literal["response.cancel"] = "response.cancel"
    response_id: str | None = None


class OutputAudioClear(Event):
    """Stop playback on the server's side; WebRTC and SIP sessions only."""

    type: Literal["output_audio_buffer.clear"] = "output_audio_buffer.clear"


ClientEvent = (
    SessionUpdate
    | InputAudioAppend
    | InputAudioCommit
    | InputAudioClear
    | ItemCreate
    | ItemRetrieve
    | ItemDelete
    | ItemTruncate
    | ResponseCreate
    | ResponseCancel
    | OutputAudioClear
)
