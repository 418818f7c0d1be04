"""What both sides of a session share: its configuration, engine, conversation, and the way to its client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol

import structlog

from gateway.local.session import sound_codec
from gateway.local.session.config import SessionConfig
from gateway.local.session.items import ItemList, StoredItem, new_id
from gateway.local.session.response import EventSink, shown
from gateway.local.session.schema import Refused
from gateway.local.session.tool_servers import ToolServers
from gateway.local.vocabulary import Engine
from gateway.realtime.events import server
from gateway.realtime.events.wire import decode


class ServerPlayout(Protocol):
    """Plays what the agent says, where the server does that: over WebRTC."""

    def cut(self) -> Iterable[tuple[str, int]]:
        """Play no more; return the items that were not heard to their end, and the ms heard of each."""


Spawn = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]
"""Starts a task that ends with the client at the latest."""


@dataclass(frozen=True, slots=True)
class Parts:
    """One session's parts."""

    config: SessionConfig
    engine: Engine
    wire: EventSink
    spawn: Spawn
    log: Any = field(default_factory=structlog.get_logger)
    conversation: ItemList = field(default_factory=ItemList)
    trusts_client: bool = False
    """The client is on this machine: the tool servers that it names may be inside."""
    playout: ServerPlayout | None = None
    """None: the client plays, and tells what was heard."""
    servers: ToolServers = field(init=False)

    def __post_init__(self) -> None:
        """Make what needs to know the rest."""
        object.__setattr__(self, "servers", ToolServers(self, trusts_client=self.trusts_client))

    @property
    def session_id(self) -> str:
        """Id of the session."""
        return str(self.config.wire["id"])

    def fall_silent(self) -> None:
        """Play no more, and keep of the conversation what was heard; nothing where the client plays."""
        for item_id, heard_ms in () if self.playout is None else self.playout.cut():
            try:
                self.conversation.truncate(item_id, 0, heard_ms)
            except Refused:  # out of band, or deleted meanwhile
                continue
            self.wire.emit(server.ItemTruncated, item_id=item_id, content_index=0, audio_end_ms=heard_ms)

    def announce(self, item: StoredItem, after: str | None = None) -> None:
        """Put a finished item into the conversation and say so."""
        before = self.conversation.add(item, after)
        self.wire.emit(server.ItemAdded, previous_item_id=before, item=shown(item))
        self.wire.emit(server.ItemDone, previous_item_id=before, item=shown(item))

    def item_from(self, given: dict[str, Any]) -> StoredItem:
        """Make an item of what a client sent: its id if it chose one, audio taken out of the wire's form."""
        wire = {name: value for name, value in given.items() if name not in ("id", "object")}
        wire["status"] = "completed"
        item = StoredItem(given.get("id") or new_id("item"), wire)
        if given["type"] == "function_call":
            wire.setdefault("call_id", new_id("call"))
        if given["type"] != "message":
            return item
        wire["content"] = [dict(part) for part in given["content"]]
        for index, part in enumerate(wire["content"]):
            if part["type"] == "input_audio":
                audio = decode(part.pop("audio", ""), f"item.content[{index}].audio")
                where = f"item.content[{index}].audio"
                item.clip = sound_codec.checked(audio, self.config.input_format, where)
                item.audio_ms += item.clip.ms
        return item
