"""The tool servers of a process, with real ones: shared, of one call, restarted, let go of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from structlog.testing import capture_logs

from gateway.dialplan import load
from gateway.http_client import HttpClient
from gateway.tools.mcp import connection
from gateway.tools.mcp.result import told_result
from gateway.tools.mcp.servers import McpServers, shared_specs
from gateway.tools.mcp.spec import spec_of
from gateway.tools.registry import ToolFault
from tests.equipment import patience
from tests.tools.mcp.tool_servers import COMMAND, http_server, program


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BACK_OFF", (0.0,))


async def until(fact: Callable[[], object]) -> None:
    """Wait for a fact."""
    async with patience.within(20):
        while not fact():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_one_connection_serves_all_and_comes_back_when_its_program_dies() -> None:
    """In the middle of a call: that one fails, the next is answered."""
    with capture_logs() as logs:
        async with HttpClient() as http, McpServers(http) as servers:
            spec = spec_of(program(), Path())
            servers.want([spec])
            async with (
                servers.connected(spec, shared=True) as one,
                servers.connected(spec, shared=True) as two,
            ):
                assert one is two
                assert await one.known(20)
                who = await one.call("who", {}, {"call_id": "c7"})
                assert told_result(who) == "c7"
                with pytest.raises(ToolFault):
                    await one.call("die", {}, {})
                await until(lambda: one.fault == "")
                assert "Booked" in told_result(await one.call("book", {"day": "Monday"}, {}))
    assert [line["event"] for line in logs if line["event"].startswith("mcp.c")] == ["mcp.connected"] * 2


async def test_a_connection_of_its_own_ends_with_the_call() -> None:
    """Two calls do not share one."""
    with capture_logs():
        async with HttpClient() as http, McpServers(http) as servers:
            spec = spec_of(program(), Path())
            async with (
                servers.connected(spec, shared=False) as one,
                servers.connected(spec, shared=False) as two,
            ):
                assert one is not two
                assert await one.known(20)
                assert await two.known(20)
            await until(lambda: not servers._running)


async def test_a_server_over_http_that_dies_and_comes_back_is_found_again() -> None:
    """A call meanwhile is told; it is not cancelled."""
    with capture_logs():
        async with HttpClient() as http, McpServers(http) as servers, http_server() as url:
            spec = spec_of(program(url), Path())
            servers.want([spec])
            async with servers.connected(spec, shared=True) as one:
                assert await one.known(20)
                for name in ("die", "book"):
                    with pytest.raises(ToolFault):
                        await one.call(name, {"day": "Monday"} if name == "book" else {}, {})
                port = int(url.split(":")[2].partition("/")[0])
                async with http_server(port):
                    await until(lambda: one.fault == "")
                    assert "Booked" in told_result(await one.call("book", {"day": "Monday"}, {}))


async def test_who_is_no_longer_wanted_is_let_go_of_after_the_last_call() -> None:
    """And kept as long as a plan wants it, used or not."""
    with capture_logs():
        async with HttpClient() as http, McpServers(http) as servers:
            spec = spec_of(program(), Path())
            servers.want([spec])
            async with servers.connected(spec, shared=True) as one:
                servers.want([])
                assert await one.known(20)
            await until(lambda: not servers._running)


def test_the_servers_of_all_plans_are_found(tmp_path: Path) -> None:
    """Also behind a menu's keys; those of one call, and the provider's, are not shared."""
    own = {"command": COMMAND, "session": "per_call"}
    far = {"url": "https://x.example/mcp", "mode": "provider"}
    agent = {"agent": {"mcp": {"one": {"command": ["a"]}, "two": own, "three": far}}}
    menu = {
        "numbers": ["2"],
        "menu": {"prompt": {"say": "x"}, "options": {"1": {"agent": {"mcp": {"b": {"command": "b"}}}}}},
    }
    (tmp_path / "a.yaml").write_text(yaml.safe_dump({"numbers": ["1"], **agent}))
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(menu))
    assert {spec.command for spec in shared_specs(load(tmp_path))} == {("a",), ("b",)}
