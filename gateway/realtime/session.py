"""One connection to a realtime model: the I/O around `Protocol`.

Two tasks: one receives, one sends what waits; caller audio is sent at once when nothing waits. What goes
wrong with the connection is told as `SessionLost`, once and last; continuity above it is `continuity`'s.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from functools import cache

import orjson
import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    SecurityError,
)
from websockets.protocol import State
from websockets.typing import Subprotocol

from gateway.call import SessionFact, SessionLost, SessionOrder, SessionReady
from gateway.realtime import reactions
from gateway.realtime.backlog import Backlog
from gateway.realtime.events import ClientEvent
from gateway.realtime.events.response import ErrorBody
from gateway.realtime.events.wire import append_frame
from gateway.realtime.protocol import Phase, Protocol
from gateway.realtime.providers import Provider
from gateway.realtime.reactions import Reaction
from gateway.realtime.settings import Patience, SessionSettings

log = structlog.get_logger(__name__)

MAX_FRAME = 16 << 20
"""A single audio delta can be large; a frame above this ends the connection instead of the process."""
USER_AGENT = "sip-voice-gateway"


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
        patience: Patience | None = None,
        backlog: Backlog | None = None,
    ) -> None:
        self.protocol = Protocol(provider, settings)
        self.backlog = backlog if backlog is not None else Backlog()
        self.last_frame = 0.0
        """When the server last said anything, in loop seconds."""
        self.provider = provider
        self._model = settings.model or provider.model
        self._patience = patience or Patience()
        self._on_fact = on_fact
        self._wake = asyncio.Event()
        self._closing = False
        self._ended = asyncio.Event()
        self._live: asyncio.Task[SessionLost] | None = None
        self._socket: ClientConnection | None = None

    @property
    def dropped_ms(self) -> int:
        """Caller audio that the session could not take in time, in ms."""
        return self.backlog.dropped_ms

    def append(self, pcm: bytes) -> None:
        """Send caller audio, PCM16LE 24 kHz; held back until the session is ready, 5 s at most."""
        if self.protocol.phase is Phase.READY:
            free = not (self.backlog or self.protocol.outgoing)
            if free and self._socket is not None and _send_now(self._socket, append_frame(pcm)):
                return
            self._wake.set()
        self.backlog.put(pcm)

    def carry_out(self, order: SessionOrder) -> None:
        """Do one order; never blocks, and does nothing once the session is lost."""
        self.protocol.ordered(order)
        if self.protocol.outgoing:
            self._wake.set()

    def send(self, event: ClientEvent) -> None:
        """Send an event that no order of the call stands for; the session must be ready."""
        self.protocol.send(event)
        self._wake.set()

    async def close(self) -> None:
        """Leave: the closing handshake is given a moment. No `SessionLost` follows."""
        self._closing = True
        if self._live is not None:
            self._live.cancel()
            await self._ended.wait()

    async def run(self) -> None:
        """Connect, configure and carry facts until the end. Raises nothing that the network did."""
        if self._closing:
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                self._live = tasks.create_task(self._connection(), name=f"session {self.provider.name}")
        finally:
            self.protocol.phase = Phase.OVER
            self._ended.set()
        if not self._live.cancelled() and not self._closing:
            lost = self._live.result()
            log.info("x session", provider=self.provider.name, code=lost.code, fatal=lost.fatal)
            self._on_fact(lost)

    async def _connection(self) -> SessionLost:
        patience, provider = self._patience, self.provider
        address = provider.address(self._model)
        began = asyncio.get_running_loop().time()
        try:
            async with connect(
                address,
                additional_headers=provider.login(),
                subprotocols=[Subprotocol(name) for name in provider.subprotocols] or None,
                compression=None,  # base64 audio does not shrink; deflate would cost ten times the rest
                max_size=MAX_FRAME,
                proxy=None,
                open_timeout=patience.connect,
                ping_interval=patience.ping,
                ping_timeout=patience.ping,
                close_timeout=patience.close,
                ssl=tls() if address.startswith("wss:") else None,
                user_agent_header=USER_AGENT,
            ) as socket:
                self._socket = socket
                try:
                    return await self._talk(socket, began)
                finally:
                    self._socket = None
                    await socket.close()  # leaving by cancellation would look like a failure of ours, 1011
        except InvalidStatus as error:
            return _refused(error)
        except InvalidURI:
            return SessionLost("invalid_url", f"this is no WebSocket address: {provider.host}", fatal=True)
        except ssl.SSLCertVerificationError as error:
            return SessionLost("tls_certificate", error.verify_message, fatal=True)
        except TimeoutError:
            return SessionLost("connect_timeout", f"{provider.host}: no answer in {patience.connect:g} s")
        except (OSError, InvalidHandshake, SecurityError) as error:
            return SessionLost("connect_failed", f"{provider.host}: {error}")

    async def _talk(self, socket: ClientConnection, began: float) -> SessionLost:
        async with asyncio.TaskGroup() as tasks:
            sender = tasks.create_task(self._send(socket))
            lost = await self._receive(socket, began)
            sender.cancel()
        return lost

    async def _receive(self, socket: ClientConnection, began: float) -> SessionLost:
        loop, patience = asyncio.get_running_loop(), self._patience
        nudge = loop.call_later(patience.created, self._not_created)
        try:
            async with asyncio.timeout(patience.configure) as limit:
                while True:
                    raw = await socket.recv(decode=False)
                    self.last_frame = loop.time()
                    for fact in self.protocol.received(raw):
                        if isinstance(fact, SessionLost):
                            return fact
                        if isinstance(fact, SessionReady):
                            limit.reschedule(None)
                            ms = round((loop.time() - began) * 1000)
                            log.info("= session", provider=self.provider.name, model=self._model, ms=ms)
                        self._on_fact(fact)
                    if self.protocol.outgoing or self.backlog:
                        self._wake.set()
        except ConnectionClosed as error:
            return _closed(error)
        except TimeoutError:
            return SessionLost("configure_timeout", f"not configured in {patience.configure:g} s")
        finally:
            nudge.cancel()

    def _not_created(self) -> None:
        if self.protocol.phase is Phase.NEW:
            self.protocol.configure()
            self._wake.set()

    async def _send(self, socket: ClientConnection) -> None:
        """Send whatever waits; orders pass before audio."""
        protocol, outgoing, wake = self.protocol, self.protocol.outgoing, self._wake
        try:
            while True:
                await wake.wait()
                wake.clear()
                while True:
                    if outgoing:
                        await socket.send(outgoing.popleft(), text=True)
                    elif self.backlog and protocol.phase is Phase.READY:
                        await socket.send(append_frame(self.backlog.take()), text=True)
                    else:
                        break
        except ConnectionClosed:
            return  # the receiver tells why


def _send_now(socket: ClientConnection, frame: bytes) -> bool:
    """Send a frame without waiting, if nothing else waits to be written; say whether it was sent.

    Caller audio goes out 50 times a second and call. Waking a task for each piece costs half as much again
    as the sending itself (30 against 20 us, measured with 100 sessions). On an open connection with an empty
    buffer `send` runs to its end without waiting, so it can be stepped here.
    """
    if socket.state is not State.OPEN or socket.transport.get_write_buffer_size():
        return False
    sending = socket.send(frame, text=True)
    try:
        sending.send(None)
    except StopIteration:
        return True
    except ConnectionClosed:
        return True  # the receiver tells why
    # It waits after all: the frame is in the buffer, and has just filled it, or the connection broke.
    sending.close()
    return True


@cache
def tls() -> ssl.SSLContext:
    """Give the one TLS context: loading the trusted certificates takes 20 ms and 1 MB each time."""
    return ssl.create_default_context()


def _closed(error: ConnectionClosed) -> SessionLost:
    close = error.rcvd
    if close is None:
        sent = error.sent
        if sent is not None and sent.code == 1009:
            return SessionLost("frame_too_big", f"a frame above {MAX_FRAME >> 20} MiB")
        return SessionLost("connection_lost", sent.reason if sent is not None else "without a word")
    named = close.reason.rpartition(".")[2].strip()
    code = named if named in reactions.TABLE else f"closed_{close.code}"
    fatal = reactions.of_close(close.code, close.reason) is Reaction.FATAL
    return SessionLost(code, close.reason or f"closed with {close.code}", fatal)


def _refused(error: InvalidStatus) -> SessionLost:
    """Judge an HTTP answer: its body may say more than its status, as with 429 for an empty account."""
    status = error.response.status_code
    told = _told(error.response.body or b"")
    if told is not None and told.code and reactions.of_error(told) is Reaction.FATAL:
        return SessionLost(told.code, told.message, fatal=True)
    fatal = reactions.of_status(status) is Reaction.FATAL
    code = told.code if told is not None and told.code else f"http_{status}"
    return SessionLost(code, told.message if told is not None else f"refused with {status}", fatal)


def _told(body: bytes | bytearray) -> ErrorBody | None:
    """Read what a server says in the body of an HTTP answer, if it is in the usual shape."""
    try:
        answer = orjson.loads(body)
        return ErrorBody.model_validate(answer["error"])
    except (ValueError, KeyError, TypeError):  # pydantic's and orjson's errors are ValueErrors
        return None
