"""One browser's call: a WebRTC connection, and the leg of a phone that rings the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from gateway.browser.realtime_talk import CHANNEL, RealtimeTalk
from gateway.browser.sound import FromBrowser, ToBrowser
from gateway.call import KEYS, Answered, Ending, HangUp, LegEnded, LegFact, Reason, Result, SendDigits
from gateway.errors import BadInput
from gateway.sip.leg import SipLeg
from gateway.tasks import TaskGroup, within
from gateway.webrtc.arrivals import as_they_come
from gateway.webrtc.ice import IceServer, configuration
from gateway.webrtc.paced_track import PacedTrack

log = structlog.get_logger(__name__)

CONNECTED_WITHIN_S = 15.0
CLOSED_WITHIN_S = 2.0
LEFT = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
MOST_KEYS = 64


class BrowserConnection:
    """Answers an offer, and has the leg that `dial` makes, or waits for, once the browser is connected.

    `talk`: for a page that speaks as those of OpenAI's WebRTC sessions do.
    """

    def __init__(
        self,
        dial: Callable[[], Awaitable[SipLeg]],
        talk: RealtimeTalk | None = None,
        ice: Sequence[IceServer] = (),
    ) -> None:
        self._dial = dial
        self._talk = talk
        self._peer = RTCPeerConnection(configuration(ice))
        self._to_browser = ToBrowser()
        self._connected = asyncio.Event()
        self._over = asyncio.Event()
        self._leg: SipLeg | None = None
        self._channel: Any = None
        self._untold: list[str] = []
        self._microphone: Any = None
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("track", self._track)
        self._peer.on("datachannel", self._data_channel)

    async def answer(self, offer: str) -> str:
        """Return the answer to an offer (SDP). Raises BadInput."""
        try:
            await self._peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            for receiver in self._peer.getReceivers():
                as_they_come(receiver)
            self._peer.addTrack(PacedTrack(self._to_browser.next_frame))
            await self._peer.setLocalDescription(await self._peer.createAnswer())
        except Exception as error:  # noqa: BLE001 - whatever a library makes of a stranger's text
            await self._peer.close()
            raise BadInput("browser", "offer", None, f"it cannot be answered: {error}") from None
        return str(self._peer.localDescription.sdp)

    async def run(self) -> None:
        """Carry the call to its end."""
        try:
            async with within(CONNECTED_WITHIN_S):
                await self._connected.wait()
            async with TaskGroup() as tasks:
                async with within(CONNECTED_WITHIN_S):
                    self._leg = leg = await self._dial()
                leg.listen(self._fact, self._to_browser.hear)
                running = [tasks.create_task(self._speak(FromBrowser(leg)))]
                if self._talk is not None:
                    running.append(tasks.create_task(self._talk.follow(leg)))
                await self._over.wait()
                leg.execute(HangUp(LEFT))
                for task in running:
                    task.cancel()
        except TimeoutError:
            log.info("browser.not_connected")
        finally:
            async with within(CLOSED_WITHIN_S):
                await self._peer.close()

    def end(self) -> None:
        """End it."""
        self._over.set()

    async def _speak(self, mouth: FromBrowser) -> None:
        try:
            while self._microphone is not None:
                mouth.take(await self._microphone.recv())
        except MediaStreamError:
            self._over.set()

    def _fact(self, fact: LegFact) -> None:
        match fact:
            case Answered():
                assert self._leg is not None
                self._tell(answered=self._leg.info.sip_call_id)
            case LegEnded():
                self._tell(ended=fact.ending.reason.value)
                self._over.set()
            case _:
                pass

    def _tell(self, **about: str) -> None:
        """Tell the page; its channel may open a moment after the call is answered."""
        text = json.dumps(about)
        if self._channel is None:
            self._untold.append(text)
        elif self._channel.readyState == "open":
            self._channel.send(text)

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
        if self._talk is not None:
            if channel.label == CHANNEL:
                self._talk.open(channel)
                channel.on("close", self._over.set)
            return
        self._channel = channel
        while self._untold:
            channel.send(self._untold.pop(0))
        channel.on("message", self._message)

    def _message(self, text: object) -> None:
        """Take what the page says: `{"keys": "12#"}`, or `{"end": true}`."""
        try:
            told = json.loads(text) if isinstance(text, str) and len(text) < 1000 else {}
        except ValueError:
            return
        if not isinstance(told, dict):
            return
        keys = told.get("keys")
        if isinstance(keys, str) and 0 < len(keys) <= MOST_KEYS and KEYS.issuperset(keys) and self._leg:
            self._leg.execute(SendDigits(keys))
        if told.get("end") is True:
            self._over.set()
