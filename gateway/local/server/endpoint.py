"""Lets clients in: checks keys, answers plain HTTP, gives each client a session with its engine."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import asdict
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson
import structlog
from structlog.contextvars import bound_contextvars
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from gateway.errors import GatewayError
from gateway.local.server.connection import Link, Tasks, until_gone
from gateway.local.server.http_post import HttpAnswer, Post, failure
from gateway.local.server.keys import AccessKeys, Grant, all_of, shown_key
from gateway.local.server.registry import NAMES, Engines
from gateway.local.server.settings import LocalSettings
from gateway.local.session.client_events import ServerSession
from gateway.local.session.config import SessionConfig
from gateway.local.session.dialect import GONE, GONE_MESSAGE, WireDialect, wants_flat
from gateway.local.session.items import new_id
from gateway.local.session.schema import Refused, choice, integer, mapping, record
from gateway.local.session.session_parts import Parts
from gateway.local.vocabulary import NO_FAULTS, Faults
from gateway.realtime.connect import CALL_HEADER
from gateway.realtime.events import server

PATH = "/v1/realtime"
AZURE = "/openai"
"""What Azure puts before each path."""
AZURE_DATED = f"{AZURE}/realtime"
"""Azure's older path, with `api-version` and `deployment`: the flat dialect is spoken there."""
SECRET_SECONDS = 600
"""Life of an ephemeral key unless its maker says otherwise."""

_CALL_ID = re.compile(r"[0-9A-Za-z-]{1,64}")

_EXPIRY = record({"anchor": choice("created_at"), "seconds": integer(10, 7200)})
_CLIENT_SECRET = record({"expires_after": _EXPIRY, "session": mapping})


class Reception:
    """What the clients of one server share."""

    def __init__(self, settings: LocalSettings, engines: Engines) -> None:
        self._settings = settings
        self._engines = engines
        self._keys = AccessKeys(settings.api_key)
        self._sessions = 0

    # --- HTTP ---

    async def admit(self, _socket: ServerConnection, request: Request) -> Response | None:
        """Answer plain GET requests, refuse strangers; None lets a client in."""
        answer = await self._get(request)
        return answer.response() if answer is not None else None

    async def _get(self, request: Request) -> HttpAnswer | None:
        path = _path(request.path)
        if path == "/health":
            return HttpAnswer(HTTPStatus.OK, {"status": "ok", "sessions": self._sessions})
        if self._grant(request) is None:
            return _wrong_key()
        if path == "/v1/models":
            models = [{"id": name, "object": "model", "owned_by": "local"} for name in NAMES]
            return HttpAnswer(HTTPStatus.OK, {"object": "list", "data": models})
        if path not in (PATH, AZURE_DATED) or "call_id" in parse_qs(urlsplit(request.path).query):
            return failure(HTTPStatus.NOT_FOUND, "not_found", f"There is nothing at {request.path}.")
        try:
            engine = await self._engines.get(_model(request.path))
        except GatewayError as error:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return failure(status, "engine_unavailable", str(error), "server_error")
        refusal = await engine.knock()
        if refusal is None:
            return None
        after = {} if refusal.retry_after_s is None else {"Retry_After": f"{refusal.retry_after_s:g}"}
        return failure(HTTPStatus(refusal.status), refusal.code, refusal.message, refusal.code, **after)

    def post(self, request: Post) -> HttpAnswer:
        """Answer `client_secrets`: an ephemeral key for a browser."""
        if self._keys.admit(shown_key(request.headers), ephemeral_too=False) is None:
            return _wrong_key()
        if _path(request.path) != f"{PATH}/client_secrets":
            return failure(
                HTTPStatus.NOT_FOUND, "not_found", f"There is nothing to POST to at {request.path}."
            )
        try:
            asked = orjson.loads(request.body or b"{}")
            _CLIENT_SECRET(asked, "body")
            seconds = (asked.get("expires_after") or {}).get("seconds") or SECRET_SECONDS
            given = asked.get("session") or {"type": "realtime"}
            model = str(given.get("model", "local"))
            config = self._config(new_id("sess"), model, given.get("type") == "transcription")
            config.update(given, voice_locked=False)
        except orjson.JSONDecodeError as error:
            return failure(HTTPStatus.BAD_REQUEST, "invalid_json", str(error))
        except Refused as refused:
            return failure(HTTPStatus.BAD_REQUEST, refused.code or "invalid_value", refused.message)
        key, expires_at = self._keys.issue(given, seconds)
        return HttpAnswer(HTTPStatus.OK, {"value": key, "expires_at": expires_at, "session": config.wire})

    def _grant(self, request: Request) -> Grant | None:
        return self._keys.admit(shown_key(request.headers))

    # --- a client ---

    async def client(self, socket: ServerConnection) -> None:
        """Serve one client to its end; all lines logged meanwhile name the gateway's call, if it is one's."""
        request = socket.request
        assert request is not None
        with bound_contextvars(**_call(request.headers)):
            await self._serve(socket, request)

    async def _serve(self, socket: ServerConnection, request: Request) -> None:
        headers = request.headers
        is_flat = _path(request.path) == AZURE_DATED or wants_flat(
            all_of(headers, "OpenAI-Beta"), all_of(headers, "Sec-WebSocket-Protocol")
        )
        dialect = WireDialect(is_flat=is_flat, ga_only=self._settings.ga_only)
        link = Link(socket, dialect)
        grant = self._grant(request) or Grant()
        model = str((grant.session or {}).get("model") or _model(request.path))
        engine = await self._engines.get(model)
        intent = parse_qs(urlsplit(request.path).query).get("intent")
        only_transcribe = intent == ["transcription"] or (grant.session or {}).get("type") == "transcription"
        session_id = new_id("sess")
        faults = engine.begin(session_id)
        config = self._config(session_id, model, only_transcribe, faults)
        if grant.session is not None:
            config.update(dict(grant.session), voice_locked=False)
        self._sessions += 1
        told: dict[str, int] = {}
        log = structlog.get_logger().bind(session=config.wire["id"], model=model)
        log.info("client.connected", peer=str(socket.remote_address[0]), sessions=self._sessions)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = Tasks(group)
                session = ServerSession(
                    Parts(config, engine, link, tasks.spawn, log, trusts_client=_is_here(socket)),
                    dialect.incoming,
                )
                if is_flat and self._settings.ga_only:
                    _refuse_flat(link)
                else:
                    self._set_limits(link, faults, log)
                    session.begin()
                await until_gone(socket, link, session.receive, tasks)
                told = asdict(link.told)  # before the end: nobody hears what that says
                session.end()
        finally:
            link.forget_timers()
            self._sessions -= 1
            log.info("client.gone", sessions=self._sessions, **told)

    def _config(
        self, session_id: str, model: str, only_transcribe: bool, faults: Faults = NO_FAULTS
    ) -> SessionConfig:
        foreseen = None if faults.expire_hidden else faults.expire_after_s
        return SessionConfig(
            session_id,
            model,
            int(time.time() + (self._settings.session_seconds if foreseen is None else foreseen)),
            silence_ms=self._settings.silence_ms,
            engine_names=NAMES,
            transcription_only=only_transcribe,
        )

    def _set_limits(self, link: Link, faults: Faults, log: Any) -> None:
        life = self._settings.session_seconds if faults.expire_after_s is None else faults.expire_after_s
        link.later(life, _expire, link, log)
        if faults.drop_after_s is not None:
            link.later(faults.drop_after_s, link.drop, faults.drop_code, faults.drop_reason)
        for after_s, for_s in faults.stalls:
            link.later(after_s, link.stall, for_s)
        for after_s in faults.freezes:
            link.later(after_s, link.freeze)
        for after_s, frame in faults.frames:
            link.later(after_s, link.raw, frame)


def _is_here(socket: ServerConnection) -> bool:
    """Return whether a client is on this machine."""
    return ip_address(str(socket.remote_address[0]).partition("%")[0]).is_loopback


def _path(target: str) -> str:
    """Return the path of a request as OpenAI has it, also where it is written as Azure's."""
    path = urlsplit(target).path.rstrip("/")
    return path.removeprefix(AZURE) if path.startswith(f"{AZURE}/v1/") else path


def _model(target: str) -> str:
    query = parse_qs(urlsplit(target).query)
    return (query.get("model") or query.get("deployment") or ["local"])[0]


def _call(headers: Headers) -> dict[str, str]:
    """Return which call of a gateway the session is for, as context of the log; {} for none, or nonsense."""
    named = all_of(headers, CALL_HEADER)
    return {"call": named} if _CALL_ID.fullmatch(named) else {}


def _wrong_key() -> HttpAnswer:
    return failure(HTTPStatus.UNAUTHORIZED, "invalid_api_key", "Incorrect API key provided.")


def _error(link: Link, code: str, message: str) -> None:
    error: dict[str, Any] = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
    link.emit(server.Error, error=error | {"event_id": None})


def _expire(link: Link, log: Any) -> None:
    log.info("client.expired")
    message = "Your session hit the maximum duration of 60 minutes."
    _error(link, "session_expired", message)
    link.drop(1001, message)


def _refuse_flat(link: Link) -> None:
    _error(link, GONE, GONE_MESSAGE)
    link.drop(4000, f"invalid_request_error.{GONE}")
