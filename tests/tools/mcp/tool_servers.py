"""Real tool servers for tests: how a plan names the program, and one over HTTP while a block lasts."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway.dialplan.model import McpServer
from tests.equipment import patience
from tests.equipment.ports import free_port

PROGRAM = Path(__file__).parents[2] / "equipment" / "tool_server.py"
COMMAND = [sys.executable, str(PROGRAM)]


def program(url: str | None = None, **keys: Any) -> McpServer:
    """Return a server as a plan names it: the program, or an address."""
    where = {"command": COMMAND} if url is None else {"url": url}
    return McpServer.model_validate({**where, **keys})


@asynccontextmanager
async def http_server(port: int = 0) -> AsyncIterator[str]:
    """Run one over HTTP; gives its address."""
    port = port or free_port()
    process = await asyncio.create_subprocess_exec(
        *COMMAND, str(port), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        async with patience.within(20):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.05)
                else:
                    writer.close()
                    await writer.wait_closed()
                    break
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
