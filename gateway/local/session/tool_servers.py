"""The MCP servers that a client's session names: connected to, listed, and called for the agent.

A client on this machine may name any server, as the plan of a gateway does; others only public ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from gateway.errors import GatewayError
from gateway.local.session.items import StoredItem, new_id
from gateway.local.session.response import EventSink
from gateway.realtime.events import server as events
from gateway.tasks import within
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.offered import OfferedTool
from gateway.tools.mcp.result import told_result
from gateway.tools.mcp.spec import GivenText, ServerSpec
from gateway.tools.mcp.transport import opened
from gateway.tools.registry import ToolFault

if TYPE_CHECKING:
    from gateway.http_client import HttpClient

LISTED_WITHIN = 10.0
"""Seconds until a server that has not said what it has counts as failed."""
CALLED_WITHIN = 20.0


class SessionParts(Protocol):
    """What is needed of a session: the way to its client, its tasks, and its conversation."""

    @property
    def wire(self) -> EventSink:
        """Where events go."""

    @property
    def spawn(self) -> Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]:
        """Starts a task that ends with the client at the latest."""

    @property
    def log(self) -> Any:
        """The session's log."""

    def announce(self, item: StoredItem, after: str | None = None) -> None:
        """Put a finished item into the conversation and say so."""


@dataclass(frozen=True, slots=True)
class NamedServer:
    """A server of a session."""

    connection: McpConnection
    allowed: frozenset[str] | None
    """Names; None: all that it has."""
    approval: Any

    def offers(self) -> list[OfferedTool]:
        """Return the functions that the agent may call."""
        return [
            one for one in self.connection.tools or () if self.allowed is None or one.tool in self.allowed
        ]

    def asks(self, tool: str) -> bool:
        """Return whether the client is to approve of a call, by `require_approval`; by default it is."""
        if isinstance(self.approval, Mapping):
            if tool in _names(self.approval.get("never")):
                return False
            return "always" not in self.approval or tool in _names(self.approval.get("always"))
        return bool(self.approval != "never")


class ToolCallFailed(GatewayError):
    """An MCP call gave no result; `kind` is the protocol's."""

    def __init__(self, kind: str, message: str) -> None:
        self.kind = kind
        super().__init__(message)


class ToolServers:
    """One session's. `trusts_client`: its servers may be inside."""

    def __init__(self, parts: SessionParts, *, trusts_client: bool) -> None:
        self._parts = parts
        self._trusts_client = trusts_client
        self._http: HttpClient | None = None
        self._servers: dict[str, NamedServer] = {}

    def update(self, tools: Sequence[Mapping[str, Any]]) -> None:
        """Connect to those that are named and not known yet; say when they are listed."""
        for tool in tools:
            if tool["type"] == "mcp" and tool["server_label"] not in self._servers:
                self._connect(tool)

    def end(self) -> None:
        """Let go of the session, which knows this as well."""
        self._servers.clear()
        del self._parts

    def functions(self) -> list[dict[str, Any]]:
        """Return what the agent may call, as function tools."""
        return [
            {"type": "function", "name": one.tool, "description": one.description, "parameters": one.schema}
            for server in self._servers.values()
            for one in server.offers()
        ]

    def label_of(self, function: str) -> str | None:
        """Return which server has a function; None if none has."""
        for label, server in self._servers.items():
            if any(one.tool == function for one in server.offers()):
                return label
        return None

    def asks(self, label: str, function: str) -> bool:
        """Return whether the client is to approve of a call."""
        return self._servers[label].asks(function)

    async def call(self, label: str, function: str, arguments: Mapping[str, Any]) -> str:
        """Return what a function gave. Raises ToolCallFailed."""
        try:
            async with within(CALLED_WITHIN):
                result = await self._servers[label].connection.call(function, arguments, {})
        except ToolFault as fault:
            raise ToolCallFailed("protocol_error", str(fault)) from None
        except TimeoutError:
            raise ToolCallFailed("http_error", f"no answer within {CALLED_WITHIN:g} s") from None
        if result.is_error:
            raise ToolCallFailed("tool_execution_error", told_result(result))
        return told_result(result)

    def _connect(self, tool: Mapping[str, Any]) -> None:
        label, names = tool["server_label"], _names(tool.get("allowed_tools"))
        connection = McpConnection(
            f"{label} of a client", partial(opened, _spec(tool, trusted=self._trusts_client), self._client())
        )
        self._servers[label] = NamedServer(
            connection, frozenset(names) if names else None, tool.get("require_approval")
        )
        self._parts.spawn(self._live(label, connection, tool))

    def _client(self) -> HttpClient:
        from gateway.http_client import HttpClient  # noqa: PLC0415 - most sessions need none

        self._http = self._http or HttpClient()
        return self._http

    async def _live(self, label: str, connection: McpConnection, tool: Mapping[str, Any]) -> None:
        """Keep a server connected as long as the session lasts."""
        item_id = new_id("item")
        self._parts.wire.emit(events.McpListInProgress, item_id=item_id)
        if tool.get("server_url") is None:
            self._parts.log.warning("client.mcp_ignored", server=label)
            self._parts.wire.emit(events.McpListFailed, item_id=item_id)
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(connection.run())
                if await connection.known(LISTED_WITHIN, tries=1):
                    self._listed(item_id, label)
                else:
                    self._parts.log.warning("mcp.missing", server=label, why=connection.fault)
                    self._parts.wire.emit(events.McpListFailed, item_id=item_id)
        finally:
            if self._http is not None:
                await self._http.close()

    def _listed(self, item_id: str, label: str) -> None:
        tools = [
            {"name": one.tool, "description": one.description, "input_schema": one.schema}
            for one in self._servers[label].offers()
        ]
        wire = {"type": "mcp_list_tools", "server_label": label, "tools": tools}
        self._parts.wire.emit(events.McpListCompleted, item_id=item_id)
        self._parts.announce(StoredItem(item_id, wire))


def _names(given: Any) -> list[str]:
    """Return the names of functions, in a list or under `tool_names`."""
    names = given.get("tool_names") if isinstance(given, Mapping) else given
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def _spec(tool: Mapping[str, Any], *, trusted: bool) -> ServerSpec:
    headers = {str(name): str(value) for name, value in (tool.get("headers") or {}).items()}
    if tool.get("authorization"):
        headers["Authorization"] = f"Bearer {tool['authorization']}"
    return ServerSpec(
        url=GivenText(str(tool.get("server_url") or "")),
        headers=tuple((name, GivenText(value)) for name, value in headers.items()),
        trusted=trusted,
    )
