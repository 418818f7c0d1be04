"""A client of the embedded server, for its tests: a real WebSocket, every frame checked as it arrives."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from gateway.local.server.process import ListenAddress, serving
from gateway.local.server.settings import LocalSettings
from gateway.realtime.events.codec import SERVER_EVENTS, dump, parse_server
from gateway.realtime.events.model import Wire
from tests.equipment import patience, tone

RATE = 24_000
FRAME = RATE // 50 * 2
Event = dict[str, Any]

LOUD = tone.sine(300, 600, rate=RATE).tobytes()
"""A caller's turn for engines that go by loudness: 600 ms."""
SILENT = tone.silence(600, rate=RATE).tobytes()
"""The silence that ends it."""


def foreign_fields(model: Wire, path: str = "") -> list[str]:
    """Name the fields of an event that the protocol does not have."""
    found = [f"{path}{name}" for name in model.model_extra or {}]
    for name in type(model).model_fields:
        value = getattr(model, name)
        many = value if isinstance(value, list) else [value]
        for part in many:
            found += foreign_fields(part, f"{path}{name}.") if isinstance(part, Wire) else []
    return found


def check(frame: bytes) -> Event:
    """Read a frame of the server, which must be an event of the protocol with no field it does not have."""
    event = parse_server(frame)
    assert type(event) in SERVER_EVENTS.values(), frame
    assert isinstance(event, Wire)
    assert foreign_fields(event) == [], frame
    body: Event = orjson.loads(frame)
    assert orjson.loads(dump(event)) == body, "not what the vocabulary makes of it"
    assert body["event_id"].startswith("event_")
    return body


class Client:
    """One connection. What is not waited for is kept in `seen`."""

    def __init__(self, socket: ClientConnection, *, strict: bool = True) -> None:
        self.socket = socket
        self.seen: list[Event] = []
        self._strict = strict

    async def send(self, kind: str, **fields: Any) -> Self:
        """Send an event."""
        await self.socket.send(orjson.dumps({"type": kind, **fields}), text=True)
        return self

    async def update(self, **session: Any) -> Event:
        """Change the session; give it as it is then."""
        await self.send("session.update", session={"type": "realtime", **session})
        updated: Event = (await self.next("session.updated"))["session"]
        return updated

    async def receive(self) -> Event:
        """Return the next event, whatever it is."""
        async with patience.within(10):
            frame = await self.socket.recv(decode=False)
        event = check(frame) if self._strict else orjson.loads(frame)
        self.seen.append(event)
        return event

    async def next(self, *kinds: str) -> Event:
        """Return the next event of one of these kinds; an error nobody waits for fails the test."""
        while True:
            event = await self.receive()
            if event["type"] in kinds:
                return event
            assert event["type"] != "error", event

    async def error(self) -> Event:
        """Return the body of the next event, which must be an error."""
        event = await self.receive()
        assert event["type"] == "error", event
        body: Event = event["error"]
        return body

    async def nothing_more(self) -> None:
        """See that the server has nothing further to say: the next answer is to this."""
        await self.send("conversation.item.retrieve", item_id="nobody")
        assert (await self.error())["code"] == "item_retrieve_invalid_item_id"

    async def response(self) -> Event:
        """Wait for a response's end and what follows it; give its last state."""
        done: Event = (await self.next("response.done"))["response"]
        await self.next("rate_limits.updated")
        return done

    async def speak(self, *pcm: bytes) -> None:
        """Send audio in frames of 20 ms, as fast as it goes."""
        whole = b"".join(pcm)
        for start in range(0, len(whole), FRAME):
            audio = base64.b64encode(whole[start : start + FRAME]).decode()
            await self.send("input_audio_buffer.append", audio=audio)

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes; give the code and reason."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed:
            return self.socket.close_code or 0, self.socket.close_reason or ""

    def kinds(self) -> list[str]:
        """Return the kinds of events seen, audio and transcript deltas once each."""
        kinds = [event["type"] for event in self.seen]
        return [kind for at, kind in enumerate(kinds) if not at or kind != kinds[at - 1]]

    def audio(self, kind: str = "response.output_audio.delta") -> bytes:
        """Return all agent audio seen."""
        return b"".join(base64.b64decode(event["delta"]) for event in self.seen if event["type"] == kind)


def samples(pcm: bytes) -> npt.NDArray[np.int16]:
    """Return PCM as samples."""
    return np.frombuffer(pcm, np.int16)


@asynccontextmanager
async def server(engine: str = "tone", **settings: Any) -> AsyncIterator[ListenAddress]:
    """Run a server of the test's own."""
    async with serving(LocalSettings(port=0, engine=engine, **settings)) as address:
        yield address


@asynccontextmanager
async def client(
    address: ListenAddress,
    model: str = "gpt-realtime-2.1",
    query: str = "",
    headers: dict[str, str] | None = None,
    *,
    subprotocols: Iterable[str] = (),
    strict: bool = True,
    **more: Any,
) -> AsyncIterator[Client]:
    """Connect; the session is created, and forgotten in `seen`."""
    async with connect(
        f"{address.url}?model={model}{query}",
        additional_headers=headers,
        subprotocols=list(subprotocols) or None,  # type: ignore[arg-type] # plain strings will do
        max_size=1 << 25,
        proxy=None,
        compression=None,
        **more,
    ) as socket:
        yield Client(socket, strict=strict)


@asynccontextmanager
async def session(
    engine: str = "tone", settings: dict[str, Any] | None = None, **asked: Any
) -> AsyncIterator[Client]:
    """Run a server and a client with a session configured as asked; `seen` is empty."""
    async with server(engine, **(settings or {})) as address, client(address) as one:
        await one.next("session.created")
        await one.update(**asked)
        one.seen.clear()
        yield one
