"""A connection that shares its socket with the native plane: a real plane and a real server."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from gateway.media.media_port import MediaPlane
from gateway.media.model_link import ModelLink
from gateway.realtime.connect import dial
from gateway.realtime.events.wire import AudioDelta
from gateway.realtime.linked_transport import linked
from gateway.realtime.model_connection import ModelConnection
from gateway.realtime.providers import LOCAL, TlsFiles
from gateway.realtime.settings import ConnectTimeouts
from gateway.realtime.tls import context
from tests.equipment.certificates import Authority
from tests.equipment.patience import seconds, within
from tests.media.conftest import made
from tests.realtime.wire_model import Line, Model, model

pytestmark = pytest.mark.native
SILENCE = bytes(320)
PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)


@dataclasses.dataclass
class Linked:
    """Both ends of a connection, and what is between them."""

    plane: MediaPlane
    socket: ClientConnection
    link: ModelLink
    server: Model
    line: Line

    async def ticking(self) -> None:
        """Let the plane's clock run, as it does while there are calls: what waits is tried again."""
        port = self.plane.port()
        while True:
            port.exchange(SILENCE)
            await asyncio.sleep(0.005)


@asynccontextmanager
async def connected() -> AsyncIterator[Linked]:
    """Connect, and link the connection."""
    plane = made(native=True)
    async with model() as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        async with dial(provider, "m", PATIENCE) as socket:
            link = linked(socket, plane.link)
            assert link is not None
            try:
                yield Linked(plane, socket, link, server, await server.line())
            finally:
                link.close()


async def left(socket: ClientConnection) -> None:
    """Read until the connection is over."""
    with suppress(ConnectionClosed):
        async with within(5):
            while True:
                await socket.recv()


async def test_messages_and_pings_go_through_the_link() -> None:
    """Both ways, as before."""
    async with connected() as one:
        await one.socket.send(b'{"type": "session.update", "session": {}}', text=True)
        await one.line.got("session.update")
        assert b"session.created" in await one.socket.recv(decode=False)
        async with within(2):
            await (await one.socket.ping())
            await (await one.line.socket.ping())


async def test_a_pong_that_nobody_is_told_of_is_a_sign_of_life() -> None:
    """The link has read it; when the link has let go of the socket, it is remembered."""
    async with connected() as one, asyncio.TaskGroup() as tasks:
        assert isinstance(one.socket, ModelConnection)
        told = asyncio.Event()
        reading = tasks.create_task(one.socket.messages(lambda _: told.set(), lambda: None))
        async with within(5):
            await told.wait()  # it has said that it is there, and says nothing more
            assert one.socket.gathers
            came = one.socket.last_data
            while one.socket.last_data == came:
                one.socket.ask()
                await asyncio.sleep(0.01)
        answered = one.socket.last_data
        reading.cancel()
        await asyncio.wait([reading])
        assert not one.socket.gathers
        assert one.socket.last_data >= answered > came


async def test_whoever_sends_more_than_the_socket_takes_waits() -> None:
    """And goes on once it was written; nothing is lost of megabytes."""
    async with connected() as one, asyncio.TaskGroup() as tasks:
        ticking = tasks.create_task(one.ticking())
        one.line.stall()
        sent = 0
        message = b'{"type": "much", "x": "' + b"x" * (1 << 20) + b'"}'
        waits: set[asyncio.Task[None]] = set()
        async with within(10):
            while not waits:
                sending = tasks.create_task(one.socket.send(message, text=True))
                sent += 1
                _, waits = await asyncio.wait([sending], timeout=0.3)
        assert one.link.pending
        one.line.let_read.set()
        async with within(10):
            await asyncio.wait(waits)
            await one.line.got("much", sent)
        ticking.cancel()


async def test_leaving_is_polite() -> None:
    """What was sent last arrives, and so does the closing handshake."""
    async with connected() as one:
        await one.socket.send(b'{"type": "last"}', text=True)
        async with within(2):
            await one.socket.close()
            await one.line.over.wait()
        assert [event["type"] for event in one.line.came] == ["last"]
        assert one.line.socket.close_code == 1000


async def test_a_server_that_does_not_read_is_left_in_time() -> None:
    """The socket is closed when the time for the handshake is up, whatever waits to be written."""
    async with connected() as one:
        one.line.stall()
        one.line.socket.transport.pause_reading()
        one.link.write(bytes(32 << 20))
        assert one.link.pending
        async with within(5):
            await one.socket.close()
        assert one.link.pending == 0


async def test_a_server_that_leaves_is_noticed() -> None:
    """With a handshake, or without."""
    async with connected() as one:
        await one.line.socket.close(1001, "gone")
        await left(one.socket)
        assert one.socket.close_code == 1001
    async with connected() as one:
        one.line.cut()
        await left(one.socket)


async def test_no_audio_follows_a_closing_frame() -> None:
    """The line's audio is given back before: RFC 6455 section 5.5.1."""
    async with connected() as one:
        port = one.plane.port()
        port.send_to(one.link)
        port.exchange(SILENCE)
        await one.line.got("input_audio_buffer.append")
        await one.line.socket.close()
        await left(one.socket)
        assert not port.direct


class Taken:
    """What a connection has handed over."""

    def __init__(self) -> None:
        self.messages: list[bytes | AudioDelta] = []
        self._more = asyncio.Event()

    def __call__(self, message: bytes | AudioDelta) -> None:
        self.messages.append(message)
        self._more.set()

    async def until(self, enough: Callable[[], object]) -> None:
        """Wait for so much."""
        async with within(5):
            while not enough():
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def taking(socket: ClientConnection) -> AsyncIterator[Taken]:
    """Take messages for as long as the block lasts."""
    assert isinstance(socket, ModelConnection)
    taken = Taken()
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(socket.messages(taken, lambda: None))
        yield taken
        task.cancel()


VOICE = '{"type":"response.output_audio.delta","response_id":"r","item_id":"a","delta":"AAAA"}'


async def test_a_voice_is_handed_over_as_what_it_is() -> None:
    """Among messages, in order; pings are answered meanwhile."""
    async with connected() as one, taking(one.socket) as taken:
        await taken.until(lambda: taken.messages)  # the greeting: from now on the link reads
        for message in ("0", VOICE, VOICE, "1"):
            await one.line.raw(message)
        await taken.until(lambda: taken.messages[-1:] == [b"1"])
        said = [message for message in taken.messages if isinstance(message, AudioDelta)]
        assert b"".join(each.audio for each in said) == bytes(6)
        assert [message for message in taken.messages[1:] if isinstance(message, bytes)] == [b"0", b"1"]
        async with within(2):
            await (await one.line.socket.ping())
            await (await one.socket.ping())


async def test_who_takes_again_has_all_that_follows() -> None:
    """Between two takers nothing is lost."""
    async with connected() as one:
        for number in range(3):
            async with taking(one.socket) as taken:
                await one.line.raw(str(number))
                await taken.until(lambda: taken.messages[-1:] == [b"%d" % number])  # noqa: B023
            await one.line.raw("between")
            async with taking(one.socket) as taken:
                await taken.until(lambda: taken.messages == [b"between"])


async def test_a_message_in_pieces_is_the_librarys() -> None:
    """And all that follows it, as without a link."""
    async with connected() as one, taking(one.socket) as taken:
        await one.line.raw("0")
        await one.line.socket.send(["a", "b"])
        await one.line.raw(VOICE)
        await taken.until(lambda: len(taken.messages) == 4)
        assert taken.messages[1:] == [b"0", b"ab", VOICE.encode()]


@pytest.mark.parametrize("polite", [True, False])
async def test_the_end_is_noticed_by_who_takes(polite: bool) -> None:
    """With a handshake and without, and after what was said last."""
    async with connected() as one, asyncio.TaskGroup() as tasks:
        taken = Taken()
        assert isinstance(one.socket, ModelConnection)
        taking = tasks.create_task(left_by(one.socket, taken))
        await one.line.raw("last")
        await taken.until(lambda: taken.messages[-1:] == [b"last"])
        if polite:
            await one.line.socket.close(1001, "gone")
        else:
            one.line.cut()
        async with within(5):
            await taking
        assert one.socket.state is State.CLOSED


async def left_by(socket: ModelConnection, taken: Taken) -> None:
    """Take messages until the connection is over."""
    with suppress(ConnectionClosed):
        await socket.messages(taken, lambda: None)


async def test_tls_stays_in_the_librarys_hands(tmp_path: Path) -> None:
    """What a socket of such a connection carries is not ours to write."""
    authority = Authority(tmp_path)
    async with model(authority.gives("server").serves()) as server:
        provider = dataclasses.replace(LOCAL, url=server.url)
        async with dial(provider, "m", PATIENCE, context(TlsFiles(authority.file))) as socket:
            assert linked(socket, made(native=True).link) is None
            await socket.send(b'{"type": "last"}', text=True)
            await (await server.line()).got("last")


async def test_a_plane_without_links_changes_nothing() -> None:
    """The transport stays as it was."""
    async with model() as server, dial(dataclasses.replace(LOCAL, url=server.url), "m", PATIENCE) as socket:
        before = socket.transport
        assert linked(socket, lambda _socket, _secure: None) is None
        assert socket.transport is before
