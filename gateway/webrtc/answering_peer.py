"""A WebRTC connection of whoever answers a browser: sound both ways, and what the library tells of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from typing import Any

import av
import structlog
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from gateway.errors import BadInput
from gateway.tasks import within
from gateway.webrtc.arrivals import Taken, as_they_come
from gateway.webrtc.ice import IceServer, configuration, silent

log = structlog.get_logger(__name__)

CLOSED_WITHIN_S = 2.0
AUDIO = re.compile(r"^m=audio ", re.MULTILINE)


class AnsweringPeer:
    """One connection. `speaker`: what the browser hears.

    `on_channel` is called with each data channel that the browser opens. `spoken`: codecs that may be, as in
    SDP, in lower case; one alone is agreed upon then. `taken`: see `as_they_come`.
    """

    def __init__(
        self,
        speaker: MediaStreamTrack,
        on_channel: Callable[[Any], None],
        ice: Sequence[IceServer] = (),
        spoken: Collection[str] = (),
        taken: Taken = lambda _packet: False,
    ) -> None:
        self._ice = ice
        self._peer = RTCPeerConnection(configuration(ice))
        self._speaker = speaker
        self._spoken, self._taken = spoken, taken
        self.codec = ""
        """The one that was agreed upon, where one alone was."""
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
            if not AUDIO.search(offer):
                raise ValueError("it has no audio: add the microphone, or a transceiver of audio, before")
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            self._agree()
            self._peer.addTrack(self._speaker)
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a stranger's text
            await self.close()
            raise BadInput("offer", "sdp", None, f"it cannot be answered: {error}") from None
        sdp = str(self._peer.localDescription.sdp)
        for url in silent(self._ice, sdp):
            log.warning("browser.ice_server_silent", url=url)
        return sdp

    def _agree(self) -> None:
        """Take the first sound that is offered, and no picture or second microphone beside it.

        Of its codecs the browser's first that may be spoken; none: whatever the library speaks, too.
        """
        sound, *others = sorted(self._peer.getTransceivers(), key=lambda one: one.kind != "audio")
        for other in others:
            other.direction = "inactive"
        as_they_come(sound.receiver, self._taken)
        found = [codec for codec in sound._codecs if codec.name.lower() in self._spoken]  # noqa: SLF001 - the library takes preferences before an offer alone
        if not found:
            return
        self.codec = found[0].name.lower()
        if self.codec == "opus":
            found[0].parameters = {"minptime": 10, "useinbandfec": 1}  # RFC 7587 section 6.1
        sound._codecs = found[:1]  # noqa: SLF001 - as above

    @property
    def is_connected(self) -> bool:
        """Whether something can be sent."""
        return bool(self._peer.connectionState == "connected")

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
