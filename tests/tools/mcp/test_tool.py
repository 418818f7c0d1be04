"""Functions of a tool server as an agent's."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import orjson

from gateway.call import CallInfo, CallTool, Party, ToolThen
from gateway.tools.live_call import CallFacts
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.mcp.offered import OfferedTool
from gateway.tools.mcp.tool import mcp_tools
from gateway.tools.registry import Toolbox
from gateway.tools.trying import Printed
from tests.tools.mcp.tool_servers import program

SCHEMA = {"type": "object", "properties": {"day": {"type": "string"}}, "required": ["day"]}


class Connected:
    """A connection that notes what was called."""

    def __init__(self) -> None:
        self.tools = (OfferedTool("book", "Book.", SCHEMA), OfferedTool("cancel", "Cancel.", {}))
        self.called: list[tuple[str, Any, Any]] = []
        self.answer = SimpleNamespace(content=[], structured_content={"goto": "sales"}, is_error=False)

    async def call(self, tool: str, arguments: Any, meta: Any) -> Any:
        """Note it."""
        self.called.append((tool, arguments, meta))
        return self.answer


def box(connection: Connected, handle: Printed | None = None, **keys: Any) -> Toolbox:
    """Return the functions of a plan's server."""
    facts = CallFacts(
        CallInfo("c7", "x@y", caller=Party(""), called=Party("")), "desk", plans=("sales",), handle=handle
    )
    return Toolbox(mcp_tools("crm", program(**keys), cast(McpConnection, connection), facts))


async def test_names_arguments_and_the_call_are_told() -> None:
    """The server knows for which call it works."""
    connection = Connected()
    tools = box(connection)
    assert [one["name"] for one in tools.describe()] == ["crm__book", "crm__cancel"]
    assert tools.describe()[0]["parameters"] == SCHEMA
    returned = await tools.call(CallTool("t", "crm__book", '{"day": "Monday"}'))
    assert returned.output == '{"goto":"sales"}'
    assert returned.then is ToolThen.SPEAK
    assert connection.called == [("book", {"day": "Monday"}, {"call_id": "c7"})]
    missing = await tools.call(CallTool("t", "crm__book", "{}"))
    assert "day" in orjson.loads(missing.output)["error"]
    assert len(connection.called) == 1


async def test_a_result_may_move_the_call_on() -> None:
    """To a plan that is named for it."""
    handle = Printed()
    returned = await box(Connected(), handle, plans=["sales"]).call(CallTool("t", "crm__cancel", "{}"))
    assert returned.then is ToolThen.MOVE_ON
    assert handle.lines == ["the call goes on in sales"]


async def test_only_what_the_plan_allows_can_be_called() -> None:
    """Whatever the model asks for."""
    tools = box(Connected(), tools=["cancel"])
    assert [one["name"] for one in tools.describe()] == ["crm__cancel"]
    assert "no function" in (await tools.call(CallTool("t", "crm__book", "{}"))).output


async def test_what_needs_a_yes_is_not_done_without_it() -> None:
    """Nor where there is nobody to be asked."""
    connection = Connected()
    tools = box(connection, approval={"book": "Shall I book {day}?"})
    asked: list[str] = []

    async def ask(_call_id: str, words: str) -> bool:
        asked.append(words)
        return len(asked) > 1

    order = CallTool("t", "crm__book", '{"day": "Mon\\"day"}')
    assert "did not agree" in (await tools.call(order, ask)).output
    assert not connection.called
    assert "goto" in (await tools.call(order, ask)).output
    assert asked == ["Shall I book Mon'day?"] * 2
    assert len(connection.called) == 1
    nobody = await box(connection, approval="always").call(CallTool("t", "crm__cancel", "{}"))
    assert "did not agree" in nobody.output
    assert len(connection.called) == 1
