"""A tool server that is a program: JSON-RPC over its pipes, a line each (MCP's stdio transport).

The SDK has one of its own, which reads a line to its end however long that is: a program that never ends one
would take this process' memory, and with it all calls. It is ended in the same way: its input is closed, then
it is asked to leave, then it is killed, with whatever it has started.
"""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, Process, SubprocessStreamProtocol
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import anyio
import structlog
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from gateway.tasks import within
from gateway.tools.mcp.pace import ServerPace

log = structlog.get_logger(__name__)

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes: a listing of all functions, or a picture. Beyond, the program is given up."""
LONGEST_SHOWN = 200
"""Bytes of a line that is no message, for the log."""
LEAVES_WITHIN_S = 2.0
"""Seconds for each way of ending it."""
LOOK_S = 0.01


@asynccontextmanager
async def running(
    command: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    errors: int,
    ended: Callable[[], None],
) -> AsyncIterator[tuple[Any, Any]]:
    """Run a program and give the streams to and from it, as the SDK wants them.

    `errors`: the descriptor that its standard error goes to; `ended`: called when nothing more comes of it.
    Raises OSError where it cannot be begun.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.subprocess_exec(
            lambda: SubprocessStreamProtocol(limit=LONGEST_LINE, loop=loop),
            *command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=errors,
            env=get_default_environment() | dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:  # of uvloop, whose errors do not say what is not there
        raise OSError(error.errno, error.strerror, error.filename or command[0]) from None
    process = Process(transport, protocol, loop)
    told, heard = anyio.create_memory_object_stream[Any](0)
    said, saying = anyio.create_memory_object_stream[Any](0)
    try:
        async with anyio.create_task_group() as tasks, heard, said:
            tasks.start_soon(_read, process, told, ended)
            tasks.start_soon(_write, process, saying, told)
            yield heard, said
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process)
        transport.close()  # what it has started may still hold its pipes


async def _read(process: Process, told: Any, ended: Callable[[], None]) -> None:
    assert process.stdout is not None
    pace, doubted = ServerPace(), False
    async with told:
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            while line := await _line(process.stdout):
                if line.strip():
                    message = _message(line)
                    if isinstance(message, ValueError) and not doubted:
                        doubted = True
                        shown = line[:LONGEST_SHOWN].decode("utf-8", "replace").strip()
                        log.warning("mcp.not_understood", line=shown)
                    await told.send(message)
                await pace.keep(1, len(line))
        ended()


async def _line(stream: asyncio.StreamReader) -> bytes:
    """Return the next line, b"" at the end and for one that is too long."""
    try:
        return await stream.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError:
        log.warning("mcp.line_too_long", bytes=LONGEST_LINE)
        return b""


def _message(line: bytes) -> Any:
    """Return a message; for what is none the error, of which the session tells its owner."""
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError as error:
        return error


async def _write(process: Process, saying: Any, told: Any) -> None:
    assert process.stdin is not None
    try:
        async with saying:
            async for one in saying:
                text = one.message.model_dump_json(by_alias=True, exclude_unset=True)
                process.stdin.write(text.encode() + b"\n")
                await process.stdin.drain()
    except OSError:
        await told.aclose()  # the session is told that the connection is over, and waits for nothing


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        if await _has_left(process):
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
    await _has_left(process)


async def _has_left(process: Process) -> bool:
    """Wait for its end, and not for that of what it has started, as `Process.wait` does."""
    with suppress(TimeoutError):
        async with within(LEAVES_WITHIN_S):
            while process.returncode is None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(LOOK_S)
    return process.returncode is not None
