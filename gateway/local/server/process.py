"""The embedded realtime server as a process: listens, says that it is ready, ends when told."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import ssl
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.typing import Subprotocol

from gateway.errors import BadInput, LocalPortInUse
from gateway.local.server.endpoint import PATH, Reception
from gateway.local.server.http_post import Door
from gateway.local.server.registry import Engines
from gateway.local.server.settings import BACKLOG, LocalSettings
from gateway.port_owner import in_use

MAX_FRAME = 24 << 20
"""An append may carry 15 MiB of audio, which is 20 MiB in base64."""

CLOSE_SECONDS = 1
"""How long a client may take to answer a closing handshake; a process that ends cannot wait."""


@dataclass(frozen=True, slots=True)
class ListenAddress:
    """Where a running server is."""

    host: str
    port: int
    url: str
    """Of the WebSocket, without a model."""


@asynccontextmanager
async def serving(settings: LocalSettings) -> AsyncIterator[ListenAddress]:
    """Run a server for as long as the context lasts; its default engine is warm when it begins.

    Clients are let in before that, as soon as sessions can begin: after a crash, calls wait for one. Raises
    BadInput, LocalPortInUse, SpeechError.
    """
    engines = Engines(settings)
    reception = Reception(settings, engines)
    tls = _tls(settings)
    try:
        engine = await engines.get(settings.engine)
        async with reception.open(), _listening(settings, reception, tls) as (host, port):
            await engine.warm()
            yield ListenAddress(host, port, f"{'wss' if tls else 'ws'}://{host}:{port}{PATH}")
    finally:
        engines.close()


@asynccontextmanager
async def _listening(
    settings: LocalSettings, reception: Reception, tls: ssl.SSLContext | None
) -> AsyncIterator[tuple[str, int]]:
    try:
        server = await listen(
            reception.client,
            **_where(settings),
            backlog=BACKLOG,
            create_connection=partial(Door, on_post=reception.post),  # type: ignore[arg-type] # it is only called
            process_request=reception.admit,
            select_subprotocol=_subprotocol,
            compression=None,  # audio in base64 is not worth a core
            max_size=MAX_FRAME,
            close_timeout=CLOSE_SECONDS,
            ssl=tls,
            server_header=None,
            logger=_quiet_logger(),
        )
    except OSError as error:
        where = f"address {settings.host}:{settings.port}"
        if error.errno == errno.EADDRINUSE:
            told = await asyncio.to_thread(in_use, where, settings.port, "--listen")
            raise LocalPortInUse(told) from None
        if error.errno in (errno.EADDRNOTAVAIL, errno.EACCES):
            reason = os.strerror(error.errno)
            raise LocalPortInUse(f"{where} cannot be had: {reason}: choose another --listen") from None
        raise
    try:
        yield server.sockets[0].getsockname()[:2]
    finally:
        server.close()
        await server.wait_closed()


def _where(settings: LocalSettings) -> dict[str, Any]:
    if settings.descriptor is not None:
        return {"sock": socket.socket(fileno=settings.descriptor)}
    return {"host": settings.host, "port": settings.port}


def _quiet_logger() -> logging.Logger:
    """Let the library speak of what it could not handle, not of port scans and health checks."""
    logger = logging.getLogger("gateway.local.websockets")
    logger.setLevel(logging.ERROR)
    return logger


def _tls(settings: LocalSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise BadInput("--tls-cert", "certificate", str(settings.tls_cert), str(error)) from None
    return context


def _subprotocol(_socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Choose `realtime`, which browsers offer beside the pseudo-protocol that carries their key."""
    return next((one for one in offered if one == "realtime"), None)


async def serve(settings: LocalSettings, ready: Callable[[ListenAddress], None] | None = None) -> None:
    """Run a server until SIGTERM or SIGINT."""
    log = structlog.get_logger()
    began = time.monotonic()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serving(settings) as address:
        seconds = round(time.monotonic() - began, 2)
        log.info("embedded.ready", url=address.url, engine=settings.engine, seconds=seconds)
        if ready is not None:
            ready(address)
        await stop.wait()
        log.info("embedded.stopping")


SWITCH_SECONDS = 0.001
"""How long one thread may keep the others from Python. Recognition asks for it after each token: with the
usual 5 ms a busy event loop could add 100 ms to a sentence."""


def run(settings: LocalSettings, ready: Callable[[ListenAddress], None] | None = None) -> None:
    """Run a server in this process until it is told to stop; `ready` hears where it is when it is warm."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        import uvloop  # noqa: PLC0415 - Linux only
    except ImportError:
        asyncio.run(serve(settings, ready))
    else:
        uvloop.run(serve(settings, ready))
