"""The asyncio side of a SIP call: orders become audio and signalling, what ports report becomes facts."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import structlog

from gateway.call import (
    Answer,
    CallerVoice,
    CallInfo,
    Detect,
    Duck,
    Ending,
    FinishItem,
    Flush,
    Flushed,
    HangUp,
    LegEnded,
    LegFact,
    LegOrder,
    Play,
    Played,
)
from gateway.errors import PlayoutFull
from gateway.media import media_port as media
from gateway.media.resample import ItemResampler

log = structlog.get_logger(__name__)

KEPT_FACTS = 256
"""While nobody listens: somebody may lean on the keypad."""
SAMPLES_PER_MS = 8  # the line runs at 8 kHz


class Signalling(Protocol):
    """What a leg asks of the SIP thread. Each method returns at once; the thread does it next."""

    def ring(self) -> None:
        """180 Ringing."""

    def answer(self) -> None:
        """200 OK."""

    def end(self, ending: Ending) -> None:
        """BYE an answered call, refuse an unanswered one with the ending's status."""

    def redirect(self, contact: str) -> None:
        """302 Moved Temporarily, to a checked SIP URI."""

    def dtmf(self, digits: str) -> None:
        """RFC 4733 events, one after another."""


class SipLeg:
    """One SIP call as the rest of the program sees it. Keeps the contract of `gateway.call.Leg`."""

    def __init__(self, info: CallInfo, port: media.MediaPort, signalling: Signalling) -> None:
        self.info = info
        self.port = port
        self._signalling = signalling
        self._loop = asyncio.get_running_loop()
        self._on_fact: Callable[[LegFact], None] | None = None
        self._on_audio: Callable[[bytes], None] | None = None
        self._early: deque[LegFact] = deque(maxlen=KEPT_FACTS)
        self._ended = False
        self._numbers: dict[str, int] = {}  # the port counts items, the model names them
        self._names: dict[int, str] = {}
        self._next_number = 1
        self._resamplers: dict[str, ItemResampler] = {}
        self._overfull = False

    # --- the Leg contract ----------------------------------------------------------------------------

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: Callable[[bytes], None]) -> None:
        """See `gateway.call.Leg`."""
        self._on_fact, self._on_audio = on_fact, on_audio
        while self._early:
            on_fact(self._early.popleft())

    def rest(self, unread: Iterable[LegFact] = ()) -> None:
        """See `gateway.call.Leg`."""
        self._on_fact = self._on_audio = None
        self._early.extend(unread)

    def carry_out(self, order: LegOrder) -> None:
        """See `gateway.call.Leg`."""
        if self._ended:
            return
        match order:
            case Play():
                self._play(order)
            case FinishItem():
                self._finish(order.item_id)
            case Flush():
                self.port.flush()
                self._resamplers.clear()
            case Duck():
                self.port.gain(order.factor)
            case Detect():
                self.port.detect(order.on)
            case Answer():
                self._signalling.answer()
            case HangUp():
                self._signalling.end(order.ending)
                # The conversation is over now; BYE and its answer may take their time (RFC 3261 17.1.2.2).
                self._loop.call_soon(self.happened, LegEnded(order.ending))

    def ring(self) -> None:
        """Let the caller hear that the phone rings, while the session is being opened."""
        self._signalling.ring()

    def dtmf(self, digits: str) -> None:
        """Press keys."""
        self._signalling.dtmf(digits)

    def redirect(self, contact: str, ending: Ending) -> None:
        """Send the caller elsewhere (302) instead of answering; `contact` was built by `headers.sip_uri`."""
        self._signalling.redirect(contact)
        self._loop.call_soon(self.happened, LegEnded(ending))

    # --- fed by the agent ----------------------------------------------------------------------------

    def happened(self, fact: LegFact) -> None:
        """Deliver a fact of the line; the first `LegEnded` is the last fact."""
        if self._ended:
            return
        self._ended = isinstance(fact, LegEnded)
        if self._on_fact is None:
            self._early.append(fact)
        else:
            self._on_fact(fact)
            if self._ended:
                self.rest()  # whoever listened has us, too: the two would keep each other in memory

    def pump(self) -> None:
        """Take what the port has: once a media tick, for every leg."""
        for event in self.port.events():
            self._port_event(event)
        pcm = self.port.read()
        if pcm and self._on_audio is not None and not self._ended:
            self._on_audio(pcm)

    # --- audio to the phone --------------------------------------------------------------------------

    def _play(self, order: Play) -> None:
        resampler = self._resamplers.get(order.item_id)
        if resampler is None:
            resampler = self._resamplers[order.item_id] = ItemResampler()
        self._queue(order.item_id, resampler.feed(order.pcm))

    def _finish(self, item_id: str) -> None:
        resampler = self._resamplers.pop(item_id, None)
        if resampler is not None:
            self._queue(item_id, resampler.feed(b"", last=True))
        self.port.mark(self._number(item_id))

    def _queue(self, item_id: str, pcm: bytes) -> None:
        if not pcm:
            return
        try:
            self.port.play(self._number(item_id), pcm)
        except PlayoutFull as error:
            if not self._overfull:
                log.warning("playout.full", call=self.info.id, error=str(error))
            self._overfull = True

    def _number(self, item_id: str) -> int:
        number = self._numbers.get(item_id)
        if number is None:
            number = self._numbers[item_id] = self._next_number
            self._names[number] = item_id
            self._next_number += 1
        return number

    def _port_event(self, event: media.Event) -> None:
        if isinstance(event, media.MarkPlayed):
            self.happened(Played(self._forget(event.mark)))
            return
        if isinstance(event, media.VoiceChanged):
            self.happened(CallerVoice(event.started, event.ago_samples // SAMPLES_PER_MS))
            return
        unheard = tuple(self._forget(dropped.item) for dropped in event.dropped)
        remaining_ms = math.ceil(event.remaining_samples / SAMPLES_PER_MS)
        heard_ms = event.heard_samples // SAMPLES_PER_MS
        self.happened(Flushed(self._names.get(event.item, ""), heard_ms, remaining_ms, unheard))

    def _forget(self, number: int) -> str:
        """Let go of an item that will not be played again; its name may still be reported once."""
        name = self._names.get(number, "")
        self._numbers.pop(name, None)
        for old in [n for n in self._names if n < number - 8]:
            del self._names[old]
        return name
