"""One browser's call: a WebRTC connection, and the leg of a phone that rings the gateway."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog

from gateway.browser.realtime_talk import CHANNEL, RealtimeTalk
from gateway.browser.sound import FromBrowser, ToBrowser
from gateway.call import KEYS, Answered, Ending, HangUp, LegEnded, LegFact, Reason, Result, SendDigits
from gateway.sip.leg import SipLeg
from gateway.tasks import TaskGroup, within
from gateway.webrtc.answering_peer import AnsweringPeer
from gateway.webrtc.ice import IceServer

log = structlog.get_logger(__name__)

CONNECTED_WITHIN_S = 15.0
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
        self._to_browser = ToBrowser()
        self._peer = AnsweringPeer(
            self._to_browser.next_frame, self._data_channel, ice, self._to_browser.comes
        )
        self._leg: SipLeg | None = None
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
                async with within(CONNECTED_WITHIN_S):
                    self._leg = leg = await self._dial()
                leg.listen(self._fact, self._to_browser.hear)
                running = [tasks.create_task(self._speak(FromBrowser(leg)))]
                if self._talk is not None:
                    running.append(tasks.create_task(self._talk.follow()))
                await self._peer.over.wait()
                leg.execute(HangUp(LEFT))
                for task in running:
                    task.cancel()
        except TimeoutError:
            log.info("browser.not_connected")
        finally:
            await self._peer.close()

    def end(self) -> None:
        """End it."""
        self._peer.over.set()

    async def _speak(self, mouth: FromBrowser) -> None:
        async for frame in self._peer.frames():
            mouth.take(frame)

    def _fact(self, fact: LegFact) -> None:
        match fact:
            case Answered():
                assert self._leg is not None
                self._tell(answered=self._leg.info.sip_call_id)
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
        elif self._channel.readyState == "open":
            self._channel.send(text)

    def _data_channel(self, channel: Any) -> None:
        if self._talk is not None:
            if channel.label == CHANNEL:
                self._talk.open(_sending(channel))
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
        if isinstance(keys, str) and 0 < len(keys) <= MOST_KEYS and KEYS.issuperset(keys) and self._leg:
            self._leg.execute(SendDigits(keys))
        if told.get("end") is True:
            self._peer.over.set()


def _sending(channel: Any) -> Callable[[str], None]:
    """Return what sends by a data channel as long as it is open."""

    def send(text: str) -> None:
        if channel.readyState == "open":
            channel.send(text)

    return send
