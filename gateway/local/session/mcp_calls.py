"""An MCP call that the agent makes, on the wire: asked about, made, and told.

    response.output_item.added, conversation.item.added     (mcp_call; or mcp_approval_request, and no more)
    response.mcp_call_arguments.delta, .done
    response.mcp_call.in_progress
    response.mcp_call.completed or .failed
    conversation.item.done, response.output_item.done       (with `output` or `error`)

The response goes on behind it, so that the agent speaks of what it was told.
"""

from __future__ import annotations

from typing import Any, Protocol

import orjson

from gateway.local.session.items import StoredItem, new_id
from gateway.local.session.response import EventSink
from gateway.local.session.tool_servers import ToolCallFailed, ToolServers
from gateway.local.vocabulary import ToolCallPiece
from gateway.realtime.events import server

MOST_WAITING = 16
"""Calls that a client has not answered for; the oldest are forgotten."""


class CallOutput(Protocol):
    """The response in which a call is made."""

    @property
    def id(self) -> str:
        """Its id."""

    def add_item(self, item: StoredItem) -> int:
        """Begin an item; give its place."""

    def end_item(self, item: StoredItem, index: int) -> None:
        """End an item."""


class McpCalls:
    """One session's."""

    def __init__(self, servers: ToolServers, wire: EventSink) -> None:
        self._servers = servers
        self._wire = wire
        self._waiting: dict[str, ToolCallPiece] = {}

    def has(self, piece: ToolCallPiece) -> bool:
        """Return whether a function is one of a server's."""
        return self._servers.label_of(piece.name) is not None

    async def make(self, piece: ToolCallPiece, output: CallOutput, *, approved_by: str | None = None) -> bool:
        """Make a call, or ask the client; return whether there is something to speak of now."""
        label = self._servers.label_of(piece.name)
        if label is None:
            return False
        call = {"server_label": label, "name": piece.name, "arguments": piece.arguments}
        if approved_by is None and self._servers.asks(label, piece.name):
            item = StoredItem(new_id("mcpr"), {"type": "mcp_approval_request", **call})
            self._waiting[item.id] = piece
            while len(self._waiting) > MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]
            output.end_item(item, output.add_item(item))
            return False
        item = StoredItem(new_id("mcp"), {"type": "mcp_call", "status": "in_progress", **call})
        item.wire |= {"arguments": "", "approval_request_id": approved_by, "output": None, "error": None}
        await self._made(item, label, piece, output)
        return True

    def answered(self, request_id: str) -> ToolCallPiece | None:
        """Return the call that a client has answered for, once; None for one that nobody asked about."""
        return self._waiting.pop(request_id, None)

    @property
    def waiting(self) -> bool:
        """True while a client is to answer."""
        return bool(self._waiting)

    async def _made(self, item: StoredItem, label: str, piece: ToolCallPiece, output: CallOutput) -> None:
        index = output.add_item(item)
        place: dict[str, Any] = {"item_id": item.id, "output_index": index}
        within = {"response_id": output.id, **place}
        self._wire.emit(server.McpArgumentsDelta, **within, delta=piece.arguments)
        self._wire.emit(server.McpArgumentsDone, **within, arguments=piece.arguments)
        item.wire["arguments"] = piece.arguments
        self._wire.emit(server.McpCallInProgress, **place)
        try:
            item.wire["output"] = await self._servers.call(label, piece.name, orjson.loads(piece.arguments))
        except ToolCallFailed as failed:
            item.wire["error"] = {"type": failed.kind, "message": str(failed)}
            if failed.kind != "tool_execution_error":
                item.wire["error"]["code"] = -1
            self._wire.emit(server.McpCallFailed, **place)
        else:
            self._wire.emit(server.McpCallCompleted, **place)
        item.wire["status"] = "completed" if item.wire["error"] is None else "incomplete"
        output.end_item(item, index)
