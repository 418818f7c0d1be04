"""The MCP servers that a client's session names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from gateway.local.session.tool_servers import NamedServer
from gateway.tools.mcp.connection import McpConnection
from tests.local.client import client, server, session
from tests.tools.mcp.tool_servers import http_server


def named(approval: Any) -> NamedServer:
    """Return a server with such a `require_approval`."""
    return NamedServer(cast(McpConnection, None), None, approval)


@pytest.mark.parametrize(
    ("approval", "asks"),
    [
        (None, True),
        ("always", True),
        ("never", False),
        ({"never": {"tool_names": ["book"]}}, False),
        ({"never": {"tool_names": ["other"]}}, True),
        ({"always": {"tool_names": ["book"]}}, True),
        ({"always": {"tool_names": ["other"]}}, False),
        ({"always": {"tool_names": ["book"]}, "never": {"tool_names": ["other"]}}, True),
    ],
)
def test_a_client_approves_unless_it_says_otherwise(approval: Any, asks: bool) -> None:
    """As the hosted service has it."""
    assert named(approval).asks("book") is asks


async def test_a_server_is_listed_once() -> None:
    """With those of its functions that are allowed."""
    with capture_logs():
        async with http_server() as url, session() as one:
            tool = {"type": "mcp", "server_label": "calendar", "server_url": url, "allowed_tools": ["book"]}
            await one.update(tools=[tool])
            begun, completed = await one.receive(), await one.receive()
            added, done = await one.receive(), await one.receive()
            assert [e["type"] for e in (begun, completed, added, done)] == [
                "mcp_list_tools.in_progress",
                "mcp_list_tools.completed",
                "conversation.item.added",
                "conversation.item.done",
            ]
            assert done["item"]["id"] == begun["item_id"] == completed["item_id"]
            assert done["item"]["server_label"] == "calendar"
            assert [one["name"] for one in done["item"]["tools"]] == ["book"]
            await one.update(tools=[tool])
            await one.nothing_more()


@pytest.mark.parametrize(
    "where",
    [{"server_url": "http://127.0.0.1:1/mcp"}, {"server_url": "mcp://x"}, {"connector_id": "connector_x"}],
)
async def test_a_server_that_cannot_be_had_is_said_to_fail(where: Mapping[str, str]) -> None:
    """The session goes on without it; connectors are the hosted service's own."""
    with capture_logs():
        async with session() as one:
            await one.update(tools=[{"type": "mcp", "server_label": "crm", **where}])
            begun, failed = await one.receive(), await one.receive()
            assert (begun["type"], failed["type"]) == ("mcp_list_tools.in_progress", "mcp_list_tools.failed")
            assert begun["item_id"] == failed["item_id"]
            await one.nothing_more()


async def test_nothing_of_ours_is_filled_into_what_a_client_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client's header goes out as it is: our secrets are not for its servers."""
    monkeypatch.setenv("OUR_SECRET", "s3cret")
    from tests.equipment.web_server import Answered, web_server  # noqa: PLC0415 - of this test alone

    with capture_logs():
        async with web_server() as web, server() as address, client(address) as one:
            web.answers["/mcp"] = Answered(status=404)
            head = {"X-Key": "${OUR_SECRET}"}
            tool = {"type": "mcp", "server_label": "crm", "server_url": f"{web.url}/mcp", "headers": head}
            await one.next("session.created")
            await one.update(tools=[tool])
            await one.next("mcp_list_tools.failed")
            assert web.asked[0].head["x-key"] == "${OUR_SECRET}"
