"""One call of a browser to the embedded server: a WebRTC connection with a session behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson

from gateway.local.session.client_events import ServerSession
from gateway.local.session.session_parts import Spawn
from gateway.local.vocabulary import Clip
from gateway.local.webrtc.channel_link import ChannelLink
from gateway.tasks import TaskGroup, within
from gateway.webrtc.answering_peer import AnsweringPeer
from gateway.webrtc.arrivals import ArrivingSound
from gateway.webrtc.paced_track import PacedTrack

CHANNEL = "oai-events"
CONNECTED_WITHIN_S = 15.0
MOST_EARLY = 256
"""Events for a session that has not begun; later ones are lost."""
MOST_UNSENT = 1 << 20
"""Bytes of events at which a browser counts as gone: it has not read for minutes."""

Begin = Callable[[ChannelLink, Spawn], ServerSession]
"""Makes the session of a call that is connected."""


class RealtimeCall:
    """Answers an offer; its session begins when the browser is connected."""

    def __init__(self) -> None:
        self._session: ServerSession | None = None
        self._early: list[bytes] = []
        self.link = ChannelLink(self.end)
        self._peer = AnsweringPeer(PacedTrack(self.link.next_frame), self._data_channel)

    async def answer(self, offer: str) -> str:
        """Return the answer to an offer (SDP). Raises BadInput."""
        return await self._peer.answer(offer)

    async def run(self, begin: Begin) -> None:
        """Carry the call to its end."""
        try:
            async with within(CONNECTED_WITHIN_S):
                await self._peer.connected.wait()
            async with TaskGroup() as tasks:
                running: list[asyncio.Task[Any]] = []

                def spawn(work: Any) -> asyncio.Task[Any]:
                    running.append(task := tasks.create_task(work))
                    task.add_done_callback(running.remove)
                    return task

                session = self._session = begin(self.link, spawn)
                session.begin()
                spawn(self._listen(session))
                while self._early:
                    session.receive(self._early.pop(0))
                await self._peer.over.wait()
                session.end()
                for task in tuple(running):
                    task.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        await self._peer.close()

    def end(self) -> None:
        """End it."""
        self._peer.over.set()

    async def ended(self) -> None:
        """Wait until it is over."""
        await self._peer.over.wait()

    def receive(self, frame: bytes) -> None:
        """Take an event of a client's, by the data channel or beside it."""
        if self._session is None:
            if len(self._early) < MOST_EARLY:
                self._early.append(frame)
        elif not self._peer.over.is_set():
            self._session.receive(frame)

    def watched(self, watcher: Callable[[bytes], None]) -> AbstractContextManager[None]:
        """Send events to somebody else as well, as long as the block lasts."""
        return self.link.watched(watcher)

    async def _listen(self, session: ServerSession) -> None:
        """Bring what the browser says to the session."""
        arrivals = ArrivingSound()
        async for frame in self._peer.frames():
            session.hear(Clip(arrivals.take(frame)))

    def _data_channel(self, channel: Any) -> None:
        if channel.label != CHANNEL:
            return

        def send(frame: bytes) -> None:
            if channel.readyState != "open":
                return
            channel.send(frame.decode())
            if channel.bufferedAmount > MOST_UNSENT:
                self.end()

        def take(message: object) -> None:
            self.receive(message.encode() if isinstance(message, str) else orjson.dumps(None))

        channel.on("message", take)
        channel.on("close", self.end)
        self.link.open(send)
