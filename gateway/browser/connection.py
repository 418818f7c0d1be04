"""One browser's call: a WebRTC connection, and the leg of a phone that rings the gateway."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from aiortc.rtp import RtpPacket

from gateway.browser.packet_relay import AwaitedTrack, PacketRelay, RelayedTrack
from gateway.browser.realtime_talk import CHANNEL, RealtimeTalk
from gateway.browser.sound import FromBrowser, ToBrowser
from gateway.call import (
    KEYS,
    Answered,
    Ending,
    ExpectMedia,
    HangUp,
    Held,
    LegEnded,
    LegFact,
    LegState,
    Reason,
    Result,
    Resumed,
    Ringing,
    SendDigits,
)
from gateway.sip.leg import SipLeg
from gateway.sip.watchdog import NO_MEDIA
from gateway.tasks import TaskGroup, within
from gateway.webrtc.answering_peer import AnsweringPeer
from gateway.webrtc.ice import IceServer
from gateway.webrtc.paced_track import PacedTrack

log = structlog.get_logger(__name__)

CONNECTED_WITHIN_S = 15.0
LEFT = Ending(Result.COMPLETED, Reason.CALLER_HUNG_UP)
MOST_KEYS = 64
RATES = {"opus": 48_000, "g722": 8000, "pcmu": 8000, "pcma": 8000}
"""Timestamps a second (RFC 7587 section 4.1, RFC 3551 section 4.5)."""
SPOKEN = tuple(RATES)
NOT_ACCEPTABLE = 488
"""Who is rung does not speak the browser's codec (RFC 3261 section 21.4.26)."""
LOOK_S = 2.5
"""Between two looks at what comes from the gateway."""


Dial = Callable[[str], Awaitable[SipLeg]]
"""Makes a leg that speaks one codec alone and hands its line over, or, for "", any codec and sound."""


class BrowserConnection:
    """Answers an offer, and has the leg that `dial` makes, or waits for, once the browser is connected.

    `talk`: for a page that speaks as those of OpenAI's WebRTC sessions do. `spoken`: the codecs that a leg
    can speak. Packets go through as they are where both sides speak one; sound does otherwise. `home`: the
    gateway's host.
    """

    def __init__(
        self,
        dial: Dial,
        talk: RealtimeTalk | None = None,
        ice: Sequence[IceServer] = (),
        spoken: Sequence[str] = SPOKEN,
        home: str = "",
    ) -> None:
        self._dial = dial
        self._home = home
        self._talk = talk
        self._to_browser = ToBrowser()
        self._speaker = AwaitedTrack()
        self._mouth: FromBrowser | None = None
        self._relay: PacketRelay | None = None
        self._peer = AnsweringPeer(self._speaker, self._data_channel, ice, spoken, self._relayed)
        self._leg: SipLeg | None = None
        self._refused = asyncio.Event()
        self._channel: Any = None
        self._untold: list[str] = []

    async def answer(self, offer: str) -> str:
        """Return the answer to an offer (SDP). Raises BadInput."""
        return await self._peer.answer(offer)

    async def run(self) -> None:
        """Carry the call to its end."""
        try:
            async with within(CONNECTED_WITHIN_S):
                await self._peer.connected.wait()
            async with TaskGroup() as tasks:
                self._relay = PacketRelay(RATES[codec], self._home) if (codec := self._peer.codec) else None
                await self._ring(codec)
                running = [tasks.create_task(self._speak()), tasks.create_task(self._watch())]
                if self._relay is not None:
                    running.append(tasks.create_task(self._relay.send_keys()))
                if self._talk is not None:
                    running.append(tasks.create_task(self._talk.follow()))
                await self._peer.over.wait()
                if self._leg is not None:
                    self._leg.execute(HangUp(LEFT))
                for task in running:
                    task.cancel()
        except TimeoutError:
            log.info("browser.not_connected")
        finally:
            if self._relay is not None:
                self._relay.close()
            await self._peer.close()

    def end(self) -> None:
        """End it."""
        self._peer.over.set()

    async def _ring(self, codec: str) -> None:
        async with within(CONNECTED_WITHIN_S):
            self._leg = leg = await self._dial(codec)
        if codec:
            leg.execute(ExpectMedia(None))  # what comes passes it by: see `_watch`
        leg.listen(self._fact, self._to_browser.hear)
        if leg.state is LegState.ENDED:
            self._peer.over.set()

    async def _watch(self) -> None:
        """Change over where nothing but sound goes, and end a call of whose gateway nothing comes."""
        while True:
            try:
                async with within(LOOK_S):
                    await self._refused.wait()
            except TimeoutError:
                self._follow()
                if self._relay is not None:
                    self._relay.keep_alive()
                if self._relay is not None and self._relay.silent_s > NO_MEDIA and self._is_up():
                    self._peer.over.set()
                continue
            self._refused.clear()
            self._relay = None
            await self._ring("")

    def _is_up(self) -> bool:
        return self._leg is not None and self._leg.state is LegState.ANSWERED

    async def _speak(self) -> None:
        async for frame in self._peer.frames():
            if self._mouth is not None:
                self._mouth.take(frame)

    def _relayed(self, packet: RtpPacket) -> bool:
        if self._relay is not None:
            self._relay.from_browser(packet)
        return self._mouth is None

    def _follow(self) -> None:
        """Take the line that was handed over, if one was anew."""
        if self._leg is None or self._relay is None or (line := self._leg.port.line()) is None:
            return
        self._relay.open(line)
        self._speaker.is_from(RelayedTrack(self._relay.next_packet))

    def _connected(self, leg: SipLeg) -> None:
        """Carry sound where nobody hands a line over: in portable mode, or between two codecs."""
        self._follow()
        if self._relay is None or not self._relay.is_open:
            self._relay = None
            self._mouth = FromBrowser(leg)
            self._speaker.is_from(PacedTrack(self._to_browser.next_frame, self._to_browser.comes))

    def _fact(self, fact: LegFact) -> None:
        assert self._leg is not None
        match fact:
            case Answered():
                self._connected(self._leg)
                self._tell(answered=self._leg.info.sip_call_id)
            case Ringing() | Held() | Resumed():
                self._follow()
            case LegEnded() if self._relay is not None and fact.ending.status == NOT_ACCEPTABLE:
                self._refused.set()
            case LegEnded():
                self._tell(ended=fact.ending.reason.value)
                self._peer.over.set()
            case _:
                pass

    def _tell(self, **about: str) -> None:
        """Tell the page; its channel may open a moment after the call is answered."""
        text = json.dumps(about)
        if self._channel is None:
            self._untold.append(text)
        elif self._channel.readyState == "open" and self._peer.is_connected:
            self._channel.send(text)

    def _data_channel(self, channel: Any) -> None:
        if self._talk is not None:
            if channel.label == CHANNEL:
                self._talk.open(_sending(channel, self._peer))
                channel.on("message", self._talk.take)
                channel.on("close", self._peer.over.set)
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
        if isinstance(keys, str) and 0 < len(keys) <= MOST_KEYS and KEYS.issuperset(keys):
            self._press(keys)
        if told.get("end") is True:
            self._peer.over.set()

    def _press(self, keys: str) -> None:
        if self._leg is not None and (self._relay is None or not self._relay.press(keys)):
            self._leg.execute(SendDigits(keys))


def _sending(channel: Any, peer: AnsweringPeer) -> Callable[[str], None]:
    """Return what sends by a data channel as long as it is open."""

    def send(text: str) -> None:
        if channel.readyState == "open" and peer.is_connected:
            channel.send(text)

    return send
