"""A tool server (MCP) in a process of its own, made with the official SDK: over its pipes, or over HTTP.

    command: [python, tests/equipment/tool_server.py]           # stdio
    python tests/equipment/tool_server.py 8123                  # http://127.0.0.1:8123/mcp

It may be told to end itself in the middle of a call, which no well-behaved server does.
"""

# ruff: noqa: T201, TID251 - a stranger's program
from __future__ import annotations

import os
import signal
import sys
import time
from typing import Literal

from mcp.server.mcpserver import Context, MCPServer
from pydantic import BaseModel

server = MCPServer("calendar")


class Place(BaseModel):
    """Where something is."""

    street: str
    number: int = 1


@server.tool()
def free_slots(day: Literal["Monday", "Tuesday"]) -> list[str]:
    """Say when there is room on a day."""
    return ["9:00", "14:30"] if day == "Monday" else []


@server.tool()
def book(day: str, hour: str = "9:00") -> str:
    """Book an appointment."""
    return f"Booked for {day} at {hour}."


@server.tool()
def find(place: Place) -> dict[str, str]:
    """Find a place."""
    return {"found": f"{place.street} {place.number}"}


@server.tool()
def onward() -> dict[str, str]:
    """Send the caller on."""
    return {"goto": "sales"}


@server.tool()
async def who(ctx: Context) -> str:
    """Say for which call this is."""
    meta = ctx.request_context.meta
    return str(dict(meta or {}).get("call_id", "nobody"))


@server.tool()
def boom() -> str:
    """Fail."""
    raise ValueError("secret")


@server.tool()
def huge() -> str:
    """Say very much."""
    return "x" * 300_000


@server.tool()
def hang() -> str:
    """Take for ever."""
    time.sleep(600)
    return "never"


@server.tool()
def die() -> str:
    """Vanish in the middle of a call."""
    print("dying", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


if __name__ == "__main__":
    print("tool server begins", file=sys.stderr, flush=True)
    if len(sys.argv) > 1:
        server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
    else:
        server.run("stdio")
