"""One call of a browser to the embedded server: a WebRTC connection with a session behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import orjson
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from gateway.errors import BadInput
from gateway.local.session.client_events import ServerSession
from gateway.local.session.session_parts import Spawn
from gateway.local.vocabulary import Clip
from gateway.local.webrtc.channel_link import ChannelLink
from gateway.tasks import TaskGroup, within
from gateway.webrtc.arrivals import ArrivingSound, as_they_come
from gateway.webrtc.ice import configuration
from gateway.webrtc.paced_track import PacedTrack

CHANNEL = "oai-events"
CONNECTED_WITHIN_S = 15.0
CLOSED_WITHIN_S = 2.0
MOST_UNSENT = 1 << 20
"""Bytes of events at which a browser counts as gone: it has not read for minutes."""

Begin = Callable[[ChannelLink, Spawn], ServerSession]
"""Makes the session of a call that is connected."""


class RealtimeCall:
    """Answers an offer; its session begins when the browser is connected."""

    def __init__(self) -> None:
        self._peer = RTCPeerConnection(configuration())
        self._over = asyncio.Event()
        self._connected = asyncio.Event()
        self._microphone: Any = None
        self._session: ServerSession | None = None
        self._early: list[bytes] = []
        self.link = ChannelLink(self._over.set)
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("track", self._track)
        self._peer.on("datachannel", self._data_channel)

    async def answer(self, offer: str) -> str:
        """Return the answer to an offer (SDP). Raises BadInput."""
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            for receiver in self._peer.getReceivers():
                as_they_come(receiver)
            self._peer.addTrack(PacedTrack(self.link.next_frame))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a stranger's text
            raise BadInput("offer", "sdp", None, f"it cannot be answered: {error}") from None
        return str(self._peer.localDescription.sdp)

    async def run(self, begin: Begin) -> None:
        """Carry the call to its end."""
        try:
            async with within(CONNECTED_WITHIN_S):
                await self._connected.wait()
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
                await self._over.wait()
                session.end()
                for task in tuple(running):
                    task.cancel()
        finally:
            await self.close()

    async def close(self) -> None:
        """Let go of the connection."""
        self._over.set()
        async with within(CLOSED_WITHIN_S):
            await self._peer.close()

    def end(self) -> None:
        """End it."""
        self._over.set()

    async def ended(self) -> None:
        """Wait until it is over."""
        await self._over.wait()

    def receive(self, frame: bytes) -> None:
        """Take an event of a client's, by the data channel or beside it."""
        if self._session is None:
            self._early.append(frame)
        elif not self._over.is_set():
            self._session.receive(frame)

    def watched(self, watcher: Callable[[bytes], None]) -> AbstractContextManager[None]:
        """Send events to somebody else as well, as long as the block lasts."""
        return self.link.watched(watcher)

    async def _listen(self, session: ServerSession) -> None:
        """Bring what the browser says to the session."""
        arrivals = ArrivingSound()
        try:
            while self._microphone is not None:
                session.hear(Clip(arrivals.take(await self._microphone.recv())))
        except MediaStreamError:
            self._over.set()

    # --- what the library tells -----------------------------------------------------------------------

    def _changed(self) -> None:
        if self._peer.connectionState == "connected":
            self._connected.set()
        elif self._peer.connectionState in ("failed", "closed"):
            self._over.set()

    def _track(self, track: Any) -> None:
        if track.kind == "audio" and self._microphone is None:
            self._microphone = track

    def _data_channel(self, channel: Any) -> None:
        if channel.label != CHANNEL:
            return

        def send(frame: bytes) -> None:
            if channel.readyState != "open":
                return
            channel.send(frame.decode())
            if channel.bufferedAmount > MOST_UNSENT:
                self._over.set()

        def take(message: object) -> None:
            self.receive(message.encode() if isinstance(message, str) else orjson.dumps(None))

        channel.on("message", take)
        channel.on("close", self._over.set)
        self.link.open(send)
