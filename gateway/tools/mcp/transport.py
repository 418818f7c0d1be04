"""The SDK's client for one server: a program over its pipes, or an address over streamable HTTP.

What a program writes to its standard error goes to our log, a line each. Whoever opens a client is told when
its line has ended: the SDK says so only to the next who asks.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import structlog

from gateway.errors import GatewayError
from gateway.tools.mcp.spec import ServerSpec

if TYPE_CHECKING:
    from gateway.http_client import HttpClient

log = structlog.get_logger(__name__)

LONGEST_LINE = 500
"""Characters of a line of a program that are logged."""
MOST_LINES = 20
"""Of a program that are logged in a second; what it says beyond waits in its pipe."""
INSTALL = "MCP is not installed: pip install 'sip-voice-gateway[mcp]'"


class NoMcp(GatewayError):
    """The SDK is not there."""


async def load() -> Any:
    """Return the SDK, loaded beside the event loop: it takes a second. Raises NoMcp."""
    try:
        return await asyncio.to_thread(importlib.import_module, "mcp")
    except ImportError as error:
        raise NoMcp(f"{INSTALL} ({error})") from None


@asynccontextmanager
async def opened(spec: ServerSpec, http: HttpClient, ended: Callable[[], None]) -> AsyncIterator[Any]:
    """Give a connected client (`mcp.Client`); `ended` is called when its line has ended.

    To be entered and left in one task, as the SDK's scopes want it. Raises GatewayError, OSError, and what
    the SDK raises.
    """
    sdk = await load()
    opening = _program(spec, ended) if spec.command else _address(spec, http, ended)
    async with opening as transport, sdk.Client(transport) as client:
        yield client


@asynccontextmanager
async def _address(spec: ServerSpec, http: HttpClient, ended: Callable[[], None]) -> AsyncIterator[Any]:
    streamable = importlib.import_module("mcp.client.streamable_http")
    answers = importlib.import_module("gateway.tools.mcp.answers")  # which loads the library for HTTP
    assert spec.url is not None
    url = spec.url.reveal()
    asking = await http.client_for(url, trusted=spec.trusted, inside=spec.inside)
    async with asking as client:
        client.headers.update({name: value.reveal() for name, value in spec.headers})
        client.event_hooks = {"response": [answers.bounded]}
        yield _Watched(streamable.streamable_http_client(url, http_client=client), ended)


@asynccontextmanager
async def _program(spec: ServerSpec, ended: Callable[[], None]) -> AsyncIterator[Any]:
    program = importlib.import_module("gateway.tools.mcp.program")  # which loads the SDK
    name, *arguments = spec.command
    command = (_found(name, spec.folder), *arguments)
    environment = {name: value.reveal() for name, value in spec.env}
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as errors:
        async with _logged(reading, spec):
            yield program.running(command, environment, spec.folder.absolute(), errors.fileno(), ended)


@asynccontextmanager
async def _logged(reading: int, spec: ServerSpec) -> AsyncIterator[None]:
    """Log what comes out of a pipe, a line each; the pipe is closed at the end."""
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: _Complaints(spec.shown), os.fdopen(reading, "rb", 0))
    try:
        yield
    finally:
        transport.close()


class _Complaints(asyncio.Protocol):
    """Logs what a program says, so many lines a second; of a piece with more the last ones."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._rest = b""
        self._pipe: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._pipe = cast("asyncio.ReadTransport", transport)  # uvloop's is one, and not by its class

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._rest = self._rest[-LONGEST_LINE:]
        for line in lines[-MOST_LINES:]:
            if text := line[:LONGEST_LINE].decode("utf-8", "replace").strip():
                log.info("mcp.said", server=self._server, line=text)
        if len(lines) >= MOST_LINES and self._pipe is not None:
            self._pipe.pause_reading()
            asyncio.get_running_loop().call_later(1.0, self._go_on)

    def _go_on(self) -> None:
        if self._pipe is not None and not self._pipe.is_closing():
            self._pipe.resume_reading()


def _found(program: str, folder: Path) -> str:
    """Return where a program is: beside the plan if its name is a path, as a plan names any file.

    `python` is the one that runs us: the SDK is there, and servers are made with it.
    """
    if program == "python":
        return sys.executable
    return str((folder / program).absolute()) if "/" in program else program


class _Watched:
    """A transport that says when what is read from it has come to its end."""

    def __init__(self, transport: Any, ended: Callable[[], None]) -> None:
        self._transport = transport
        self._ended = ended

    async def __aenter__(self) -> tuple[Any, Any]:
        reading, writing = await self._transport.__aenter__()
        return _WatchedStream(reading, self._ended), writing

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._transport.__aexit__(*raised)


class _WatchedStream:
    """A stream of the SDK's, read as it is."""

    def __init__(self, stream: Any, ended: Callable[[], None]) -> None:
        self._stream = stream
        self._ended = ended

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def __aiter__(self) -> _WatchedStream:
        return self

    async def __anext__(self) -> Any:
        try:
            return await self._stream.__anext__()
        except StopAsyncIteration:
            self._ended()
            raise

    async def __aenter__(self) -> _WatchedStream:
        await self._stream.__aenter__()
        return self

    async def __aexit__(self, *raised: Any) -> Any:
        return await self._stream.__aexit__(*raised)
