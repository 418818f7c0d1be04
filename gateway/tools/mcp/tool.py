"""A function of a tool server as one that an agent may call: named, allowed, asked about, run, told."""

from __future__ import annotations

from typing import Any

from gateway.call import approval_question
from gateway.dialplan.model import McpServer
from gateway.tools.arguments import ForeignArguments
from gateway.tools.live_call import CallFacts
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.offered import OfferedTool, allowed
from gateway.tools.mcp.result import data_of, told_result
from gateway.tools.onward import onward
from gateway.tools.registry import Tool, ToolResult


def mcp_tools(label: str, server: McpServer, connection: McpConnection, facts: CallFacts) -> tuple[Tool, ...]:
    """Return the functions of a connected server that an agent may call."""
    tools = allowed(connection.tools or (), server.tools)
    return tuple(_tool(label, server, one, connection, facts) for one in tools)


def _tool(
    label: str, server: McpServer, one: OfferedTool, connection: McpConnection, facts: CallFacts
) -> Tool:
    name = one.name_at(label)

    async def run(**arguments: Any) -> ToolResult:
        result = await connection.call(one.tool, arguments, {"call_id": facts.info.id})
        then = onward(data_of(result), server.plans, facts, f"tool {name}")
        return ToolResult(told_result(result), then)

    words = server.question(one.tool)
    return Tool(
        name,
        one.description,
        ForeignArguments(one.schema),
        run,
        server.timeout.total_seconds(),
        asks=None if words is None else lambda arguments: approval_question(one.tool, arguments, words),
    )
