"""The embedded realtime server: listens, lets clients in, gives each a session with an engine."""

from __future__ import annotations

import asyncio
import errno
import signal
import ssl
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

import orjson
import structlog
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as listen
from websockets.datastructures import Headers
from websockets.http11 import Request as HttpRequest
from websockets.http11 import Response as HttpResponse
from websockets.typing import Subprotocol

from gateway.errors import LocalPortInUse, SpeechError
from gateway.local.config import SessionConfig
from gateway.local.connection import Link, Tasks, until_gone
from gateway.local.dialect import Dialect
from gateway.local.engines import LIGHT, engine_for
from gateway.local.items import new_id
from gateway.local.parts import Parts
from gateway.local.session import Session
from gateway.local.settings import LocalSettings
from gateway.local.words import Engine
from gateway.realtime.events import server as events

MAX_FRAME = 24 << 20
"""An append may carry 15 MiB of audio, which is 20 MiB in base64."""

PATH = "/v1/realtime"


class LocalServer:
    """What the clients of one server share."""

    def __init__(self, settings: LocalSettings) -> None:
        self.settings = settings
        self.sessions = 0
        self._engines: dict[str, Engine] = {}
        self._loading = asyncio.Lock()
        self._closing = ExitStack()
        self._log = structlog.get_logger()

    async def engine(self, model: str) -> Engine:
        """Give the engine behind a model name, loading it at its first use."""
        name = engine_for(model, self.settings.engine)
        async with self._loading:
            if name not in self._engines:
                self._engines[name] = await self._load(name)
        return self._engines[name]

    async def _load(self, name: str) -> Engine:
        if name in LIGHT:
            return LIGHT[name]()
        from gateway.local.agent import AgentEngine  # noqa: PLC0415 - needs the speech packages

        agent = AgentEngine(self.settings.workers)
        await agent.load()
        self._closing.callback(agent.close)
        return agent

    def close(self) -> None:
        """Let go of the engines' threads."""
        self._closing.close()

    # --- HTTP before the upgrade ---

    async def admit(self, socket: ServerConnection, request: HttpRequest) -> HttpResponse | None:
        """Answer plain HTTP, refuse strangers; None lets a client in."""
        path = urlsplit(request.path).path.rstrip("/")
        if path == "/health":
            return json_response(HTTPStatus.OK, {"status": "ok", "sessions": self.sessions})
        if path != PATH:
            return json_response(
                HTTPStatus.NOT_FOUND, error_body("not_found", f"There is nothing at {path}.")
            )
        try:
            await self.engine(_model(request.path))
        except SpeechError as error:
            return json_response(
                HTTPStatus.SERVICE_UNAVAILABLE, error_body("engine_unavailable", str(error), "server_error")
            )
        return None

    # --- a client ---

    async def client(self, socket: ServerConnection) -> None:
        """Serve one client to its end."""
        assert socket.request is not None
        query = parse_qs(urlsplit(socket.request.path).query)
        model = _model(socket.request.path)
        engine = await self.engine(model)
        only_transcribe = query.get("intent") == ["transcription"]
        life = self.settings.session_seconds
        config = SessionConfig(
            new_id("sess"),
            model,
            int(time.time() + life),
            silence_ms=self.settings.silence_ms,
            transcription_only=only_transcribe,
        )
        dialect = Dialect()
        link = Link(socket, dialect)
        self.sessions += 1
        try:
            async with asyncio.TaskGroup() as group:
                tasks = Tasks(group)
                parts = Parts(config, engine, link, tasks.spawn)
                session = Session(parts, dialect.incoming)
                expiry = asyncio.get_running_loop().call_later(life, _expire, link, life)
                session.begin()
                try:
                    await until_gone(socket, link, session.receive, tasks)
                finally:
                    expiry.cancel()
        finally:
            self.sessions -= 1


def _model(path: str) -> str:
    return parse_qs(urlsplit(path).query).get("model", ["local"])[0]


def _expire(link: Link, seconds: float) -> None:
    message = f"Your session hit the maximum duration of {seconds / 60:g} minutes."
    error = {"type": "invalid_request_error", "code": "session_expired", "message": message}
    link.emit(events.Error, error={**error, "param": None, "event_id": None})
    link.drop(1001, message)


def json_response(status: HTTPStatus, body: object) -> HttpResponse:
    """Make an HTTP answer."""
    data = orjson.dumps(body)
    headers = Headers(
        {"Content-Type": "application/json", "Content-Length": str(len(data)), "Connection": "close"}
    )
    return HttpResponse(status.value, status.phrase, headers, data)


def error_body(code: str, message: str, kind: str = "invalid_request_error") -> dict[str, object]:
    """Make an HTTP error's body in the provider's shape."""
    return {"error": {"type": kind, "code": code, "message": message, "param": None}}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a running server is."""

    host: str
    port: int
    url: str
    """Of the WebSocket, without a model."""


@asynccontextmanager
async def serving(settings: LocalSettings) -> AsyncIterator[Address]:
    """Run a server for as long as the context lasts."""
    local = LocalServer(settings)
    await local.engine(settings.engine)
    tls = _tls(settings)
    try:
        started = await listen(
            local.client,
            settings.host,
            settings.port,
            process_request=local.admit,
            select_subprotocol=_subprotocol,
            compression=None,
            max_size=MAX_FRAME,
            close_timeout=1,
            ssl=tls,
            server_header=None,
        )
    except OSError as error:
        if error.errno in (errno.EADDRINUSE, errno.EADDRNOTAVAIL, errno.EACCES):
            raise LocalPortInUse(settings.host, settings.port, error.strerror or str(error)) from None
        raise
    try:
        host, port = started.sockets[0].getsockname()[:2]
        yield Address(host, port, f"{'wss' if tls else 'ws'}://{host}:{port}{PATH}")
    finally:
        started.close()
        await started.wait_closed()
        local.close()


def _tls(settings: LocalSettings) -> ssl.SSLContext | None:
    if settings.tls_cert is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(settings.tls_cert, settings.tls_key)
    return context


def _subprotocol(_socket: ServerConnection, offered: Sequence[Subprotocol]) -> Subprotocol | None:
    """Choose `realtime`, which browsers offer beside the pseudo-protocol that carries their key."""
    return next((one for one in offered if one == "realtime"), None)


async def serve(settings: LocalSettings, ready: Callable[[Address], None] | None = None) -> None:
    """Run a server until SIGTERM or SIGINT."""
    began = time.monotonic()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(settings) as address:
        structlog.get_logger().info(
            "= local agent ready",
            url=address.url,
            engine=settings.engine,
            seconds=round(time.monotonic() - began, 2),
        )
        if ready is not None:
            ready(address)
        await stop.wait()
        structlog.get_logger().info("x local agent stopping")


def run(settings: LocalSettings) -> None:
    """Run a server in this process until it is told to stop."""
    try:
        import uvloop  # noqa: PLC0415 - Linux only
    except ImportError:
        asyncio.run(serve(settings))
    else:
        uvloop.run(serve(settings))
