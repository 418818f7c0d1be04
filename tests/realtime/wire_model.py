"""A realtime server for tests: real WebSocket, no model, and it misbehaves on demand.

By itself it greets (`session.created`) and confirms updates (`session.updated`). Everything else a test
does through `Line`, one connection: read what came, send events or garbage, stall, cut, close.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.equipment.patience import within

Json = dict[str, Any]


class Line:
    """One connection of a client."""

    def __init__(self, socket: ServerConnection) -> None:
        self.socket = socket
        self.came: list[Json] = []
        self.questions: list[Json] = []
        """Whether it listens; they are not among what `came`."""
        self.over = asyncio.Event()
        self.let_read = asyncio.Event()
        self.let_read.set()
        self._news = asyncio.Event()
        self._number = 0

    async def got(self, kind: str, count: int = 1) -> Json:
        """Wait for the `count`th event of this type and give it."""
        async with within(5):
            while True:
                found = [event for event in self.came if event["type"] == kind]
                if len(found) >= count:
                    return found[count - 1]
                self._news.clear()
                await self._news.wait()

    async def asked(self, count: int) -> None:
        """Wait until it was asked so many times whether it listens."""
        async with within(5):
            while len(self.questions) < count:
                self._news.clear()
                await self._news.wait()

    def audio(self) -> bytes:
        """Return all caller audio that came."""
        return b"".join(
            base64.b64decode(e["audio"]) for e in self.came if e["type"] == "input_audio_buffer.append"
        )

    async def heard(self, size: int) -> bytes:
        """Wait for so many bytes of caller audio."""
        async with within(5):
            while len(self.audio()) < size:
                self._news.clear()
                await self._news.wait()
        return self.audio()

    async def send(self, kind: str, **fields: Any) -> None:
        """Send an event."""
        self._number += 1
        await self.raw(orjson.dumps({"type": kind, "event_id": f"event_{self._number}", **fields}))

    async def raw(self, frame: bytes | str, *, text: bool | None = True) -> None:
        """Send a frame as it is."""
        await self.socket.send(frame, text=text if isinstance(frame, bytes) else None)

    async def says(
        self, pcm: bytes, response: str = "resp_1", item: str = "item_1", status: str = "completed"
    ) -> None:
        """Speak a whole response with one item."""
        place = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        await self.send("response.created", response={"id": response, "status": "in_progress"})
        await self.send("response.output_audio.delta", **place, delta=base64.b64encode(pcm).decode())
        await self.send("response.output_audio.done", **place)
        await self.send("response.output_audio_transcript.done", **place, transcript="Hello.")
        await self.send("response.done", response={"id": response, "status": status, "output": []})

    def stall(self) -> None:
        """Read nothing more until `let_read` is set; pings stay unanswered when the buffers are full."""
        self.let_read.clear()

    def cut(self) -> None:
        """Drop the connection without a word."""
        self.socket.transport.abort()

    async def serve(self, model: Model) -> None:
        """Take events until the client is gone."""
        try:
            if model.greets:
                await self.send("session.created", session=model.session)
            while True:
                raw = await self.socket.recv(decode=False)
                event = orjson.loads(raw)
                if event["type"] == "conversation.item.retrieve":
                    await self._refuse(event, model)
                    continue
                self.came.append(event)
                self._news.set()
                if event["type"] == "session.update" and model.configures:
                    await self.send("session.updated", session={**model.session, **event["session"]})
                await model.meanwhile(self, event)
                await self.let_read.wait()
        except ConnectionClosed:
            pass
        finally:
            self.over.set()

    async def _refuse(self, event: Json, model: Model) -> None:
        self.questions.append(event)
        self._news.set()
        if model.listens:
            error = {"code": "item_retrieve_invalid_item_id", "message": "no", "event_id": event["event_id"]}
            await self.send("error", error=error)


async def _nothing(_line: Line, _event: Json) -> None:
    pass


class Model:
    """The server. What it does by itself can be changed at any time."""

    def __init__(self) -> None:
        self.url = ""
        self.greets = True
        self.configures = True
        self.listens = False
        """Refuses what it has not got; else it says nothing to that, like a server that does not know how."""
        self.session: Json = {"object": "realtime.session", "id": "sess_1", "type": "realtime"}
        self.refusals: list[tuple[int, bytes]] = []
        """HTTP statuses and bodies with which the next connections are refused, one each."""
        self.redirect: str | None = None
        """Where connections are sent instead."""
        self.requests: list[Request] = []
        self.meanwhile: Callable[..., Any] = _nothing
        """Called with line and event for each event that comes."""
        self.lines: list[Line] = []
        self._arrived = asyncio.Event()

    async def line(self, number: int = 1) -> Line:
        """Wait for the `number`th connection."""
        async with within(5):
            while len(self.lines) < number:
                self._arrived.clear()
                await self._arrived.wait()
        return self.lines[number - 1]

    async def _client(self, socket: ServerConnection) -> None:
        line = Line(socket)
        self.lines.append(line)
        self._arrived.set()
        await line.serve(self)

    def _admit(self, _socket: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request)
        if self.redirect is not None:
            return Response(302, "Found", Headers({"Location": self.redirect, "Content-Length": "0"}))
        if not self.refusals:
            return None
        status, body = self.refusals.pop(0)
        headers = Headers({"Content-Length": str(len(body)), "Connection": "close"})
        return Response(status, HTTPStatus(status).phrase, headers, body)


@asynccontextmanager
async def model(tls: ssl.SSLContext | None = None) -> AsyncIterator[Model]:
    """Run a server for as long as the context lasts."""
    running = Model()
    async with serve(
        running._client,
        "127.0.0.1",
        0,
        process_request=running._admit,
        compression=None,
        max_size=32 << 20,
        close_timeout=0.2,
        ping_interval=None,
        ssl=tls,
    ) as server:
        running.url = f"{'wss' if tls else 'ws'}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"
        try:
            yield running
        finally:
            for line in running.lines:
                line.let_read.set()
                line.cut()
