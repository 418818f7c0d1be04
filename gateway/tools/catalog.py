"""All functions that the plans of a moment may name: the built-in ones, and those of the plans' author.

A catalog is made with a snapshot of plans, and loads what those name: a look-up may later choose among these,
and can name nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from gateway.dialplan.model import McpServer
from gateway.dialplan.problems import did_you_mean
from gateway.errors import BadInput, GatewayError
from gateway.http_client import HttpClient
from gateway.tools.builtin import BUILT_IN
from gateway.tools.listing import shown
from gateway.tools.live_call import CallFacts
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.servers import McpServers
from gateway.tools.mcp.spec import spec_of
from gateway.tools.mcp.tool import mcp_tools
from gateway.tools.modules import Modules
from gateway.tools.python_function import FunctionPlaces, PythonFunction
from gateway.tools.registry import Tool, Toolbox
from gateway.tools.webhook import webhook_tool

log = structlog.get_logger(__name__)

SERVER_WITHIN = 4.0
"""Seconds that a call waits for tool servers that have not yet said what they offer."""


class ToolCatalog:
    """Used by one snapshot of plans; `folder` is theirs, None for the built-in functions alone."""

    def __init__(
        self,
        folder: Path | None = None,
        places: FunctionPlaces | None = None,
        http: HttpClient | None = None,
        mcp: McpServers | None = None,
    ) -> None:
        self._folder = folder or Path()
        self._modules = Modules(folder)
        self._places = places or FunctionPlaces()
        self._http = http or HttpClient()
        self._mcp = mcp
        self._loaded: dict[str, PythonFunction] = {}
        self._faults: dict[str, str] = {}

    def fault(self, name: str) -> str:
        """Return why a plan cannot name this function, and what to do; "" if it can. Loads the function."""
        if name in BUILT_IN or name in self._loaded:
            return ""
        if ":" not in name:
            return f"unknown tool; {did_you_mean(name, BUILT_IN)}, or MODULE:FUNCTION for one of your own"
        if name not in self._faults:
            try:
                function = self._modules.function(name)
                self._loaded[name] = PythonFunction.of(name.rpartition(":")[2], function)
            except GatewayError as error:
                self._faults[name] = str(error)
                return str(error)
            return ""
        return self._faults[name]

    def clash(self, names: Iterable[str]) -> str:
        """Return a name that two functions of one agent would have for the model; "" if there is none."""
        seen: set[str] = set()
        for name in names:
            short = name.rpartition(":")[2]
            if short in seen:
                return short
            seen.add(short)
        return ""

    def toolbox(self, facts: CallFacts, of_servers: Iterable[Tool] = ()) -> Toolbox:
        """Return the functions of one call's agent, with those `of_servers`.

        Raises BadInput for one that no plan names: a plan was checked, but not what a look-up has set.
        """
        named = [self._tool(name, facts) for name in facts.agent.tools]
        hooks = facts.agent.webhooks.items()
        return Toolbox(
            (*named, *(webhook_tool(name, hook, facts, self._http) for name, hook in hooks), *of_servers)
        )

    @asynccontextmanager
    async def opened(self, facts: CallFacts, wait: float = SERVER_WITHIN) -> AsyncIterator[Toolbox]:
        """Give the same, with the functions of those tool servers that can be had in time, while it lasts.

        Raises BadInput.
        """
        servers = {label: one for label, one in facts.agent.mcp.items() if one.mode == "gateway"}
        if not servers:
            yield self.toolbox(facts, ())
            return
        async with AsyncExitStack() as stack:
            connections = {
                label: await stack.enter_async_context(self._connected(server))
                for label, server in servers.items()
            }
            await asyncio.gather(*(one.known(wait, tries=1) for one in connections.values()))
            tools: list[Tool] = []
            for label, connection in connections.items():
                if connection.tools is None:
                    log.warning("mcp.missing", server=label, why=connection.fault)
                tools += mcp_tools(label, servers[label], connection, facts)
            yield self.toolbox(facts, tools)

    def _connected(self, server: McpServer) -> AbstractAsyncContextManager[McpConnection]:
        if self._mcp is None:
            raise BadInput("agent", "mcp", None, "no tool servers can be reached from here")
        return self._mcp.connected(spec_of(server, self._folder), shared=server.session == "shared")

    def _tool(self, name: str, facts: CallFacts) -> Tool:
        if name in BUILT_IN:
            return BUILT_IN[name](facts)
        if name in self._loaded:
            return self._loaded[name].for_call(facts, self._places)
        known = (*BUILT_IN, *self._loaded)
        raise BadInput("agent", "tools", name, f"use one of: {', '.join(known)}")

    def shown(self) -> tuple[str, ...]:
        """Return a line for each function that was loaded: its name, its arguments, what it does."""
        return tuple(
            shown(name, one.arguments.schema(), one.description) for name, one in sorted(self._loaded.items())
        )
