"""What the plans of a folder offer on servers."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from structlog.testing import capture_logs

from gateway.tools.listing import Listing, listing, shown
from gateway.tools.mcp.offered import MOST_TOOLS
from tests.tools.mcp.tool_servers import COMMAND

MANY = """
from mcp.server.mcpserver import MCPServer

def do_it() -> str:
    return "done"

server = MCPServer("many")
for number in range(140):
    server.add_tool(do_it, name=f"t{number}")
server.run("stdio")
"""
HOOK = {
    "description": "Find an order.\nAsk for its number.",
    "url": "https://shop.example/{order}",
    "arguments": {"order": {}, "count": {"type": "integer", "required": False}},
}


async def listed(folder: Path, **agent: Any) -> Listing:
    """Write a plan, and list what its agent may call."""
    (folder / "desk.yaml").write_text(yaml.safe_dump({"numbers": ["100"], "agent": agent}))
    with capture_logs():
        return await listing(folder, None)


async def test_requests_and_the_functions_of_servers_are_listed(tmp_path: Path) -> None:
    """Each in a line: its name, its arguments, what it does."""
    calendar = {"command": COMMAND, "tools": ["book", "free_slots", "bok"], "approval": ["book"]}
    found = await listed(tmp_path, webhooks={"order_status": HOOK}, mcp={"calendar": calendar})
    assert "order_status(count: any = None, order: string)  Find an order." in found.lines
    assert "calendar__book(day: string, hour: string = '9:00')  Book an appointment." in found.lines
    assert len(found.lines) == 3
    (problem,) = found.problems
    assert str(problem).startswith(f"{tmp_path}/desk.yaml:")
    assert "agent.mcp.calendar.tools: 'bok': the server has no such function; did you mean 'book'?" in str(
        problem
    )


async def test_a_server_with_more_than_a_model_takes(tmp_path: Path) -> None:
    """It is said what to do about it; those that the plan names are listed, wherever they stand."""
    program = tmp_path / "many.py"
    program.write_text(MANY)
    command = [sys.executable, str(program)]
    found = await listed(tmp_path, mcp={"all": {"command": command}})
    assert len(found.lines) == MOST_TOOLS
    (problem,) = found.problems
    assert (
        "agent.mcp.all.tools: the server has 140 functions, and an agent can call 128: name those here"
        in str(problem)
    )
    some = await listed(tmp_path, mcp={"all": {"command": command, "tools": ["t139", "t2"]}})
    assert [line.partition("(")[0] for line in some.lines] == ["all__t2", "all__t139"]
    assert some.problems == ()


async def test_a_server_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """At its place in the plan, and soon."""
    servers = {"gone": {"command": ["false"]}, "far": {"url": "https://x.example/mcp", "mode": "provider"}}
    found = await listed(tmp_path, mcp=servers)
    (problem,) = found.problems
    assert "agent.mcp.gone: the tool server cannot be reached: " in str(problem)
    assert problem.mark.line > 0


async def test_plans_without_servers_need_nothing(tmp_path: Path) -> None:
    """Nor do plans with mistakes, which are told elsewhere."""
    assert await listed(tmp_path) == Listing((), ())
    assert await listed(tmp_path, mcp={"x": {}}) == Listing((), ())


def test_a_function_is_shown_in_a_line() -> None:
    """A stranger's schema may hold anything."""
    assert shown("f", {"properties": {"a": 5, "b": {}}}, "") == (
        "f(b: any = None)  no docstring: the model is not told what it does"
    )
