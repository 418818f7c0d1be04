"""One connection to a realtime model: the I/O around `Protocol`.

Two tasks: one receives, one sends what waits; caller audio is sent at once when nothing waits. What goes
wrong with the connection is told as `SessionLost`, once and last; continuity above it is `continuity`'s.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import structlog
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from gateway.call import (
    Clear,
    Commit,
    ModelOrder,
    SessionFact,
    SessionFault,
    SessionLost,
    SessionReady,
    Uplink,
)
from gateway.errors import AccountFull, BadInput, SessionError
from gateway.flag import Flag
from gateway.realtime import disconnects
from gateway.realtime.backlog import Backlog
from gateway.realtime.connect_failure import of_connect
from gateway.realtime.connected import connected
from gateway.realtime.events import ClientEvent
from gateway.realtime.events.server import RateLimitsUpdated
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.interpreter import OutOfBandAnswer, ResponseBilled
from gateway.realtime.leaving import leave
from gateway.realtime.meter import Meter
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.orders import aside
from gateway.realtime.protocol import LivenessAnswer, Protocol, ProtocolPhase
from gateway.realtime.providers import Provider
from gateway.realtime.questions import Questions
from gateway.realtime.receiving import Receiving
from gateway.realtime.settings import ConnectTimeouts, SessionSettings
from gateway.realtime.shared import Shared
from gateway.realtime.usage import Transcribed
from gateway.tasks import TaskGroup

log = structlog.get_logger(__name__)


class Session:
    """A session that lives as long as its connection.

    Facts come through `on_fact` from within `run`, in order: first `SessionReady`, last exactly one
    `SessionLost`, unless `close` was asked for.
    """

    def __init__(
        self,
        provider: Provider,
        settings: SessionSettings,
        on_fact: Callable[[SessionFact], None],
        *,
        patience: ConnectTimeouts | None = None,
        backlog: Backlog | None = None,
        shared: Shared | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.protocol = Protocol(provider, settings)
        self.backlog = backlog if backlog is not None else Backlog()
        self.last_frame = 0.0
        """When the server last said anything, in loop seconds."""
        self.last_output = 0.0
        """When something of a response came last, in loop seconds."""
        self.provider = provider
        self._model = settings.model or provider.model
        self._caller = settings.safety_identifier
        self._patience = patience or ConnectTimeouts()
        self._shared = shared or Shared()
        self.meter = meter or Meter()
        self._on_fact = on_fact
        self._questions = Questions()
        self._heeded: asyncio.Future[bool] | None = None
        self._wake = Flag()
        self._closing = self._was_ready = False
        self._ended = Flag()
        self._live: asyncio.Task[SessionLost] | None = None
        self._socket: ModelConnection | None = None
        self._uplink: Uplink | None = None

    def append(self, pcm: bytes) -> Uplink | None:
        """Send caller audio, PCM16LE 24 kHz, or keep 5 s of it; return the way for more to go past us."""
        if self.protocol.phase is ProtocolPhase.READY:
            socket, waiting = self._socket, self.backlog or self.protocol.outgoing
            if socket is not None and not waiting and _is_free(socket):
                _send_now(socket, self.protocol.audio_frame(pcm))
                return self._uplink if self.protocol.hears is not None else None
            self._wake.set()
        self.backlog.put(pcm)
        return None

    def keep_to_pieces(self) -> None:
        """Have all caller audio pass through here again: it is to go elsewhere, or otherwise."""
        if self._uplink is not None:
            self._uplink.release()

    def execute(self, order: ModelOrder) -> None:
        """Do one order; never blocks, and does nothing once the session is lost."""
        if isinstance(order, Commit) and self.protocol.phase is ProtocolPhase.READY:
            while self.backlog:  # orders pass before audio, but this one is about it
                self.protocol.outgoing.append(self.protocol.audio_frame(self.backlog.take()))
        elif isinstance(order, Clear):
            self.backlog.clear()
        self.protocol.ordered(order)
        if self.protocol.outgoing:
            self._wake.set()

    def send(self, event: ClientEvent) -> None:
        """Send an event that no order of the call stands for; the session must be ready."""
        self.protocol.send(event)
        self._wake.set()

    async def ask(self, topic: str, instructions: str) -> str:
        """Ask something about the conversation that the caller does not hear. Raises SessionError."""
        if self.protocol.phase is not ProtocolPhase.READY:
            raise SessionError("no_session", "there is no session to ask")
        with self._questions.asked(topic) as (numbered, answer):
            self.send(aside(numbered, instructions))
            found = await answer
        if found.status != "completed":
            raise SessionError("not_answered", f"{numbered}: {found.status}")
        return found.text

    async def answers(self) -> bool:
        """Ask for a sign of life: true when a ping is answered, false when the connection ends before."""
        with suppress(ConnectionClosed):
            if self._socket is not None:
                await (await self._socket.ping())
                return True
        return False

    async def listens(self) -> bool:
        """Ask what can only be refused: true when it is, false when the session ends before.

        A session can be deaf behind a connection that answers every ping. False at once, too, where there is
        nothing to be asked: a provider that does not know the question, a session that is not ready.
        """
        if self.protocol.phase is not ProtocolPhase.READY or not self.provider.capabilities.retrieve:
            return False
        if self._heeded is None or self._heeded.done():
            self._heeded = asyncio.get_running_loop().create_future()
        self.protocol.ask_for_nothing()
        self._wake.set()
        return await self._heeded

    async def close(self) -> None:
        """Leave, as `leaving` says. No `SessionLost` follows."""
        self._closing = True
        if self._live is not None:
            self._live.cancel()
            await self._ended.wait()

    async def run(self) -> None:
        """Connect, configure and carry facts until the end. Raises nothing that the network did."""
        if self._closing:
            return
        try:
            async with TaskGroup() as tasks:
                live = tasks.create_task(self._connection(), name=f"session {self.provider.name}")
                self._live = live
        finally:
            self._live = None
            if self.protocol.interpreter.active is not None:  # it never ended, and is billed all the same
                self.meter.response(self.provider.name, self._model, None)
            self.protocol.phase = ProtocolPhase.OVER
            self._questions.fail("the session ended before it answered")
            self._settle(heeded=False)
            self._ended.set()
        if not live.cancelled() and not self._closing:
            lost = live.result()
            self._shared.causes.ended(self.provider.name, lost, was_ready=self._was_ready)
            if disconnects.by_limit(lost.code):
                self._shared.limits_of(self.provider).refused(asyncio.get_running_loop().time())
            self._on_fact(lost)
        self._on_fact = nobody

    async def _connection(self) -> SessionLost:
        began, who = asyncio.get_running_loop().time(), (self._patience, self._caller, self._shared)
        try:
            async with connected(self.provider, self._model, *who) as (socket, self._uplink):
                self._socket = socket
                try:
                    return await self._talk(socket, began)
                finally:
                    self.keep_to_pieces()
                    self._socket = self._uplink = None  # noqa: PLW2901 - as it was before
        except (OSError, WebSocketException, AccountFull, BadInput) as error:  # TimeoutError is an OSError
            return of_connect(error, self.provider)

    async def _talk(self, socket: ModelConnection, began: float) -> SessionLost:
        async with TaskGroup() as tasks:
            sender = tasks.create_task(self._send(socket))
            try:
                lost = await self._receive(socket, began)
            except asyncio.CancelledError:
                if not self._closing:
                    raise
                # Let go no further: what is raised out of here keeps all that is in here in memory.
                _uncancelled()
                await leave(socket, self.protocol, self._wake.set, self._take_news)
                lost = SessionLost("closed", "by us")
            sender.cancel()
        return lost

    async def _receive(self, socket: ModelConnection, began: float) -> SessionLost:
        """Take what the server says until the session is lost."""
        nudge = asyncio.get_running_loop().call_later(self._patience.created, self._not_created)
        try:
            return await Receiving(self._read, self._tell, began, self._patience.configure).run(socket)
        finally:
            nudge.cancel()

    def _read(self, raw: bytes | AudioDelta, receiving: Receiving) -> SessionLost | None:
        """Tell the facts of a message; return the one that ends the session."""
        self.last_frame = asyncio.get_running_loop().time()
        facts = self.protocol.received(raw)
        if self._uplink is not None and not self.protocol.of_response:
            self._uplink.use(self.protocol.hears)
        if self.protocol.news:  # first: whoever hears of a response's end asks what it has cost
            self._take_news()
        if self.protocol.of_response:
            self.last_output = self.last_frame
        for fact in facts:
            if isinstance(fact, SessionLost):
                return fact
            if isinstance(fact, SessionReady):
                fact = self._ready(fact, receiving.configured())  # noqa: PLW2901
            receiving.pass_on(fact)
        if self.protocol.outgoing or (not self.protocol.of_response and self.backlog):
            self._wake.set()
        return None

    def _tell(self, fact: SessionFact) -> None:
        if isinstance(fact, SessionFault):
            self._shared.causes.told(self.provider.name, fact)
        self._on_fact(fact)

    def _ready(self, fact: SessionReady, ms: int) -> SessionReady:
        self._was_ready = True
        log.info("session.ready", provider=self.provider.name, model=self._model, ms=ms)
        return replace(fact, provider=self.provider.name, model=self._model)

    def _take_news(self) -> None:
        """Pass on what concerns neither side of the call."""
        news, self.protocol.news, name = self.protocol.news, [], self.provider.name
        for one in news:
            match one:
                case OutOfBandAnswer():
                    self._questions.answered(one)
                case LivenessAnswer():
                    self._settle(heeded=True)
                case ResponseBilled():
                    self.meter.response(name, self._model, one.usage)
                case Transcribed():
                    self.meter.transcription(name, self.protocol.transcription_model, one)
                case RateLimitsUpdated():
                    self._shared.limits_of(self.provider).told(one.rate_limits, self.last_frame)

    def _settle(self, *, heeded: bool) -> None:
        if self._heeded is not None and not self._heeded.done():
            self._heeded.set_result(heeded)

    def _not_created(self) -> None:
        if self.protocol.phase is ProtocolPhase.NEW:
            self.protocol.configure()
            self._wake.set()

    async def _send(self, socket: ModelConnection) -> None:
        """Send whatever waits; orders pass before audio."""
        protocol, outgoing, wake = self.protocol, self.protocol.outgoing, self._wake
        try:
            while True:
                await wake.wait()
                wake.clear()
                while True:
                    if outgoing:
                        await socket.send(outgoing.popleft(), text=True)
                    elif self.backlog and protocol.phase is ProtocolPhase.READY:
                        await socket.send(protocol.audio_frame(self.backlog.take()), text=True)
                    else:
                        break
        except ConnectionClosed:
            return  # the receiver tells why


def nobody(_fact: SessionFact) -> None:
    """Hear the facts of a session that is over: whoever heard them has it, and it must not have them."""


def _uncancelled() -> None:
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()


def _is_free(socket: ModelConnection) -> bool:
    """Return whether a frame would leave at once."""
    return socket.state is State.OPEN and not socket.transport.get_write_buffer_size()


def _send_now(socket: ModelConnection, frame: bytes) -> None:
    """Send a frame without waiting, on a socket that is free.

    Caller audio goes out 50 times a second and call: 9 us of CPU this way, 14 us by stepping through `send`,
    and half as much again by waking a task for it. Nothing of `send` is missed on an open connection with an
    empty buffer that never sends a message in fragments.
    """
    socket.transport.write(Frame(Opcode.TEXT, frame).serialize(mask=True))  # a client masks: RFC 6455 5.3
