"""The transport of a connection whose socket others write to as well: `gateway.media.model_link`.

What the library writes (its messages, pings, the closing handshake) goes through the link, so that no frame
gets into another. All else is the transport's that was there; while somebody takes messages, the link reads
as well, and what it has heard is told for all connections at one go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from gateway.media.model_link import Heard, LinkNews, ModelLink
from gateway.media.tls import TlsSocket

MakeLink = Callable[[int, TlsSocket | None], ModelLink | None]
"""Makes a link of a connected socket: see `gateway.media.media_port.MediaPlane.link`."""
MOST_WAITING = 64 * 1024
"""Bytes that the socket did not take, above which whoever sends has to wait."""
LOOK_S = 0.02
"""Between two looks at a socket that takes no more: the link tries as often."""


class _Readers:
    """Looks after what links tell, for as long as any of them listens."""

    def __init__(self) -> None:
        self._listening: Counter[int] = Counter()

    def begin(self, connection: ClientConnection, news: LinkNews) -> None:
        """One more listens."""
        if not self._listening[news.descriptor]:
            connection.loop.add_reader(news.descriptor, news.tell)
        self._listening[news.descriptor] += 1

    def end(self, connection: ClientConnection, news: LinkNews) -> None:
        """One less does."""
        self._listening[news.descriptor] -= 1
        if not self._listening[news.descriptor]:
            del self._listening[news.descriptor]
            connection.loop.remove_reader(news.descriptor)


_readers = _Readers()


class LinkedTransport:
    """Takes the place of a connection's transport, `inner`."""

    def __init__(self, connection: ClientConnection, link: ModelLink) -> None:
        self._connection = connection
        self.inner = connection.transport
        self._link = link
        self._paused = self._listens = False
        connection.transport = self  # type: ignore[assignment] # a transport in all that the library asks for

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def leave(self) -> None:
        """Give the place back once the connection is lost: the two would keep each other in memory."""
        self._hush()
        self._connection.transport = self.inner

    @property
    def came(self) -> float:
        """When something came last where the link reads, in loop seconds; 0.0 if it has not read."""
        return self._link.came

    def listen(self, before: bytes, told: Callable[[list[Heard], bool], None]) -> bool:
        """Have the link read, and `told` called with what it has heard: see there. False: it cannot now."""
        if self.inner.is_closing() or self._listens:
            return False
        self.inner.pause_reading()
        self._listens = True
        _readers.begin(self._connection, self._link.news)
        self._link.listen(before, told)
        return True

    def read_again(self) -> list[Heard]:
        """Read as before; return what the link has heard and not told. Idempotent."""
        if not self._listens:
            return []
        heard = self._hush()
        if not self.inner.is_closing():
            self.inner.resume_reading()
        return heard

    def _hush(self) -> list[Heard]:
        if not self._listens:
            return []
        self._listens = False
        _readers.end(self._connection, self._link.news)
        return self._link.hush()

    def write(self, data: bytes) -> None:
        """Write, or keep what the socket does not take."""
        if self._connection.state is not State.OPEN:
            self._link.release()  # after a closing frame nothing follows: RFC 6455 section 5.5.1
        self._link.write(bytes(data))
        if self._link.pending > MOST_WAITING and not self._paused:
            self._paused = True
            self._connection.pause_writing()
            self._when_written(self._resume)

    def write_eof(self) -> None:
        """Write no more."""
        self._link.release()
        self._link.finish()

    def get_write_buffer_size(self) -> int:
        """Return the bytes that the socket did not take yet."""
        return self._link.pending

    def close(self) -> None:
        """Close once everything is written."""
        self._link.release()
        if not self.inner.is_closing():
            self._when_written(self._close)

    def abort(self) -> None:
        """Close at once."""
        self._hush()
        self._link.close()
        self.inner.abort()

    def _close(self) -> None:
        self._hush()
        self._link.close()
        self.inner.close()

    def _resume(self) -> None:
        self._paused = False
        if self._connection.paused:  # it is not when the connection was lost meanwhile
            self._connection.resume_writing()

    def _when_written(self, then: Callable[[], None]) -> None:
        if self._link.pending and not self.inner.is_closing():
            self._connection.loop.call_later(LOOK_S, self._when_written, then)
        else:
            then()


def linked(connection: ClientConnection, link: MakeLink) -> ModelLink | None:
    """Give a connection that is open a link, if it can have one: Python's TLS lets nobody else write."""
    transport = connection.transport
    if transport.get_extra_info("ssl_object") is not None or transport.get_write_buffer_size():
        return None
    secure: TlsSocket | None = transport.get_extra_info("tls")
    made = link(secure.socket if secure is not None else transport.get_extra_info("socket").fileno(), secure)
    if made is not None:
        LinkedTransport(connection, made)
    return made
