"""A connection is kept up, whatever the server and the SDK do; real servers are in test_servers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.tools.mcp import connection
from gateway.tools.mcp.connection import McpConnection
from gateway.tools.registry import ToolFault
from tests.equipment import patience


class Sdk:
    """A server as the SDK's client shows it; `lives` counts its connections."""

    def __init__(self) -> None:
        self.lives = 0
        self.refuses: Exception | None = None
        self.pages = [["a"], ["b"]]
        self.answer: Callable[[], Any] = lambda: "fine"
        self.ended: Callable[[], None] = lambda: None
        self.left = asyncio.Event()

    @asynccontextmanager
    async def open(self, ended: Callable[[], None]) -> AsyncIterator[Any]:
        """Connect."""
        self.lives += 1
        self.ended = ended
        if self.refuses is not None:
            raise self.refuses
        try:
            yield self
        finally:
            self.left.set()

    async def list_tools(self, *, cursor: str | None, cache_mode: str) -> Any:
        """List a page."""
        assert cache_mode == "refresh"
        number = int(cursor or 0)
        tools = [
            SimpleNamespace(name=n, description="", title="", input_schema={}) for n in self.pages[number]
        ]
        more = str(number + 1) if number + 1 < len(self.pages) else None
        return SimpleNamespace(tools=tools, next_cursor=more)

    async def call_tool(self, _tool: str, _arguments: Any, *, meta: Any) -> Any:
        """Call."""
        assert meta == {"call_id": "c"}
        answer = self.answer()
        return await answer if asyncio.iscoroutine(answer) else answer


@asynccontextmanager
async def running(sdk: Sdk) -> AsyncIterator[McpConnection]:
    """Run a connection; its pauses are short."""
    made = McpConnection("calendar", sdk.open)
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(made.run())
        yield made
        task.cancel()


async def until(fact: Callable[[], object]) -> None:
    """Wait for a fact."""
    async with patience.within(5):
        while not fact():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BACK_OFF", (0.0,))


async def called(made: McpConnection) -> Any:
    """Call a function."""
    return await made.call("a", {}, {"call_id": "c"})


async def test_all_pages_are_listed_and_calls_go_through() -> None:
    """In any task."""
    sdk = Sdk()
    async with running(sdk) as made:
        assert await made.known(5)
        assert [one.tool for one in made.tools or ()] == ["a", "b"]
        assert made.fault == ""
        assert await called(made) == "fine"
    assert sdk.left.is_set()


async def test_a_line_that_ends_is_made_again() -> None:
    """What the server offers is known meanwhile."""
    sdk = Sdk()
    with capture_logs() as logs:
        async with running(sdk) as made:
            await made.known(5)
            sdk.ended()
            await until(lambda: sdk.lives == 2 and made.fault == "")
            assert await called(made) == "fine"
    assert [line["why"] for line in logs if line["event"] == "mcp.lost"] == ["the server has ended"]


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    """A call is told so at once."""
    sdk = Sdk()
    sdk.refuses = ExceptionGroup("x", [ConnectionError("nobody there")])
    async with running(sdk) as made:
        assert not await made.known(0.01)
        await until(lambda: sdk.lives > 2)
        with pytest.raises(ToolFault, match="cannot be reached: ConnectionError: nobody there"):
            await called(made)
        sdk.refuses = None
        assert await made.known(5)


async def test_who_is_cancelled_by_the_sdk_is_told_of_a_loss() -> None:
    """As its client does over HTTP when the server dies; the call that waits is not cancelled with it."""
    sdk = Sdk()

    async def cancelled() -> None:
        raise asyncio.CancelledError

    sdk.answer = cancelled
    async with running(sdk) as made:
        await made.known(5)
        with pytest.raises(ToolFault, match="was lost"):
            await called(made)


async def test_an_owner_that_is_cancelled_by_the_sdk_goes_on() -> None:
    """The listing is where it looks next."""
    sdk = Sdk()
    async with running(sdk) as made:
        await made.known(5)
        sdk.answer = lambda: (_ for _ in ()).throw(ConnectionError("gone"))

        async def cancelled(**_: Any) -> Any:
            raise asyncio.CancelledError

        listing, sdk.list_tools = sdk.list_tools, cancelled  # type: ignore[method-assign]
        with pytest.raises(ToolFault, match="failed: ConnectionError: gone"):
            await called(made)
        await until(lambda: sdk.lives > 1)
        sdk.list_tools = listing  # type: ignore[method-assign]
        await until(lambda: made.fault == "")


async def test_who_waits_no_longer_leaves_the_server_alone() -> None:
    """A caller who hung up, or a time that is over."""
    sdk = Sdk()
    stopped = asyncio.Event()

    async def hangs() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()

    sdk.answer = hangs
    async with running(sdk) as made:
        await made.known(5)
        async with asyncio.TaskGroup() as tasks:
            waiting = tasks.create_task(called(made))
            await asyncio.sleep(0.01)
            waiting.cancel()
        async with patience.within(5):
            await stopped.wait()
        assert sdk.lives == 1
