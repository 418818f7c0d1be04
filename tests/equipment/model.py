"""A realtime model that does as a test tells it: a WebSocket server with the GA protocol, written by hand.

It shares no code with the gateway. By itself it takes sessions, confirms their configuration and answers
each `response.create` with `says` (a tone, as fast as the line takes it, like the hosted service); everything
else - a caller's turn, an error, a lost line - happens when the test says so, at a known time.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import ssl
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self

import numpy as np
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.equipment import patience, tone

RATE = 24000
CHUNK_MS = 200
"""Audio in one delta: about what the hosted service sends."""

Event = dict[str, Any]


class Session:
    """One connection of the gateway; times are CLOCK_MONOTONIC ns."""

    def __init__(self, model: Model, socket: ServerConnection) -> None:
        self.model = model
        self.socket = socket
        self.path = socket.request.path if socket.request else ""
        self.received: list[tuple[int, Event]] = []
        """Everything the gateway sent but caller audio, with its arrival."""
        self.config: Event = {}
        """The session as the gateway configured it."""
        self.heard = bytearray()
        """The caller's audio, PCM16LE at 24 kHz."""
        self.appends = 0
        self.hears_since = 0
        """When the first of the caller's audio came."""
        self.responses: list[str] = []
        self.items: list[str] = []
        self._numbers = itertools.count(1)
        self._changed = asyncio.Event()
        self.closed = asyncio.Event()

    # --- what the model does

    async def send(self, kind: str, **fields: Any) -> int:
        """Send an event; gives the time just before."""
        at = time.monotonic_ns()
        await self.socket.send(json.dumps({"event_id": f"ev_{next(self._numbers)}", "type": kind, **fields}))
        return at

    async def start_response(self, metadata: object = None) -> str:
        """Begin a response; gives its id."""
        response = f"resp_{len(self.responses) + 1}"
        self.responses.append(response)
        head = {"id": response, "object": "realtime.response", "status": "in_progress", "output": []}
        await self.send("response.created", response={**head, "metadata": metadata})
        return response

    async def start_item(self, response: str) -> str:
        """Begin an item of speech; gives its id."""
        item = f"item_{len(self.items) + 1}"
        self.items.append(item)
        message = {"id": item, "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        where: Event = {"response_id": response, "output_index": 0}
        await self.send("response.output_item.added", **where, item=message)
        await self.send("conversation.item.added", previous_item_id=None, item=message)
        part = {"type": "audio", "transcript": ""}
        await self.send("response.content_part.added", **where, item_id=item, content_index=0, part=part)
        return item

    async def speak(self, response: str, item: str, pcm: tone.Pcm) -> None:
        """Send speech (24 kHz) in deltas, as fast as the line takes it."""
        step = RATE * CHUNK_MS // 1000
        where: Event = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        for start in range(0, len(pcm), step):
            delta = base64.b64encode(pcm[start : start + step].tobytes()).decode()
            await self.send("response.output_audio.delta", **where, delta=delta)

    async def end_item(self, response: str, item: str, transcript: str = "beep") -> None:
        """Say that an item is complete."""
        where: Event = {"response_id": response, "item_id": item, "output_index": 0, "content_index": 0}
        await self.send("response.output_audio.done", **where)
        await self.send("response.output_audio_transcript.done", **where, transcript=transcript)
        message = {
            "id": item,
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "audio", "transcript": transcript}],
        }
        await self.send("response.output_item.done", response_id=response, output_index=0, item=message)
        await self.send("conversation.item.done", previous_item_id=None, item=message)

    async def end_response(self, response: str, status: str = "completed") -> None:
        """Say that a response is over."""
        usage = {"total_tokens": 30, "input_tokens": 10, "output_tokens": 20}
        head = {"id": response, "object": "realtime.response", "status": status, "output": []}
        await self.send("response.done", response={**head, "usage": usage})

    async def respond(self, pcm: tone.Pcm, metadata: object = None) -> tuple[str, str]:
        """Return a whole response with one item; return the ids of both."""
        response = await self.start_response(metadata)
        item = await self.start_item(response)
        await self.speak(response, item, pcm)
        await self.end_item(response, item, self.model.words)
        await self.end_response(response)
        return response, item

    async def caller_speaks(self, item: str = "item_caller", at_ms: int = 0) -> int:
        """Hear the caller begin to speak; gives the time just before that was told."""
        return await self.send("input_audio_buffer.speech_started", item_id=item, audio_start_ms=at_ms)

    async def caller_stops(self, item: str = "item_caller", at_ms: int = 0) -> None:
        """Hear the caller end a turn, and take it."""
        await self.send("input_audio_buffer.speech_stopped", item_id=item, audio_end_ms=at_ms)
        await self.send("input_audio_buffer.committed", item_id=item, previous_item_id=None)

    async def fail(self, code: str, message: str, event_id: str | None = None) -> None:
        """Send an error event."""
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        await self.send("error", error={**error, "event_id": event_id})

    def cut(self) -> None:
        """Lose the line, without a closing handshake."""
        self.socket.transport.abort()

    # --- what the gateway did

    def events(self, kind: str) -> list[Event]:
        """All events of a kind, with `at`, their arrival."""
        return [{**event, "at": at} for at, event in self.received if event.get("type") == kind]

    async def got(self, kind: str, count: int = 1, patient_seconds: float = 10) -> Event:
        """Wait for the `count`-th event of a kind."""
        async with patience.within(patient_seconds):
            while len(found := self.events(kind)) < count:
                self._changed.clear()
                await self._changed.wait()
        return found[count - 1]

    async def until(self, fact: Callable[[], object], patient_seconds: float = 10) -> None:
        """Wait for a condition on what was received or heard."""
        async with patience.within(patient_seconds):
            while not fact():
                self._changed.clear()
                await self._changed.wait()

    def caller(self) -> tone.Pcm:
        """What the caller was heard to say, at 24 kHz."""
        return np.frombuffer(bytes(self.heard), np.int16)

    async def serve(self) -> None:
        """Take what the gateway sends until it leaves."""
        await self.send("session.created", session=self._session())
        try:
            async with asyncio.TaskGroup() as tasks:
                async for raw in self.socket:
                    await self._take(json.loads(raw), tasks)
        except* ConnectionClosed:  # the reading loop, or a response on its way
            pass
        finally:
            self.closed.set()
            self._changed.set()

    async def _take(self, event: Event, tasks: asyncio.TaskGroup) -> None:
        kind = event.get("type")
        if kind == "input_audio_buffer.append":
            self.heard += base64.b64decode(event["audio"])
            self.appends += 1
            self.hears_since = self.hears_since or time.monotonic_ns()
        else:
            self.received.append((time.monotonic_ns(), event))
        self._changed.set()
        if kind == "session.update":
            self.config = event["session"]
            if self.model.confirms:
                await self.send("session.updated", session=self._session())
        elif kind == "response.create" and self.model.says is not None:
            asked = event.get("response") or {}
            tasks.create_task(self.respond(self.model.says, asked.get("metadata")))
        elif kind == "conversation.item.create":
            item = {"id": f"item_made_{next(self._numbers)}", "status": "completed", **event["item"]}
            await self.send("conversation.item.added", previous_item_id=None, item=item)
            await self.send("conversation.item.done", previous_item_id=None, item=item)
        elif kind == "conversation.item.truncate":
            await self._truncate(event)
        elif kind == "conversation.item.delete":
            await self.send("conversation.item.deleted", item_id=event["item_id"])

    async def _truncate(self, event: Event) -> None:
        if self.model.refuses_truncation:
            message = "Audio content of 0ms is already shorter than that"
            await self.fail("invalid_value", message, event.get("event_id"))
            return
        fields = {name: event[name] for name in ("item_id", "content_index", "audio_end_ms")}
        await self.send("conversation.item.truncated", **fields)

    def _session(self) -> Event:
        head = {"type": "realtime", "object": "realtime.session", "id": "sess_test", "model": "scripted"}
        return {**head, "expires_at": int(time.time()) + 3600, **self.config}


class Model:
    """The server; `sessions` in the order in which they came."""

    makes: type[Session] = Session

    def __init__(self, port: int = 0, host: str = "127.0.0.1") -> None:
        self.host = host
        self.port = port
        self.tls: ssl.SSLContext | None = None
        """With it the address is wss://."""
        self.says: tone.Pcm | None = tone.sine(440, 3000, rate=RATE, fade_ms=5)
        """The answer to every `response.create`; None leaves it to the test."""
        self.words = "beep"
        """Its transcript."""
        self.confirms = True
        """Answer `session.update`."""
        self.refuses_truncation = False
        self.refuses: HTTPStatus | None = None
        """Answer the WebSocket's HTTP request with this status instead."""
        self.attempts = 0
        self.sessions: list[Session] = []
        self._came = asyncio.Event()
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._session,
            self.host,
            self.port,
            process_request=self._admit,
            compression=None,
            max_size=None,
            ssl=self.tls,
        )
        self.port = next(iter(self._server.sockets)).getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server
        for session in self.sessions:
            session.cut()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where the gateway finds it."""
        return f"{'wss' if self.tls else 'ws'}://{self.host}:{self.port}/v1/realtime"

    async def session(self, count: int = 1, patient_seconds: float = 10) -> Session:
        """Wait for the `count`-th session."""
        async with patience.within(patient_seconds):
            while len(self.sessions) < count:
                self._came.clear()
                await self._came.wait()
        return self.sessions[count - 1]

    def _admit(self, connection: ServerConnection, _request: Request) -> Response | None:
        self.attempts += 1
        return connection.respond(self.refuses, "refused by the test\n") if self.refuses else None

    async def _session(self, socket: ServerConnection) -> None:
        session = self.makes(self, socket)
        self.sessions.append(session)
        self._came.set()
        await session.serve()
