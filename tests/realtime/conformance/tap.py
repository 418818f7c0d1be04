"""A listener on the wire: relays between a client and a server and keeps every frame of both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PASSED_ON = ("authorization", "openai-beta")


class Tap:
    """What was said; `(side, event)` in the order in which it passed."""

    def __init__(self, url: str) -> None:
        self.url = ""
        self.frames: list[tuple[str, dict[str, Any]]] = []
        self._upstream = url.partition("/v1/")[0]

    def kinds(self, side: str) -> list[str]:
        """Return the types of what one side said."""
        return [event["type"] for who, event in self.frames if who == side]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return all events of a type."""
        return [event for _, event in self.frames if event["type"] == kind]

    async def relay(self, client: ServerConnection) -> None:
        """Carry one connection."""
        assert client.request is not None
        headers = {name: client.request.headers[name] for name in PASSED_ON if name in client.request.headers}
        offered = [Subprotocol(client.subprotocol)] if client.subprotocol else None
        url = self._upstream + client.request.path
        async with (
            connect(
                url, additional_headers=headers, subprotocols=offered, max_size=None, proxy=None
            ) as server,
            asyncio.TaskGroup() as tasks,
        ):
            tasks.create_task(self._pass("client", client, server))
            tasks.create_task(self._pass("server", server, client))

    async def _pass(
        self, side: str, one: ServerConnection | ClientConnection, other: ServerConnection | ClientConnection
    ) -> None:
        try:
            async for frame in one:
                self.frames.append((side, orjson.loads(frame)))
                await other.send(frame)
        except ConnectionClosed:
            pass
        await other.close(one.close_code if one.close_code not in (None, 1005, 1006) else 1000)


@asynccontextmanager
async def tapped(url: str) -> AsyncIterator[Tap]:
    """Listen on a server for as long as the context lasts; `tap.url` is where clients go."""
    tap = Tap(url)
    async with serve(
        tap.relay, "127.0.0.1", 0, max_size=None, select_subprotocol=lambda _, offered: (offered or [None])[0]
    ) as server:
        tap.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1/realtime"
        yield tap
