"""MCP calls of the agent, with a real tool server: made, asked about, failing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from structlog.testing import capture_logs

from tests.local.client import Client, Event, session
from tests.tools.mcp.tool_servers import http_server


@asynccontextmanager
async def agent(approval: Any = "never") -> AsyncIterator[Client]:
    """Give a session of the agent that thinks, in writing, with a tool server that is listed."""
    with capture_logs():
        async with http_server() as url, session("agent", output_modalities=["text"]) as one:
            tool = {
                "type": "mcp",
                "server_label": "calendar",
                "server_url": url,
                "require_approval": approval,
            }
            await one.update(tools=[tool])
            await one.next("mcp_list_tools.completed")
            await one.next("conversation.item.done")
            one.seen.clear()
            yield one


async def asks(one: Client, words: str) -> Event:
    """Ask something in writing; give the response."""
    content = [{"type": "input_text", "text": words}]
    await one.send("conversation.item.create", item={"type": "message", "role": "user", "content": content})
    await one.send("response.create")
    return await one.response()


async def test_a_call_is_made_and_spoken_of_in_one_response() -> None:
    """Each step is told, in its order."""
    async with agent() as one:
        response = await asks(one, "What free slots are there on Monday?")
        call, message = response["output"]
        assert (call["type"], call["server_label"], call["name"]) == ("mcp_call", "calendar", "free_slots")
        assert "9:00" in call["output"]
        assert call["arguments"] == '{"day":"Monday"}'
        assert message["type"] == "message"
        kinds = [kind for kind in one.kinds() if "mcp" in kind]
        assert kinds == [
            "response.mcp_call_arguments.delta",
            "response.mcp_call_arguments.done",
            "response.mcp_call.in_progress",
            "response.mcp_call.completed",
        ]


async def test_a_call_that_fails_is_told_as_such() -> None:
    """The agent says so."""
    async with agent() as one:
        call, message = (await asks(one, "Do the boom, please."))["output"]
        assert call["error"]["type"] == "tool_execution_error"
        assert call["output"] is None
        assert "did not work" in message["content"][0]["text"]
        assert "response.mcp_call.failed" in one.kinds()


async def test_a_call_that_needs_approval_waits_for_it() -> None:
    """On a yes of the client's a new response makes it; on a no it is never made."""
    async with agent("always") as one:
        (request,) = (await asks(one, "Please book for Monday."))["output"]
        assert (request["type"], request["name"]) == ("mcp_approval_request", "book")
        assert not any("mcp_call." in kind for kind in one.kinds())
        answer: dict[str, Any] = {"type": "mcp_approval_response", "id": "a1", "approve": True}
        answer["approval_request_id"] = request["id"]
        await one.send("conversation.item.create", item=answer)
        call, _ = (await one.response())["output"]
        assert (call["approval_request_id"], call["error"]) == (request["id"], None)
        assert "Booked" in call["output"]
        (second,) = (await asks(one, "Please book for Monday."))["output"]
        no = {**answer, "id": "a2", "approve": False, "approval_request_id": second["id"]}
        await one.send("conversation.item.create", item=no)
        await one.next("conversation.item.done")
        await one.nothing_more()
        await one.send("conversation.item.create", item={**no, "id": "a3", "approve": True})
        await one.next("conversation.item.done")
        await one.nothing_more()
