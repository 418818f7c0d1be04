"""A function of a tool server as one that an agent may call: named, allowed, asked about, run, told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.dialplan.model import McpServer
from gateway.tools.arguments import ForeignArguments
from gateway.tools.live_call import CallFacts
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.offered import OfferedTool
from gateway.tools.mcp.result import data_of, told_result
from gateway.tools.onward import onward
from gateway.tools.registry import Tool, ToolResult, as_text

LONGEST_SPOKEN = 200
"""Characters of what a caller is asked."""
_FIELD = re.compile(r"\{([^{}]+)\}")


def mcp_tools(label: str, server: McpServer, connection: McpConnection, facts: CallFacts) -> tuple[Tool, ...]:
    """Return the functions of a connected server that an agent may call."""
    allowed = [one for one in connection.tools or () if not server.tools or one.tool in server.tools]
    return tuple(_tool(label, server, one, connection, facts) for one in allowed)


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
        asks=None if words is None else lambda arguments: question(words, one.tool, arguments),
    )


def question(words: str, tool: str, arguments: Mapping[str, Any]) -> str:
    """Return what the caller is asked: the plan's words with the arguments in them, or words of our own."""
    if words:
        filled = _FIELD.sub(lambda match: _spoken(arguments.get(match[1], match[0])), words)
        return filled[:LONGEST_SPOKEN]
    given = ", ".join(f"{name.replace('_', ' ')} {_spoken(value)}" for name, value in arguments.items())
    what = tool.replace("_", " ") + (f", {given}" if given else "")
    return f"May I do this: {what}? Please say yes or no."[:LONGEST_SPOKEN]


def _spoken(value: Any) -> str:
    return " ".join(as_text(value).replace('"', "'").split())
