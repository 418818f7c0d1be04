"""Asking over a socket whose other end hangs up, says nonsense, or nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.errors import BadInput, ControlError
from gateway.node import control_client as module
from gateway.node.control_client import ControlClient

Says = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def asking(path: Path, says: Says) -> AsyncIterator[ControlClient]:
    """Ask somebody who says what the test says."""
    async with await asyncio.start_unix_server(says, path), ControlClient.connected(path) as client:
        yield client


async def test_an_answer_and_a_refusal(tmp_path: Path) -> None:
    """The one is returned, the other raised in the words of the gateway."""

    async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"id":1,"ok":[1,2]}\n')
        await reader.readline()
        writer.write(b'{"id":1,"error":"not now"}\n')
        writer.close()

    async with asking(tmp_path / "s", says) as client:
        assert await client.ask("calls") == [1, 2]
        with pytest.raises(ControlError, match="not now"):
            await client.ask("calls")


async def test_a_gateway_that_ends(tmp_path: Path) -> None:
    """What is asked then is refused in words; a watch is over."""

    async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"watch" in await reader.readline():
            writer.write(b'{"id":1,"ok":null}\n{"watched":{"what":"Answered"}}\n')
        writer.close()

    async with asking(tmp_path / "s", says) as client:
        with pytest.raises(ControlError, match="hung up"):
            await client.ask("calls")
    async with asking(tmp_path / "t", says) as client:
        assert [line["what"] async for line in client.watch()] == ["Answered"]


async def test_one_that_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not waited for without end."""
    monkeypatch.setattr(module, "ANSWER_WITHIN_S", 0.05)
    left = asyncio.Event()

    async def says(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await left.wait()
        writer.close()

    async with asking(tmp_path / "s", says) as client:
        with pytest.raises(ControlError, match="does not answer"):
            await client.ask("calls")
        left.set()


async def test_what_is_no_json(tmp_path: Path) -> None:
    """Another program answers there."""

    async def says(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"HTTP/1.1 400 Bad Request\r\n")
        writer.close()

    async with asking(tmp_path / "s", says) as client:
        with pytest.raises(ControlError, match="cannot be understood"):
            await client.ask("calls")


async def test_nobody_is_there(tmp_path: Path) -> None:
    """It is said where it was looked for."""
    with pytest.raises(BadInput, match="no gateway answers"):
        async with ControlClient.connected(tmp_path / "s"):
            pass
