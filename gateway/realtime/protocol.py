"""One session's side of the protocol, without I/O: frames in, facts and frames out.

The order at connect is the service's own: `session.created`, our update, `session.updated`, and only then
audio. Audio sent earlier would be answered with the default instructions, and a voice changed after that
drops the whole update.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import orjson

from gateway.call import (
    CancelResponse,
    KeepSilent,
    ModelOrder,
    ResponseEnded,
    ResponseStarted,
    SessionFault,
    SessionLost,
    SessionReady,
    Truncate,
)
from gateway.realtime import error_policy
from gateway.realtime.configure import FORMATS, detection_update, dispensable, formats, session_update
from gateway.realtime.error_policy import Reaction
from gateway.realtime.events import BadEvent, ClientEvent, Unknown, dump, flat, server
from gateway.realtime.events.client import ItemRetrieve, ResponseCreate
from gateway.realtime.events.codec import body_of, plain, server_event
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.session import Session
from gateway.realtime.events.wire import AudioDelta, append_frame, audio_delta
from gateway.realtime.interpreter import NOTHING, Facts, Interpreter, News
from gateway.realtime.orders import event_for, topic_of
from gateway.realtime.providers import Dialect, Provider
from gateway.realtime.response_requests import ResponseRequests
from gateway.realtime.settings import SessionSettings
from gateway.realtime.wire_audio import WireAudio
from gateway.realtime.wire_format import UnknownFormat
from gateway.short_queue import ShortQueue

MOST_ORDERS = 256
"""Frames waiting to be sent, audio apart, above which the other side counts as gone."""

UNHEEDED = frozenset(
    (
        "conversation.item.done",
        "conversation.item.input_audio_transcription.delta",
        "response.content_part.added",
        "response.content_part.done",
        "response.function_call_arguments.delta",
        "response.output_text.delta",
    )
)
"""Events that come often and tell nothing that others do not: nobody has to read further than their type."""

ITEMS = frozenset(("conversation.item.added", "conversation.item.created"))
"""Events that tell what has been read: of no use while nothing is waited for."""

NOTHING_ID = "gw_nothing_"
"""How the ids of events begin that ask for what is not there."""


@dataclass(frozen=True, slots=True)
class LivenessAnswer:
    """The server has refused to give what is not there: it listens."""


class ProtocolPhase(Enum):
    """Where in its life a session is."""

    NEW = "new"
    CONFIGURING = "configuring"
    READY = "ready"
    OVER = "over"


class Protocol:
    """Feed it frames (`received`) and orders (`ordered`); send what is in `outgoing`, in order."""

    def __init__(self, provider: Provider, settings: SessionSettings) -> None:
        self.phase = ProtocolPhase.NEW
        self.outgoing = ShortQueue[bytes]()
        self.interpreter = Interpreter(settings.questions)
        self.in_force: Session | None = None
        """The session as the server says it is."""
        self.news: list[News | server.RateLimitsUpdated | LivenessAnswer] = []
        """What concerns neither side of the call: whoever takes it empties it."""
        self.of_response = False
        """The last frame was part of a response."""
        self.bad_frames = 0
        self._provider = provider
        self._settings = settings
        self._flat = provider.dialect is Dialect.BETA_FLAT
        self._number = 0
        self._refused: frozenset[str] = frozenset()
        self._voice = True
        self._early = ShortQueue[ModelOrder](MOST_ORDERS)
        self._requests = ResponseRequests()
        self._sound = WireAudio()

    @property
    def transcription_model(self) -> str:
        """The model that transcribes the caller, as far as known."""
        audio = self.in_force.audio if self.in_force is not None else None
        hearing = audio.input.transcription if audio is not None and audio.input is not None else None
        return (hearing.model if hearing is not None else None) or self._provider.transcription_model or ""

    @property
    def hears(self) -> str | None:
        """How the server hears the caller: `pcm` as we have it, `pcmu` or `pcma`; None: otherwise."""
        return self._sound.hears

    # --- in ---

    def received(self, raw: bytes | AudioDelta) -> Facts:
        """Take a frame, or the piece of agent audio that it has; give the facts that it tells, in order."""
        try:
            delta = raw if isinstance(raw, AudioDelta) else audio_delta(raw)
            if delta is not None:
                self.of_response = True
                facts = self._audio(delta) if self._sound.converts else self.interpreter.audio(delta)
                return facts if len(facts) < 2 else self._follow(facts)
            assert isinstance(raw, bytes)
            event = self._event(body_of(raw))
        except BadEvent as bad:
            return self._bad_frame(bad)
        self.of_response = event.type.startswith("response.")
        match event:
            case Unknown():
                return NOTHING
            case server.SessionCreated() | server.SessionUpdated():
                return self._session(event)
            case server.Error():
                return self._error(event.error)
            case server.RateLimitsUpdated():
                self.news.append(event)
                return NOTHING
            case server.ItemAdded() | server.ItemCreated():
                self._requests.unread.confirmed(event.item)
                return NOTHING
            case server.InputAudioCommitted():
                self._requests.unread.committed()
        facts = self.interpreter.event(event)
        if self.interpreter.news:
            self.news += self.interpreter.news
            self.interpreter.news.clear()
        return self._follow(facts) if facts else NOTHING

    def _event(self, body: dict[str, Any]) -> server.ServerEvent | Unknown:
        kind = body["type"]
        if kind in UNHEEDED or (kind in ITEMS and not self._requests.unread.waits):
            return Unknown(kind, body)
        return server_event(flat.server_from_flat(body) if self._flat else body)

    def configure(self) -> None:
        """Send the update; called by itself at `session.created`, and by the clock if that never comes."""
        self.phase = ProtocolPhase.CONFIGURING
        first = not self._number  # of each session, and so it is the same in all that have these settings
        key = ("update", id(self._provider))
        if first and (made := self._settings.memo.get(key)) is not None:
            self._number += 1
            self.outgoing.append(made[1])
            return
        self._send(session_update(self._provider, self._settings, without=self._refused, voice=self._voice))
        if first:
            self._settings.memo[key] = self._provider, self.outgoing[-1]  # whose number is nobody else's then

    # --- out ---

    def audio_frame(self, pcm: bytes) -> bytes:
        """Return the frame that carries a piece of caller audio; pieces must be given in order."""
        return append_frame(self._sound.encode(pcm))

    def ordered(self, order: ModelOrder) -> None:
        """Take an order. One that comes before the session is ready waits for it."""
        if self.phase is not ProtocolPhase.READY:
            if self.phase is not ProtocolPhase.OVER:
                self._early.append(order)
            return
        if isinstance(order, Truncate):
            if not self._provider.capabilities.truncate:
                return
            order = self._within_received(order)
        elif isinstance(order, CancelResponse):
            self._requests.cancelled()
        elif isinstance(order, KeepSilent):
            self._settings = replace(self._settings, silent=order.on)
            self.send(detection_update(self._provider, self._settings))
            return
        self.send(event_for(order))

    def send(self, event: ClientEvent) -> None:
        """Send an event; a `response.create` waits while a response is active: there can be but one."""
        if isinstance(event, ResponseCreate):
            if (topic := topic_of(event)) is not None:
                self.interpreter.asked_aside(topic)
            elif not self._requests.asks(event, active=self.interpreter.active is not None):
                return
        self._send(event)

    def ask_for_nothing(self) -> None:
        """Ask for an item that no conversation has: whoever listens says so, and nothing else happens."""
        self._send(ItemRetrieve(item_id="nothing"), NOTHING_ID)

    # --- the session itself ---

    def _session(self, event: server.SessionCreated | server.SessionUpdated) -> Facts:
        before, self.in_force = self.in_force, event.session
        if isinstance(event, server.SessionCreated):
            if self.phase is ProtocolPhase.NEW:
                self.configure()
            return NOTHING
        if self.phase not in (ProtocolPhase.CONFIGURING, ProtocolPhase.READY):
            return NOTHING
        try:
            if self.phase is ProtocolPhase.READY:
                changed = self._sound.follow(event.session)
                return NOTHING if changed is None else (changed,)
            faults = self._agree_on_format(before)
        except UnknownFormat as unknown:
            return (self._lost("unknown_format", f"the server's audio is {unknown}", fatal=True),)
        self.phase = ProtocolPhase.READY
        early, self._early = self._early, ShortQueue()
        for order in early:
            self.ordered(order)
        return (SessionReady(server_idle_timeout=self._speaks_up), *faults)

    @property
    def _speaks_up(self) -> bool:
        """True if the server says that it has an idle time-out."""
        audio = self.in_force.audio if self.in_force is not None else None
        detection = audio.input.turn_detection if audio is not None and audio.input is not None else None
        return detection is not None and detection.idle_timeout_ms is not None

    def _agree_on_format(self, created: Session | None) -> Facts:
        asked = formats(self._provider, self._settings)
        refused = bool(self._refused & FORMATS)
        fault = self._sound.agree(asked, created, self.in_force, refused=refused)
        return NOTHING if fault is None else (fault,)

    def _audio(self, delta: AudioDelta) -> Facts:
        delta, fault = self._sound.decode(delta)
        facts = self.interpreter.audio(delta)
        return facts if fault is None else (fault, *facts)

    def _follow(self, facts: Facts) -> Facts:
        """Keep the book of asked and held responses by what is told to the call."""
        for fact in facts:
            if isinstance(fact, ResponseStarted):
                if not self._requests.started():
                    facts = tuple(replace(one, knows_all=False) if one is fact else one for one in facts)
            elif isinstance(fact, ResponseEnded):
                if (fault := self._sound.weigh(fact)) is not None:
                    facts = (*facts, fault)
                active = self.interpreter.active is not None
                if (held := self._requests.ended(active=active)) is not None:
                    self.send(held)
                if fact.error and error_policy.of_code(fact.error) is Reaction.FATAL:
                    return (*facts, self._lost(fact.error, "the provider will not go on", fatal=True))
        return facts

    # --- faults ---

    def _error(self, error: ErrorBody) -> Facts:
        code = error.code or error.type or "error"
        reaction = error_policy.of_error(error)
        if reaction is Reaction.FATAL:
            return (self._lost(code, error.message, fatal=True),)
        if reaction is Reaction.RENEW:
            return (self._lost(code, error.message),)
        if (error.event_id or "").startswith(NOTHING_ID) or code == "item_retrieve_invalid_item_id":
            self.news.append(LivenessAnswer())
            return NOTHING
        param = error.param if error.param and error.param not in error.message else None
        words = f"{param}: {error.message}" if param else error.message
        fault = SessionFault(code, words, error.event_id or "")
        if self.phase is ProtocolPhase.CONFIGURING and reaction is not Reaction.IGNORE:
            return self._update_refused(error, fault)
        if (again := self._requests.refused(reaction)) is not None:
            self._send(again)
        return (fault,)

    def _update_refused(self, error: ErrorBody, fault: SessionFault) -> Facts:
        """Try again without what was refused, if the call can do without it."""
        refused = dispensable(error)
        if refused is not None and refused not in self._refused:
            self._refused |= {refused}
        elif self._voice and error_policy.of_error(error) is Reaction.WITHOUT_VOICE:
            self._voice = False
        else:
            return (fault, self._lost(fault.code, f"session.update was refused: {fault.message}", fatal=True))
        self.configure()
        return (fault,)

    def _bad_frame(self, bad: BadEvent) -> Facts:
        """Tell of the first, second, fourth, eighth ... bad frame: a broken server can send thousands."""
        self.of_response = False
        self.bad_frames += 1
        if self.bad_frames & (self.bad_frames - 1):
            return NOTHING
        return (SessionFault(bad.code, bad.message),)

    def _lost(self, code: str, message: str, *, fatal: bool = False) -> SessionLost:
        self.phase = ProtocolPhase.OVER
        return SessionLost(code, message, fatal)

    # --- sending ---

    def _within_received(self, order: Truncate) -> Truncate:
        """More than was received cannot have been heard; the service refuses it."""
        received = self.interpreter.received_ms(order.item_id)
        if received is None or order.audio_end_ms <= received:
            return order
        return Truncate(order.item_id, received)

    def _send(self, event: ClientEvent, beginning: str = "gw_") -> None:
        self._number += 1
        self._requests.unread.sent(event)
        event = event.model_copy(update={"event_id": f"{beginning}{self._number}"})
        if self._flat:
            self.outgoing.append(orjson.dumps(flat.client_to_flat(plain(event))))
        else:
            self.outgoing.append(dump(event))
