"""A leg that rings a gateway as a browser does: through its control API, over WebRTC."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

from gateway.call import (
    Answered,
    Ending,
    FinishItem,
    HangUp,
    LegEnded,
    LegFact,
    LegOrder,
    Play,
    Played,
    Reason,
    Result,
    SendDigits,
)
from gateway.errors import BadInput, SipError
from gateway.tasks import within
from gateway.webrtc.arrivals import ArrivingSound, as_they_come
from gateway.webrtc.ice import configuration
from gateway.webrtc.paced_track import FRAME, PacedTrack

ASKED_WITHIN_S = 15.0
CLOSED_WITHIN_S = 2.0
FRAME_BYTES = 2 * FRAME
NOT_CONNECTED = Ending(Result.FAILED, Reason.NO_MEDIA)
FAR_END = Ending(Result.COMPLETED, Reason.AGENT_HUNG_UP)
NOT_ANSWERED = Ending(Result.FAILED, Reason.REFUSED, 480)
"""What the gateway's side says of a call that it did not take; its own status is not told to browsers."""


@dataclass(slots=True)
class _Saying:
    item_id: str
    pcm: bytearray = field(default_factory=bytearray)
    whole: bool = False


class BrowserLeg:
    """One call, of which `Handset` makes what it makes of a leg over SIP."""

    def __init__(self) -> None:
        self._peer = RTCPeerConnection(configuration())
        self._channel: Any = self._peer.createDataChannel("gateway")
        self._saying: deque[_Saying] = deque()
        self._early: list[LegFact] = []
        self._on_fact: Callable[[LegFact], None] = self._early.append
        self._on_audio: Callable[[bytes], Any] = lambda _pcm: None
        self._over = asyncio.Event()
        self._answered = False
        self._speaker: Any = None
        self._peer.addTrack(PacedTrack(self._next_frame))
        self._peer.on("track", self._track)
        self._peer.on("connectionstatechange", self._changed)
        self._channel.on("message", self._message)
        self._channel.on("close", self._gone)

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], Any]) -> None:
        """Tell what happens, and what is heard: PCM16LE 24 kHz, whole frames of 20 ms."""
        self._on_fact, self._on_audio = on_fact, on_audio
        while self._early:
            on_fact(self._early.pop(0))

    def execute(self, order: LegOrder) -> None:
        """Say something, press keys, hang up; a browser can do no more."""
        match order:
            case Play(item_id, pcm):
                if not self._saying or self._saying[-1].item_id != item_id:
                    self._saying.append(_Saying(item_id))
                self._saying[-1].pcm += pcm
            case FinishItem(item_id):
                for one in self._saying:
                    one.whole = one.whole or one.item_id == item_id
            case SendDigits(digits=digits):
                self._tell(keys=digits)
            case HangUp():
                self._tell(end=True)
                self._over.set()
            case _:
                pass

    async def ring(self, api: str, token: str, number: str) -> None:
        """Ring a number of the gateway whose control API is at `api`. Raises BadInput, SipError."""
        await self._peer.setLocalDescription(await self._peer.createOffer())
        asked = {"offer": self._peer.localDescription.sdp, "number": number}
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            async with httpx2.AsyncClient(timeout=ASKED_WITHIN_S) as http:
                url = f"{api.rstrip('/')}/v1/browser-calls"
                answer = await http.post(url, json=asked, headers=headers)
        except (httpx2.HTTPError, ValueError) as error:
            raise SipError(f"the control API at {api} does not answer: {error}") from None
        if answer.status_code != 200:
            cure = f"{answer.status_code}: {_why(answer)}"
            raise BadInput("command line", "--webrtc", api, cure)
        sdp = answer.json()["answer"]
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        for receiver in self._peer.getReceivers():
            as_they_come(receiver)

    async def carry(self) -> None:
        """Hear the far end until the call is over, then let go of the connection."""
        arrivals, rest = ArrivingSound(), b""
        try:
            while not self._over.is_set() and self._speaker is not None:
                pcm = rest + arrivals.take(await self._speaker.recv())
                whole = len(pcm) - len(pcm) % FRAME_BYTES
                rest = pcm[whole:]
                if whole:
                    self._on_audio(pcm[:whole])
        except MediaStreamError:
            self._gone()
        finally:
            async with within(CLOSED_WITHIN_S):
                await self._peer.close()

    def _next_frame(self) -> bytes:
        """Return the next 20 ms for the gateway; what was said to its end is told."""
        frame = bytearray()
        while self._saying and len(frame) < FRAME_BYTES:
            one = self._saying[0]
            piece = one.pcm[: FRAME_BYTES - len(frame)]
            del one.pcm[: len(piece)]
            frame += piece
            if one.pcm or not one.whole:
                break
            self._saying.popleft()
            self._on_fact(Played(one.item_id))
        return bytes(frame.ljust(FRAME_BYTES, b"\0"))

    def _tell(self, **about: Any) -> None:
        if self._channel.readyState == "open":
            self._channel.send(json.dumps(about))

    def _gone(self, ending: Ending = FAR_END) -> None:
        if not self._over.is_set():
            self._over.set()
            self._on_fact(LegEnded(ending))

    # --- what the library tells -----------------------------------------------------------------------

    def _track(self, track: Any) -> None:
        self._speaker = track

    def _changed(self) -> None:
        if self._peer.connectionState == "failed":
            self._gone(NOT_CONNECTED)
        elif self._peer.connectionState == "closed":
            self._gone()

    def _message(self, text: object) -> None:
        told = json.loads(text) if isinstance(text, str) else {}
        if "answered" in told:
            self._answered = True
            self._on_fact(Answered())
        if "ended" in told:
            self._gone(FAR_END if self._answered else NOT_ANSWERED)


def _why(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]
