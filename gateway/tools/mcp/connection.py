"""One connection to a tool server, kept up by one owner: made, listed, watched, made again.

Calls go through it from any task. Each runs in a task of its own, because the SDK cancels whoever waits for
a server over HTTP that dies: a cancellation that nobody here asked for is a loss, not the call's end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, suppress
from typing import Any

import structlog

from gateway.errors import GatewayError
from gateway.tasks import within
from gateway.tools.abandon import CancelledByItself, abandonable
from gateway.tools.mcp.offered import OfferedTool, offered
from gateway.tools.registry import ToolFault

log = structlog.get_logger(__name__)

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before each try in a row. The last one goes on for ever."""
HEALTHY_AFTER = 30.0
"""Seconds of a connection after which earlier losses are forgiven."""
CONNECT_WITHIN = 15.0
LIST_WITHIN = 10.0
LIST_EVERY = 60.0
"""A server of the newest protocol does not say when its functions change, nor that it is gone."""
CLOSE_WITHIN = 8.0
"""A program has two seconds to leave by itself, and two more when it is asked to."""
MOST_PAGES = 16

Open = Callable[[Callable[[], None]], AbstractAsyncContextManager[Any]]
"""Opens a client; what it is given is called when the line has ended."""


class ServerLost(GatewayError):
    """The connection is gone."""


class McpConnection:
    """`run` it in a task of its own; `name` is for logs."""

    def __init__(self, name: str, open_client: Open) -> None:
        self.name = name
        self.tools: tuple[OfferedTool, ...] | None = None
        """What the server offers, also while it is away; None: nobody knows yet."""
        self.fault = "not connected yet"
        """Why there is no connection; "" while there is one."""
        self._open = open_client
        self._client: Any = None
        self._losses = 0  # in a row
        self._changed = asyncio.Event()
        self._doubted = asyncio.Event()

    async def run(self) -> None:
        """Keep the connection up until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            began = clock()
            self.fault = await self._life()
            self._client = None
            self._losses = 1 if clock() - began >= HEALTHY_AFTER else self._losses + 1
            self._changed.set()
            pause = BACK_OFF[min(self._losses, len(BACK_OFF)) - 1]
            log.warning("mcp.lost", server=self.name, why=self.fault, in_seconds=pause)
            await asyncio.sleep(pause)

    async def known(self, seconds: float, *, tries: int | None = None) -> bool:
        """Wait until it is known what the server offers, so many seconds at most; return whether it is.

        `tries`: so many attempts in vain are enough.
        """
        with suppress(TimeoutError):
            async with within(seconds):
                while self.tools is None and (tries is None or self._losses < tries):
                    self._changed.clear()
                    await self._changed.wait()
        return self.tools is not None

    async def call(self, tool: str, arguments: Mapping[str, Any], meta: Mapping[str, Any]) -> Any:
        """Return the server's result. The time is the caller's to bound. Raises ToolFault."""
        client = self._client
        if client is None:
            raise ToolFault(f"the tool server cannot be reached: {self.fault}")
        try:
            return await abandonable(client.call_tool(tool, dict(arguments), meta=dict(meta)))
        except CancelledByItself:
            self._doubt("the connection was lost")
            raise ToolFault("the tool server was lost") from None
        except Exception as error:  # noqa: BLE001 - the SDK's, a server's, a group of both
            self._doubted.set()  # a look shows whether the server is still there
            raise ToolFault(f"the tool server failed: {_told(error)}") from None

    # --- the owner -----------------------------------------------------------------------------------

    async def _life(self) -> str:
        """Connect and stay connected; return why that is over."""
        loop = asyncio.get_running_loop()
        connected: asyncio.Future[None] = loop.create_future()
        # A task, because the SDK may cancel the one in which its scopes were entered.
        life = loop.create_task(self._live(connected))
        try:
            await asyncio.wait({life, connected}, timeout=CONNECT_WITHIN, return_when=asyncio.FIRST_COMPLETED)
            if connected.done():
                await asyncio.wait({life})
        finally:
            life.cancel()
            await asyncio.wait({life}, timeout=CLOSE_WITHIN)
        if life.done() and not life.cancelled() and (error := life.exception()) is not None:
            return _told(error)
        return "the connection was lost" if connected.done() else f"no answer within {CONNECT_WITHIN:g} s"

    async def _live(self, connected: asyncio.Future[None]) -> None:
        self._doubted.clear()
        ended = asyncio.Event()

        def end() -> None:
            ended.set()
            self._doubt("the server has ended")

        async with self._open(end) as client:
            await self._look(client)
            log.info("mcp.connected", server=self.name, tools=len(self.tools or ()))
            connected.set_result(None)
            while True:
                with suppress(TimeoutError):
                    async with within(LIST_EVERY):
                        await self._doubted.wait()
                self._doubted.clear()
                if ended.is_set():
                    raise ServerLost(self.fault)
                await self._look(client)

    async def _look(self, client: Any) -> None:
        """See that the server is there, and what it offers now."""
        self.tools = await _listed(client)
        self._client, self.fault = client, ""
        self._changed.set()

    def _doubt(self, why: str) -> None:
        """Send no more calls until a look shows that the server is there."""
        self._client, self.fault = None, why
        self._doubted.set()


async def _listed(client: Any) -> tuple[OfferedTool, ...]:
    try:
        async with within(LIST_WITHIN):
            return offered([tool async for tool in _pages(client)])
    except TimeoutError:
        raise ServerLost(f"its functions are not listed within {LIST_WITHIN:g} s") from None


async def _pages(client: Any) -> AsyncIterator[Any]:
    cursor = None
    for _ in range(MOST_PAGES):
        page = await client.list_tools(cursor=cursor, cache_mode="refresh")
        for tool in page.tools:
            yield tool
        cursor = page.next_cursor
        if not cursor:
            return


def _told(error: BaseException) -> str:
    """Return an error in one line: the first of a group, by its text or its kind."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    text = " ".join(str(getattr(error, "message", "") or error).split())
    if isinstance(error, GatewayError):
        return text
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
