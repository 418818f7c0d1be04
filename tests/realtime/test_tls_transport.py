"""TLS in C++ towards a real server of Python's: what is refused, what goes through, how it ends."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.protocol import State

from gateway.media.tls import native_tls
from gateway.realtime import tls
from gateway.realtime.connect import open_connection
from gateway.realtime.connect_failure import of_connect
from gateway.realtime.linked_transport import linked
from gateway.realtime.native_tls import NativeTls
from gateway.realtime.providers import LOCAL, Provider, TlsFiles
from gateway.realtime.settings import ConnectTimeouts
from gateway.realtime.tls_transport import TlsTransport, connect_tls
from tests.equipment import ports
from tests.equipment.certificates import Authority, Identity
from tests.equipment.patience import seconds, within
from tests.media.conftest import made
from tests.realtime.test_linked_transport import left
from tests.realtime.wire_model import Line, model

pytestmark = pytest.mark.native
PATIENCE = ConnectTimeouts(seconds(5), seconds(1), seconds(5), seconds(5), 0.2)
SILENCE = bytes(320)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority for all tests here."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def server(authority: Authority) -> Identity:
    """A certificate for this machine."""
    return authority.gives("server")


def contexts() -> NativeTls:
    """Return those of a native plane."""
    made(native=True)
    make = native_tls()
    assert make is not None
    return NativeTls(make)


async def until(fact: Callable[[], bool]) -> None:
    """Wait for something that comes over the wire."""
    while True:
        if fact():
            return
        await asyncio.sleep(0.01)


NEWEST = ssl.TLSVersion.TLSv1_3
either_version = pytest.mark.parametrize("version", [NEWEST, ssl.TLSVersion.TLSv1_2])
"""A service may have either."""


@asynccontextmanager
async def connected(
    authority: Authority, server: Identity, version: ssl.TLSVersion = NEWEST
) -> AsyncIterator[tuple[ClientConnection, Line]]:
    """Connect as a session does."""
    shown = server.serves()
    shown.maximum_version = version
    async with model(shown) as running:
        provider = dataclasses.replace(LOCAL, url=running.url, tls=TlsFiles(authority.file))
        socket = await open_connection(provider, "m", PATIENCE, None, contexts())
        assert isinstance(socket.transport, TlsTransport)
        try:
            yield socket, await running.line()
        finally:
            async with within(5):
                await socket.close()


@either_version
async def test_messages_of_any_size_go_both_ways(
    authority: Authority, server: Identity, version: ssl.TLSVersion
) -> None:
    """As over Python's own TLS: pings, megabytes, and the closing handshake."""
    async with connected(authority, server, version) as (socket, line):
        much = b'{"type": "much", "x": "' + b"x" * (3 << 20) + b'"}'
        async with within(10):
            await socket.send(much, text=True)
            await line.got("much")
            await (await socket.ping())
            await line.socket.send(much, text=True)
            while (came := await socket.recv(decode=False)) != much:
                assert b"session.created" in came
        peer = socket.remote_address
    assert peer[0] == "127.0.0.1"
    assert line.socket.close_code == 1000


@either_version
async def test_a_callers_audio_is_encrypted_without_python(
    authority: Authority, server: Identity, version: ssl.TLSVersion
) -> None:
    """The ring goes straight to the socket, between messages of Python's, and all of it arrives."""
    async with connected(authority, server, version) as (socket, line):
        plane = made(native=True)
        link = linked(socket, plane.link)
        assert link is not None
        port = plane.port()
        port.send_to(link)
        assert port.direct
        for n in range(20):
            port.exchange(SILENCE)
            await socket.send(b'{"type": "other"}', text=True)
            await asyncio.sleep(0.002 * (n % 3))
        async with within(5):
            await line.got("other", 20)
            await until(lambda: sum(len(e["audio"]) for e in line.came if "audio" in e) >= 20 * 1280)
        async with within(2):
            await (await socket.ping())
        link.close()


@either_version
async def test_a_socket_that_takes_no_more_loses_nothing(
    authority: Authority, server: Identity, version: ssl.TLSVersion
) -> None:
    """What waits inside a record is written on, before and after there is a link."""
    async with connected(authority, server, version) as (socket, line), asyncio.TaskGroup() as tasks:
        plane = made(native=True)
        line.stall()
        message = b'{"type": "much", "x": "' + b"x" * (1 << 20) + b'"}'
        link = linked(socket, plane.link)
        assert link is not None
        port = plane.port()
        sending = [tasks.create_task(socket.send(message, text=True)) for _ in range(12)]
        async with within(5):
            await until(lambda: link.pending > 0)
        line.let_read.set()
        async with within(20):
            while not all(one.done() for one in sending):
                port.exchange(SILENCE)
                await asyncio.sleep(0.005)
            await line.got("much", 12)
        link.close()


async def test_whoever_sends_more_than_the_socket_takes_waits(authority: Authority, server: Identity) -> None:
    """Where there is no link either; it is read at last, whole and in order."""
    async with connected(authority, server) as (socket, line), asyncio.TaskGroup() as tasks:
        line.stall()
        message = b'{"type": "much", "x": "' + b"x" * (1 << 20) + b'"}'
        sent, waits = 0, set[asyncio.Task[None]]()
        async with within(10):
            while not waits:
                sending = tasks.create_task(socket.send(message, text=True))
                sent += 1
                _, waits = await asyncio.wait([sending], timeout=0.3)
        assert socket.transport.get_write_buffer_size() < 2 * len(message)
        line.let_read.set()
        async with within(20):
            await asyncio.wait(waits)
            await line.got("much", sent)


@either_version
async def test_both_ends_are_noticed(authority: Authority, server: Identity, version: ssl.TLSVersion) -> None:
    """With a closing handshake, and when the line is cut."""
    async with connected(authority, server, version) as (socket, line):
        await line.socket.close(1001, "gone")
        await left(socket)
        assert socket.close_code == 1001
    async with connected(authority, server, version) as (socket, line):
        line.cut()
        await left(socket)
        assert socket.state is State.CLOSED


def alone(folder: Path) -> Authority:
    """Return an authority that nobody knows."""
    folder.mkdir()
    return Authority(folder, "another")


async def refusals(provider: Provider) -> list[tuple[str, str]]:
    """Return how Python's TLS and ours explain why they do not connect."""
    told = []
    for native in (None, contexts()):
        with pytest.raises(Exception) as raised:  # noqa: PT011 - which it is, is what is compared
            await open_connection(provider, "m", PATIENCE, None, native)
        lost = of_connect(raised.value, provider)
        told.append((lost.code, lost.message))
    return told


@pytest.mark.parametrize(
    "wrong", ["authority", "expired", "name", "self-signed", "no TLS", "nobody", "no host"]
)
async def test_whom_python_refuses_is_refused(authority: Authority, tmp_path: Path, wrong: str) -> None:
    """With the same words: another authority's, expired, another host's; no TLS, nobody there."""
    shown, trusted = authority.gives("right"), TlsFiles(authority.file)
    if wrong == "authority":
        trusted = TlsFiles(alone(tmp_path / "alone").file)
    elif wrong == "expired":
        shown = authority.gives("late", days=-1)
    elif wrong == "name":
        shown = authority.gives("elsewhere", names="DNS:elsewhere.example,IP:127.0.0.9")
    elif wrong == "self-signed":
        other = alone(tmp_path / "alone")
        shown = Identity(other.file, other.folder / "another.key")
    provider = dataclasses.replace(LOCAL, tls=trusted)
    if wrong == "nobody":
        url = f"wss://127.0.0.1:{ports.free_port()}/v1/realtime"
        python, ours = await refusals(dataclasses.replace(provider, url=url))
    elif wrong == "no host":
        python, ours = await refusals(dataclasses.replace(provider, url="wss://nowhere.invalid/v1/realtime"))
    else:
        async with model(None if wrong == "no TLS" else shown.serves()) as running:
            url = running.url.replace("ws://", "wss://")
            python, ours = await refusals(dataclasses.replace(provider, url=url))
    assert ours == python


async def test_a_host_is_known_by_its_name(authority: Authority, tmp_path: Path) -> None:
    """`localhost` by name, 127.0.0.1 by address: a certificate for the one is not the other's."""
    named = authority.gives("named", names="DNS:localhost")
    async with model(named.serves()) as running:
        by_name = running.url.replace("127.0.0.1", "localhost")
        trusted = TlsFiles(authority.file)
        provider = dataclasses.replace(LOCAL, url=by_name, tls=trusted)
        socket = await open_connection(provider, "m", PATIENCE, None, contexts())
        await socket.close()
        provider = dataclasses.replace(LOCAL, url=running.url, tls=trusted)
        with pytest.raises(ssl.SSLCertVerificationError) as raised:
            await open_connection(provider, "m", PATIENCE, None, contexts())
    assert raised.value.verify_code == 64


async def test_we_show_who_we_are(authority: Authority, server: Identity) -> None:
    """A server that asks for a certificate gets ours, and turns away whoever has none."""
    async with model(server.serves(clients_of=authority.file)) as running:
        ours = TlsFiles(authority.file, *authority.gives("client"))
        provider = dataclasses.replace(LOCAL, url=running.url, tls=ours)
        socket = await open_connection(provider, "m", PATIENCE, None, contexts())
        await running.line()
        await socket.close()
        python, without = await refusals(dataclasses.replace(provider, tls=TlsFiles(authority.file)))
        assert without[0] in ("connect_failed", "tls_failed")
        assert python[0] in ("connect_failed", "tls_failed")


async def test_a_handshake_that_is_given_up_leaves_nothing_open(authority: Authority) -> None:
    """A server that takes the connection and says nothing is left when the time is up."""
    taken: list[asyncio.StreamWriter] = []
    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        while await reader.read(1024):
            pass
        closed.set()

    files = TlsFiles(authority.file)
    context = await contexts().context(files, tls.context(files))
    assert context is not None
    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(connect_tls("127.0.0.1", port, context), 0.3)
    async with within(5):
        await closed.wait()
    taken[0].close()
    listening.close()


async def test_reading_can_be_paused(authority: Authority, server: Identity) -> None:
    """What comes meanwhile is told afterwards."""
    async with connected(authority, server) as (socket, line):
        socket.transport.pause_reading()
        await line.socket.send(b'{"type": "late"}', text=True)
        await asyncio.sleep(0.1)
        socket.transport.resume_reading()
        async with within(5):
            while b"late" not in await socket.recv(decode=False):
                pass


async def test_without_it_tls_is_the_librarys(authority: Authority, server: Identity) -> None:
    """Where there is no native context nothing changes."""
    async with model(server.serves()) as running:
        provider = dataclasses.replace(LOCAL, url=running.url, tls=TlsFiles(authority.file))
        socket = await open_connection(provider, "m", PATIENCE)
        assert not isinstance(socket.transport, TlsTransport)
        await socket.close()
