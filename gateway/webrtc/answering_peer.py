"""A WebRTC connection of whoever answers a browser: sound both ways, and what the library tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import av
import structlog
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from gateway.errors import BadInput
from gateway.tasks import within
from gateway.webrtc.arrivals import as_they_come
from gateway.webrtc.ice import IceServer, configuration, silent
from gateway.webrtc.paced_track import PacedTrack

log = structlog.get_logger(__name__)

CLOSED_WITHIN_S = 2.0


class AnsweringPeer:
    """One connection. `next_frame` returns what the browser hears next: PCM16LE 24 kHz, 20 ms.

    `on_channel` is called with each data channel that the browser opens. `comes`: see `PacedTrack`.
    """

    def __init__(
        self,
        next_frame: Callable[[], bytes],
        on_channel: Callable[[Any], None],
        ice: Sequence[IceServer] = (),
        comes: asyncio.Event | None = None,
    ) -> None:
        self._ice = ice
        self._peer = RTCPeerConnection(configuration(ice))
        self._speaker = PacedTrack(next_frame, comes)
        self._microphone: Any = None
        self.connected = asyncio.Event()
        """ICE and DTLS are done."""
        self.over = asyncio.Event()
        """The browser is gone, or we want it to be."""
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("track", self._track)
        self._peer.on("datachannel", on_channel)

    async def answer(self, offer: str) -> str:
        """Return the answer to an offer (SDP). Raises BadInput; the connection is closed then."""
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            for receiver in self._peer.getReceivers():
                as_they_come(receiver)
            self._peer.addTrack(self._speaker)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a stranger's text
            await self.close()
            raise BadInput("offer", "sdp", None, f"it cannot be answered: {error}") from None
        sdp = str(self._peer.localDescription.sdp)
        for url in silent(self._ice, sdp):
            log.warning("browser.ice_server_silent", url=url)
        return sdp

    async def frames(self) -> AsyncIterator[av.AudioFrame]:
        """Yield what the browser says, of whatever rate; it is over when that ends."""
        try:
            while self._microphone is not None:
                yield await self._microphone.recv()
        except MediaStreamError:
            self.over.set()

    async def close(self) -> None:
        """Let go of it."""
        self.over.set()
        async with within(CLOSED_WITHIN_S):
            await self._peer.close()

    def _changed(self) -> None:
        if self._peer.connectionState == "connected":
            self.connected.set()
        elif self._peer.connectionState in ("failed", "closed"):
            self.over.set()

    def _track(self, track: Any) -> None:
        if track.kind == "audio" and self._microphone is None:
            self._microphone = track
