"""The SDK's client against real servers: a program, and one over HTTP."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.http_client import HttpClient, HttpFault
from gateway.tools.mcp import transport
from gateway.tools.mcp.spec import ServerSpec, spec_of
from gateway.tools.mcp.transport import NoMcp, load, opened
from tests.equipment import patience
from tests.tools.mcp.tool_servers import PROGRAM, http_server, program


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    """Requests to other people's servers."""
    async with HttpClient() as client:
        yield client


async def test_a_program_is_started_asked_and_ended(http: HttpClient, tmp_path: Path) -> None:
    """It has the environment that the plan gives it, and none of ours; what it complains of is logged."""
    ended = asyncio.Event()
    with capture_logs() as logs:
        async with opened(spec_of(program(), tmp_path), http, ended.set) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            result = await client.call_tool("book", {"day": "Monday"})
            async with patience.within(5):
                while not any(line["event"] == "mcp.said" for line in logs):  # noqa: ASYNC110 - nobody tells
                    await asyncio.sleep(0.01)
    assert {"free_slots", "book", "die"} <= set(names)
    assert result.content[0].text == "Booked for Monday at 9:00."
    (said,) = [line for line in logs if line["event"] == "mcp.said"]
    assert said["line"] == "tool server begins"


async def test_whoever_opened_it_is_told_when_it_has_died(http: HttpClient, tmp_path: Path) -> None:
    """At once, and not at the next call."""
    ended = asyncio.Event()
    with capture_logs():
        async with opened(spec_of(program(), tmp_path), http, ended.set) as client:
            with pytest.raises(Exception, match=r"closed|lost"):
                await client.call_tool("die")
            async with patience.within(5):
                await ended.wait()


async def test_a_program_is_found_beside_the_plan(http: HttpClient, tmp_path: Path) -> None:
    """As a plan names any file."""
    script = tmp_path / "server"
    script.write_text(f"#!{sys.executable}\n" + PROGRAM.read_text(encoding="utf-8"))
    script.chmod(0o755)
    async with opened(ServerSpec(("./server",), folder=tmp_path), http, lambda: None) as client:
        assert (await client.call_tool("book", {"day": "Monday"})).content


def test_a_program_that_complains_without_end_is_heard_a_little(tmp_path: Path) -> None:
    """So many lines a second, whatever it has to say: also in the loop that the gateway has on Linux."""
    uvloop = pytest.importorskip("uvloop")
    script = tmp_path / "server"
    script.write_text(f'#!/bin/sh\nyes "It is all too much." >&2 &\nexec {sys.executable} {PROGRAM}\n')
    script.chmod(0o755)

    async def asked() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with HttpClient() as http:
            async with opened(ServerSpec(("./server",), folder=tmp_path), http, lambda: None) as client:
                assert (await client.call_tool("book", {"day": "Monday"})).content
            return loop.time() - began

    with capture_logs() as logs:
        took_s = uvloop.run(asked())
    said = [line for line in logs if line["event"] == "mcp.said"]
    assert 0 < len(said) <= transport.MOST_LINES * (took_s + 1)


async def test_a_server_over_http_is_asked_with_its_headers(http: HttpClient, tmp_path: Path) -> None:
    """Its address was written by whoever runs the gateway, and may be inside."""
    async with http_server() as url:
        spec = ServerSpec(url=program(url).url, folder=tmp_path)
        async with opened(spec, http, lambda: None) as client:
            result = await client.call_tool("find", {"place": {"street": "Main Street"}})
    assert result.structured_content == {"found": "Main Street 1"}


async def test_a_strangers_address_does_not_lead_inside(http: HttpClient, tmp_path: Path) -> None:
    """Neither by its number nor by a name."""
    for url in ("http://127.0.0.1:1/mcp", "http://localhost:1/mcp"):
        spec = ServerSpec(url=program(url).url, folder=tmp_path, trusted=False)
        with pytest.raises(BaseException) as raised:  # noqa: PT011 - the SDK's own groups
            async with opened(spec, http, lambda: None):
                pass
        assert "public internet" in _all(raised.value)
    with pytest.raises(HttpFault):
        async with opened(ServerSpec(url=program("http://0x7f.1/mcp").url), http, lambda: None):
            pass


async def test_without_the_sdk_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(NoMcp, match=r"pip install 'sip-voice-gateway\[mcp\]'"):
        await load()
    assert transport.INSTALL


def _all(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return " ".join([str(error), *map(_all, inner)])
