"""The asyncio side of a SIP call: orders become audio and signalling, what ports report becomes facts."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Protocol, cast

import structlog

from gateway.call import (
    REDIRECTED,
    TAP_SECONDS,
    TURNING_POINTS,
    Answer,
    AudioListener,
    CallerVoice,
    CallInfo,
    Detect,
    Digit,
    Duck,
    FinishItem,
    Flush,
    Flushed,
    HangUp,
    HearKeys,
    HearTones,
    Held,
    Hold,
    Join,
    LegEnded,
    LegFact,
    LegLevels,
    LegOrder,
    LegState,
    LegTap,
    MakeNoise,
    MediaStatistics,
    Mute,
    Pause,
    Play,
    PlaybackStarted,
    Played,
    PlayMusic,
    Redirect,
    Resume,
    Resumed,
    Ring,
    Separate,
    SignallingOrder,
    SuppressEcho,
    ToneHeard,
    Uplink,
    state_after,
)
from gateway.errors import PlayoutFull
from gateway.media import media_port as media
from gateway.media import port_events
from gateway.media.kept_sound import KeptSound
from gateway.media.model_link import ModelLink
from gateway.short_queue import ShortQueue
from gateway.sip.line_statistics import line_statistics
from gateway.sip.mixing import Mixing

log = structlog.get_logger(__name__)

KEPT_FACTS = 256
"""While nobody listens: somebody may lean on the keypad."""
SAMPLES_PER_MS = media.AGENT_RATE // 1000


class Signalling(Protocol):
    """What a leg asks of the SIP thread."""

    def execute(self, order: SignallingOrder) -> None:
        """Do one order; returns at once, the thread does it next."""

    def hears_key(self, key: str) -> None:
        """Count a key whose tones were in the sound, unless it was told of in another way."""


class _ItemNumbers:
    """The port counts items, the model names them."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._next = 1

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._numbers

    def number(self, item_id: str) -> int:
        number = self._numbers.get(item_id)
        if number is None:
            number = self._numbers[item_id] = self._next
            self._names[number] = item_id
            self._next += 1
        return number

    def name(self, number: int) -> str:
        return self._names.get(number, "")

    def forget(self, number: int) -> str:
        """Let go of an item that will not be played again; its name may still be reported once."""
        name = self._names.get(number, "")
        self._numbers.pop(name, None)
        for old in [n for n in self._names if n < number - 8]:
            del self._names[old]
        return name


class SipLeg:
    """One SIP call as the rest of the program sees it. Keeps the contract of `gateway.call.Leg`."""

    def __init__(
        self,
        info: CallInfo,
        port: media.MediaPort,
        signalling: Signalling,
        mixing: Mixing,
    ) -> None:
        self.info = info
        self.port = port
        self._mixing = mixing
        mixing.add(self)
        self._late_before = mixing.late_ticks()
        self._signalling = signalling
        self._loop = asyncio.get_running_loop()
        self._on_fact: Callable[[LegFact], None] | None = None
        self._on_audio: AudioListener | None = None
        self._uplink: Uplink | None = None  # on which the caller's audio goes past us
        self._early = ShortQueue[LegFact](KEPT_FACTS)
        self.state = LegState.RINGING
        self.answered_at: float | None = None
        self._detects = False
        self._voice = False  # as last reported
        self._items = _ItemNumbers()
        self._halves: dict[str, bytes] = {}  # of a sample that a model cut in two, by item
        self._overfull = False
        self._held_by: set[bool] = set()  # True: by us, False: by the far side

    def listen(self, on_fact: Callable[[LegFact], None], on_audio: AudioListener) -> None:
        """See `gateway.call.Leg`."""
        self._let_go()
        self._on_fact, self._on_audio = on_fact, on_audio
        told = any(isinstance(fact, Held) for fact in self._early)
        while self._early:
            on_fact(self._early.popleft())
        if self.state is LegState.HELD and not told:
            on_fact(Held(ours=False not in self._held_by))

    def detach(self, unread: Iterable[LegFact] = ()) -> None:
        """See `gateway.call.Leg`."""
        self._let_go()
        self._on_fact = self._on_audio = None
        for fact in unread:
            self._early.append(fact)

    def statistics(self) -> MediaStatistics:
        """See `gateway.call.Leg`."""
        told = line_statistics(self.port.counters(), self._mixing.late_ticks() - self._late_before)
        beyond = self.info.encrypted_beyond
        return told if beyond is None else replace(told, encryption=beyond)

    def levels(self) -> LegLevels | None:
        """See `gateway.call.Leg`."""
        return self.port.levels()

    def execute(self, order: LegOrder) -> None:
        """See `gateway.call.Leg`."""
        if self.state is LegState.ENDED:
            return
        if isinstance(order, Ring | Answer | Redirect) and self.state is not LegState.RINGING:
            return  # PJSIP would take a second answer for one that cannot be given, and the call would end
        if type(order) in TURNING_POINTS:
            self._goes_on_with(order)
        self._do(order)
        # The conversation is over now; BYE and its answer may take their time (RFC 3261 17.1.2.2).
        if isinstance(order, HangUp | Redirect):
            self.tell(LegEnded(order.ending if isinstance(order, HangUp) else REDIRECTED))

    def _do(self, order: LegOrder) -> None:
        match order:
            case Play():
                self._play(order)
            case FinishItem():
                self._finish(order)
            case Flush():
                self.port.flush()
                self._halves.clear()
            case Duck():
                self.port.gain(order.factor)
            case Detect() | SuppressEcho() | HearKeys() | HearTones():
                self._listen_for(order)
            case MakeNoise():
                self.port.comfort_noise(order.below_db)
            case Pause():
                self.port.pause(order.on)
            case Hold() | Resume():
                self._signalling.execute(order)
                self.on_fact(Held(ours=True) if isinstance(order, Hold) else Resumed(ours=True))
            case Join() | Separate() | Mute() | PlayMusic():
                self._mixing.execute(self, order)
            case _:
                self._signalling.execute(order)

    def _listen_for(self, order: Detect | SuppressEcho | HearKeys | HearTones) -> None:
        match order:
            case Detect():
                self._detects = order.on
                self._detect()
            case SuppressEcho():
                self.port.suppress_echo(order.on)
            case HearKeys():
                self.port.hear_keys(order.on)
            case HearTones():
                self.port.hear_tones(order.on)

    def tap(self, seconds: float = TAP_SECONDS) -> LegTap:
        """See `gateway.call.Leg`."""
        return self.port.tap(seconds)

    def dialled(self, sip_call_id: str) -> None:
        """The INVITE of this call of ours has left, with this Call-ID."""
        self.info = replace(self.info, sip_call_id=sip_call_id)

    def on_fact(self, fact: LegFact) -> None:
        """Deliver a fact of the line; the first `LegEnded` is the last fact."""
        if self.state is LegState.ENDED:
            return
        if type(fact) in TURNING_POINTS:
            if not self._is_news(fact):
                return
            self._goes_on_with(fact)
        if isinstance(fact, LegEnded):
            fact = LegEnded(fact.ending, self.statistics(), fact.cause)
            self._mixing.discard(self)
        elif isinstance(fact, Digit):
            self._mixing.pressed(self, fact.digit)
        if self._on_fact is None:
            self._early.append(fact)
        else:
            self._on_fact(fact)
            if isinstance(fact, LegEnded):
                self.detach()  # whoever listened has us, too: the two would keep each other in memory

    def tell(self, fact: LegFact) -> None:
        """Deliver a fact after what is being done now: its listener may be in the middle of an order."""
        self._loop.call_soon(self.on_fact, fact)

    def pump(self) -> None:
        """Take what the port has: once a media tick, for every leg."""
        for event in self.port.events():
            self._port_event(event)
        if self._uplink is not None:
            if self.port.direct:
                return
            self._let_go()
        pcm = self.port.read()
        if pcm and self._on_audio is not None and self.state not in (LegState.HELD, LegState.ENDED):
            uplink = self._on_audio(pcm)  # what comes on hold is music, or nothing
            if uplink is not None:
                self._take(uplink)

    def _take(self, uplink: Uplink) -> None:
        self.port.keep_narrow(uplink.wire != "pcm")
        if uplink.link is not None:
            self._uplink = uplink
            link, keepers = cast(ModelLink, uplink.link), cast(list[KeptSound], uplink.keepers)
            self.port.send_to(link, uplink.wire, keepers)

    def _let_go(self) -> None:
        if self._uplink is not None:
            self._uplink.release()
            self._uplink = None

    def _is_news(self, fact: LegFact) -> bool:
        """Follow who holds the call: told are the first that begins, and the last that has ended."""
        before = bool(self._held_by)
        match fact:
            case Held(ours=ours):
                self._held_by.add(ours)
                return not before
            case Resumed(ours=ours):
                self._held_by.discard(ours)
                return before and not self._held_by
            case _:
                return True

    def _goes_on_with(self, event: LegFact | LegOrder) -> None:
        before, self.state = self.state, state_after(self.state, event)
        if before is self.state:
            return
        if self.state is LegState.ANSWERED and before is LegState.RINGING:
            self.answered_at = self._loop.time()
            self._mixing.answered(self)
        if self.state in (LegState.HELD, LegState.ENDED):
            self._let_go()
        if self.state is LegState.HELD:
            self._detect()
            self._report_voice(False)  # whoever was speaking has stopped
        elif before is LegState.HELD:
            self.port.read()  # the last of the music
            self._detect()

    def _detect(self) -> None:
        self.port.detect(self._detects and self.state is not LegState.HELD)

    def _report_voice(self, on: bool, ago_ms: int = 0) -> None:
        if on is not self._voice:
            self._voice = on
            self.on_fact(CallerVoice(on, ago_ms))

    def _play(self, order: Play) -> None:
        pcm = self._halves.pop(order.item_id, b"") + order.pcm
        if len(pcm) % 2:
            self._halves[order.item_id] = pcm[-1:]
        self._queue(order.item_id, pcm[: len(pcm) & ~1])

    def _finish(self, order: FinishItem) -> None:
        self._halves.pop(order.item_id, None)
        self.port.mark(self._items.number(order.item_id), order.awaited)

    def _queue(self, item_id: str, pcm: bytes) -> None:
        if not pcm:
            return
        if item_id not in self._items:  # a mark before its first sample is passed when that leaves
            self.port.mark(-self._items.number(item_id), False)
        try:
            self.port.play(self._items.number(item_id), pcm)
        except PlayoutFull as error:
            if not self._overfull:
                log.warning("playout.full", call=self.info.id, error=str(error))
            self._overfull = True

    def _port_event(self, event: port_events.Event) -> None:
        if isinstance(event, port_events.MarkPlayed):
            if event.mark < 0:
                self.on_fact(PlaybackStarted(self._items.name(-event.mark), event.ago_ms))
            else:
                self.on_fact(Played(self._items.forget(event.mark)))
            return
        if isinstance(event, port_events.KeyHeard):
            self._signalling.hears_key(event.key)
            return
        if isinstance(event, ToneHeard):
            self.on_fact(event)
            return
        if isinstance(event, port_events.VoiceChanged):
            if self.state is not LegState.HELD:
                self._report_voice(event.started, event.ago_ms)
            return
        unheard = tuple(self._items.forget(dropped.item) for dropped in event.dropped)
        remaining_ms = math.ceil(event.remaining_samples / SAMPLES_PER_MS)
        heard_ms = event.heard_samples // SAMPLES_PER_MS
        self.on_fact(Flushed(self._items.name(event.item), heard_ms, remaining_ms, unheard))
