"""What a browser does to call, without one: aiortc as the page's twin."""

from __future__ import annotations

import asyncio
import fractions
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import av
import httpx2
import numpy as np
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from gateway.webrtc.arrivals import as_they_come
from gateway.webrtc.ice import configuration
from tests.equipment import patience, tone

RATE = 48_000
FRAME = RATE // 50


class Microphone(MediaStreamTrack):
    """Silence, and whatever is said (PCM at 48 kHz)."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._said = np.zeros(0, np.int16)
        self._frames = 0
        self._began = 0.0

    def say(self, pcm: tone.Pcm) -> None:
        """Say it next."""
        self._said = np.concatenate([self._said, pcm])

    async def recv(self) -> av.AudioFrame:
        loop = asyncio.get_running_loop()
        if not self._frames:
            self._began = loop.time()
        await asyncio.sleep(max(0.0, self._began + self._frames * 0.02 - loop.time()))
        now, self._said = self._said[:FRAME], self._said[FRAME:]
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(np.pad(now, (0, FRAME - len(now))).astype(np.int16).tobytes())
        frame.pts, frame.sample_rate = self._frames * FRAME, RATE
        frame.time_base = fractions.Fraction(1, RATE)
        self._frames += 1
        return frame


class BrowserPhone:
    """One call. `channel`: the name of its data channel."""

    def __init__(self, channel: str = "gateway") -> None:
        self.peer = RTCPeerConnection(configuration())
        self.microphone = Microphone()
        self.told: list[dict[str, Any]] = []
        self._heard: list[tone.Pcm] = []
        self._listening: Any = None
        self.peer.addTrack(self.microphone)
        self.channel = self.peer.createDataChannel(channel)
        self.channel.on("message", lambda text: self.told.append(json.loads(text)))
        self.peer.on("track", self._track)

    def _track(self, track: Any) -> None:
        self._listening = track

    async def ring(self, api: httpx2.AsyncClient, number: str) -> None:
        """Ring a number through the API."""
        answer = await api.post("/v1/browser-calls", json={"offer": await self.offer(), "number": number})
        assert answer.status_code == 200, answer.text
        await self.answered(answer.json()["answer"])

    async def offer(self) -> str:
        """Return what it offers (SDP)."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def answered(self, sdp: str) -> None:
        """Take the answer to its offer."""
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for receiver in self.peer.getReceivers():
            as_they_come(receiver)

    def send(self, **event: Any) -> None:
        """Send an event on the data channel."""
        self.channel.send(json.dumps(event))

    def kinds(self) -> list[str]:
        """Return the types of the events that were told on the data channel."""
        return [told.get("type", "") for told in self.told]

    async def listen(self) -> None:
        """Hear until the call is over."""
        resampler = av.AudioResampler(format="s16", layout="mono", rate=8000)
        try:
            while True:
                frame = await self._listening.recv()
                self._heard += [
                    np.frombuffer(bytes(one.planes[0])[: 2 * one.samples], np.int16)
                    for one in resampler.resample(frame)
                ]
        except MediaStreamError:
            pass

    def heard(self) -> tone.Pcm:
        """Return all that was heard so far, at 8 kHz."""
        return np.concatenate([np.zeros(0, np.int16), *self._heard])

    async def until(self, holds: Any, what: str, seconds: float = 15) -> None:
        """Wait until something holds."""
        try:
            async with patience.within(seconds):
                while not holds():  # noqa: ASYNC110 - frames and messages come by themselves
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(
                f"{what}: never; told {self.told}, {len(self.heard())} samples heard"
            ) from None


@asynccontextmanager
async def calling(api: httpx2.AsyncClient, number: str) -> AsyncIterator[BrowserPhone]:
    """Ring, and listen as long as the block lasts."""
    phone = BrowserPhone()
    try:
        await phone.ring(api, number)
        async with asyncio.TaskGroup() as tasks:
            listening = tasks.create_task(phone.listen())
            yield phone
            listening.cancel()
    finally:
        await phone.peer.close()
