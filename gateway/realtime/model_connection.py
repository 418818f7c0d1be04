"""A connection that hands over messages as they come, past the library's parser, queue and task to be woken.

A server's message is nearly always one unmasked frame: a header of two to ten bytes (RFC 6455 section 5.2),
and then the text. All that makes up a connection otherwise (handshakes, pings, fragments, what is too large
or wrong) is the library's as ever; it is given whole frames, so that it may have the next one at any time.

Where the connection has a link (`linked_transport`), that reads the socket while messages are taken, and
hands over pieces of a model's voice as what they are.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State

from gateway.media.model_link import Heard
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.keepalive import Keepalive
from gateway.realtime.linked_transport import LinkedTransport

MAX_FRAME = 16 << 20
"""Bytes. A single audio delta can be large; a frame above this ends the connection instead of the process."""
MESSAGES = frozenset((0x81, 0x82))
"""First bytes of a text and of a binary message in one frame."""
CONTROLS = frozenset((0x88, 0x89, 0x8A))
"""First bytes of a close, a ping and a pong."""
MASKED = 0x80
"""In the second byte, which no server sets; below it is the length, or where that is to be found."""
HEADERS = {126: 4, 127: 10}
"""Bytes of a header whose length is not in its second byte; of others two."""
LONGEST_RESPONSE = 65_536
"""Bytes of HTTP after which we look no further: the library has lost its patience before."""


class ModelConnection(ClientConnection):
    """A client's connection to a model."""

    _whole = True  # frames are looked at here, until one is out of the ordinary
    _upgraded = False  # the opening handshake is over
    _response = b""  # to it
    _rest: bytearray  # while there is a beginning of a frame
    _needed = 0  # bytes of the next frame without which it is of no use to look again
    _unread = 0  # messages that the library has and nobody took
    _take: Callable[[bytes | AudioDelta], None] | None = None
    _pause: Callable[[], None] | None = None
    _keepalive: Keepalive | None = None
    _came = 0.0  # what came last here, in loop seconds

    gathers = False
    """Pieces of a voice that come one by one have waited for each other before they are handed over."""

    @property
    def last_data(self) -> float:
        """When something came last, in loop seconds. Of a pong nobody is told where the link reads."""
        if self.gathers and isinstance(self.transport, LinkedTransport):
            return max(self._came, self.transport.came)
        return self._came

    async def messages(self, take: Callable[[bytes | AudioDelta], None], pause: Callable[[], None]) -> None:
        """Call `take` with each message, in order, until cancelled. Raises ConnectionClosed at the end.

        `pause` is called when no more came together with it. Both are called where the data come in, outside
        of any task, or from this one, and raise nothing.
        """
        try:
            while True:
                if self._whole and not self._unread:
                    self._take, self._pause = take, pause
                    self._have_read()
                message = await self.recv(decode=False)
                self._unread -= 1
                take(message)
                pause()
        finally:
            self._take = self._pause = None
            self._give(self._read_again())

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the socket is gone, from the event loop."""
        super().connection_lost(exc)
        if self._keepalive is not None:
            self._keepalive.stop()
            self._keepalive = None  # the two would keep each other in memory
        if isinstance(self.transport, LinkedTransport):
            self.transport.leave()

    # --- signs of life: see `keepalive` --------------------------------------------------------------

    def start_keepalive(self) -> None:
        """Take the library's place in it."""
        if self.ping_interval is not None and self.ping_timeout is not None:
            self._keepalive = Keepalive(self, self.ping_interval, self.ping_timeout)

    def ask(self) -> None:
        """See `Pinged`."""
        if self.state is State.OPEN:
            self.transport.write(Frame(Opcode.PING, b"").serialize(mask=True))
        else:  # the library waits for ever to be rid of what was written before its closing frame
            self.transport.abort()

    def give_up(self) -> None:
        """See `Pinged`."""
        if self.state is State.OPEN:
            self.keepalive_task = self.loop.create_task(self._fail())
        else:
            self.transport.abort()

    async def _fail(self) -> None:
        with suppress(ConnectionClosed):
            async with self.send_context():
                self.protocol.fail(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")

    # --- what comes ----------------------------------------------------------------------------------

    def _have_read(self) -> None:
        """Have the link read, if there is one."""
        if isinstance(self.transport, LinkedTransport) and self._upgraded and not self.gathers:
            before, self._needed = (bytes(self._rest), 0) if self._needed else (b"", 0)
            self.gathers = self.transport.listen(before, self._heard)
            if not self.gathers and before:
                self._received(before)

    def _read_again(self) -> list[Heard]:
        """Have what comes read here; return what the link has heard and not told."""
        if not self.gathers or not isinstance(self.transport, LinkedTransport):
            return []
        self._came, self.gathers = self.last_data, False
        return self.transport.read_again()

    def _heard(self, heard: list[Heard], over: bool) -> None:
        """Take what the link has heard, from the event loop; `over`: it hears no more."""
        self._came = self.loop.time()
        self._give(heard if not over else [*heard, *self._read_again()])
        if self._pause is not None:
            self._pause()

    def _give(self, heard: list[Heard]) -> None:
        for one in heard:
            if isinstance(one, bytes):
                self._received(one)
            elif self._take is not None and self.protocol.close_rcvd is None:
                self._take(AudioDelta(*one))

    def data_received(self, data: bytes) -> None:
        """Take what came, from the event loop."""
        self._came = self.loop.time()
        self._received(data)
        if self._pause is not None:
            self._pause()

    def _received(self, data: bytes) -> None:
        if not self._whole:
            super().data_received(data)
            return
        if self._needed:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data, self._needed = bytes(self._rest), 0
        at = 0 if self._upgraded else self._pass_response(data)
        while at < len(data):
            if (end := self._pass_frame(data, at)) == at:
                self._rest = bytearray(data[at:])
                break
            at = end

    def _pass_response(self, data: bytes) -> int:
        """Give the library the answer to the handshake; return where in `data` it ends."""
        self._response += data
        end, at = self._response.find(b"\r\n\r\n") + 4, len(data)
        if end >= 4 and self._response.startswith(b"HTTP/1.1 101 "):
            self._upgraded = True
            at -= len(self._response) - end
            self._response = b""
        elif end >= 4 or len(self._response) > LONGEST_RESPONSE:
            self._whole = False
        super().data_received(data[:at])
        return at

    def _pass_frame(self, data: bytes, at: int) -> int:
        """Hand over the frame that begins at `at`; return where it ends, or `at` if it is not all there."""
        left = len(data) - at
        first, second = data[at], data[at + 1] if left > 1 else 0
        header = HEADERS.get(second, 2)
        if left < header:
            self._needed = header
            return at
        length = second if header == 2 else int.from_bytes(data[at + 2 : at + header], "big")
        is_message = first in MESSAGES
        if not (is_message or first in CONTROLS) or second & MASKED or length > MAX_FRAME:
            if self._pause is not None:
                self._pause()
            self._whole, self._take, self._pause = False, None, None
            super().data_received(data[at:])
            return len(data)
        end = at + header + length
        if end > len(data):
            self._needed = header + length
            return at
        if not is_message:
            super().data_received(data[at:end])
        elif self._take is not None and self.protocol.close_rcvd is None:
            self._take(data[at + header : end])
        else:
            self._unread += 1
            super().data_received(data[at:end])
        return end
