from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import pytest
from websockets.asyncio.client import connect

from gateway.errors import BadInput, LocalPortInUse
from gateway.local.engines.simple import ToneEngine
from gateway.local.server.process import ListenAddress, serve, serving
from gateway.local.server.settings import LocalSettings
from tests.equipment import patience, ports
from tests.local.client import client, server


async def test_port_in_use() -> None:
    """A second server on the same port says so, and names the way out."""
    async with server() as address:
        with pytest.raises(LocalPortInUse, match="--listen"):
            async with serving(LocalSettings(port=address.port, engine="tone")):
                pass


async def test_an_address_that_is_not_ours() -> None:
    """It is named, with the reason and the way out."""
    with pytest.raises(LocalPortInUse, match=r"192\.0\.2\.1:.*: Cannot assign.*--listen"):
        async with serving(LocalSettings(host="192.0.2.1", port=8090, engine="tone")):
            pass


async def test_ends_on_sigterm() -> None:
    """SIGTERM ends it within a moment, sessions and all."""
    began: asyncio.Future[ListenAddress] = asyncio.get_running_loop().create_future()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(serve(LocalSettings(port=0, engine="tone"), began.set_result))
        address = await began
        async with client(address) as one:
            await one.next("session.created")
            os.kill(os.getpid(), signal.SIGTERM)
            async with patience.within(3):
                await running
            assert (await one.closed())[0] == 1001


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
async def test_tls(tmp_path: Path) -> None:
    """With a certificate it speaks wss."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1"]
    await asyncio.to_thread(
        subprocess.run,
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", *made, "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )
    async with server(tls_cert=cert, tls_key=key) as address:
        assert address.url.startswith("wss://")
        trusting = ssl.create_default_context(cafile=str(cert))
        async with connect(address.url, ssl=trusting, proxy=None) as socket:
            assert b"session.created" in await socket.recv(decode=False)


async def test_no_certificate(tmp_path: Path) -> None:
    """A certificate that cannot be read is named."""
    with pytest.raises(BadInput, match=r"nothing\.pem"):
        async with serving(LocalSettings(port=0, engine="tone", tls_cert=tmp_path / "nothing.pem")):
            pass


async def test_a_socket_that_listens_already() -> None:
    """It is served where it is; what had come before is answered, and it outlives the server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        early = await asyncio.open_connection("127.0.0.1", port)
        early[1].write(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        given = LocalSettings(port=port, engine="tone", descriptor=os.dup(listening.fileno()))
        async with serving(given) as address:
            assert address.url == f"ws://127.0.0.1:{port}/v1/realtime"
            assert b'"status":"ok"' in await early[0].read()
            async with client(address) as one:
                await one.next("session.created")
        early[1].close()
        later = await asyncio.open_connection("127.0.0.1", port)
        later[1].close()


async def test_clients_are_let_in_before_all_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that lost its session has one while the rest is being loaded."""
    enough = asyncio.Event()

    async def warm(_engine: ToneEngine) -> None:
        await enough.wait()

    monkeypatch.setattr(ToneEngine, "warm", warm)
    began: asyncio.Future[ListenAddress] = asyncio.get_running_loop().create_future()
    port = ports.free_port()
    async with asyncio.TaskGroup() as group:
        running = group.create_task(serve(LocalSettings(port=port, engine="tone"), began.set_result))
        async with patience.within(5):
            while True:
                try:
                    socket_ = await connect(f"ws://127.0.0.1:{port}/v1/realtime")
                    break
                except OSError:
                    await asyncio.sleep(0.01)
        async with socket_:
            assert b"session.created" in await socket_.recv(decode=False)
            assert not began.done()
            enough.set()
            await began
        os.kill(os.getpid(), signal.SIGTERM)
        await running
