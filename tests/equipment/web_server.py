"""A web server in a test: it keeps what it was asked, and answers as it is told, late, wrongly or never.

async with web_server() as web:
    web.answers["/orders/4"] = Answered({"status": "sent"})
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.equipment import patience
from tests.equipment.streams import listening


@dataclass
class Answered:
    """One answer. `data` is sent as JSON, bytes as they are; `hangs`: nothing is ever sent."""

    data: Any = field(default_factory=dict)
    status: int = 200
    head: dict[str, str] = field(default_factory=dict)
    after_s: float = 0.0
    hangs: bool = False
    endless: bool = False
    """The body never ends."""
    cut: bool = False
    """The line is lost when the request was taken."""


@dataclass
class Asked:
    """One request."""

    method: str
    path: str
    head: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """What was sent as JSON."""
        return json.loads(self.body)


class WebServer:
    """Answers by path, without the part behind `?`; a list of answers is given one after the other."""

    def __init__(self) -> None:
        self.answers: dict[str, Answered | list[Answered]] = {}
        self.asked: list[Asked] = []
        self.port = 0
        self.over = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()
        self._came = asyncio.Event()

    @property
    def url(self) -> str:
        """Where it is, by its address."""
        return f"http://127.0.0.1:{self.port}"

    async def got(self, count: int = 1) -> Asked:
        """Wait for the `count`-th request."""
        async with patience.within(10):
            while len(self.asked) < count:
                self._came.clear()
                await self._came.wait()
        return self.asked[count - 1]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take requests until the client leaves, or the server."""
        self._open.add(writer)
        try:
            await self._serve(reader, writer)
        finally:
            self._open.discard(writer)

    def end(self) -> None:
        """Leave all clients, who may keep their connections for a next request."""
        self.over.set()
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            asked = await _request(reader)
            self.asked.append(asked)
            self._came.set()
            found = self.answers.get(asked.path.partition("?")[0], Answered({"error": "nothing here"}, 404))
            answer = found.pop(0) if isinstance(found, list) else found
            if answer.cut:
                return
            if answer.hangs:
                await self.over.wait()
                return
            await asyncio.sleep(answer.after_s)
            await _send(writer, answer)


@asynccontextmanager
async def web_server() -> AsyncIterator[WebServer]:
    """Run one."""
    web = WebServer()
    async with listening(web.talk) as web.port:
        yield web
        web.end()


async def _request(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}
    method, path, _ = first.split(" ")
    return Asked(method, path, head, await reader.readexactly(int(head.get("content-length", 0))))


async def _send(writer: asyncio.StreamWriter, answer: Answered) -> None:
    body = answer.data if isinstance(answer.data, bytes) else json.dumps(answer.data).encode()
    head = dict(answer.head)
    if not answer.endless:
        head["Content-Length"] = str(len(body))
    lines = [f"HTTP/1.1 {answer.status} Status", *(f"{name}: {value}" for name, value in head.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode() + body)
    await writer.drain()
    while answer.endless:
        writer.write(b" " * 65536)
        await writer.drain()
