"""Lets clients in: checks keys, answers plain HTTP, gives each client a session with its engine."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import asdict, replace
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import orjson
import structlog
from structlog.contextvars import bound_contextvars
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from gateway.errors import BadInput, GatewayError
from gateway.local.server.connection import Link, Tasks, until_gone
from gateway.local.server.http_post import HttpAnswer, Later, Post, failure
from gateway.local.server.keys import AccessKeys, Grant, all_of, shown_key
from gateway.local.server.realtime_calls import RealtimeCalls
from gateway.local.server.registry import NAMES, Engines
from gateway.local.server.session_preparer import PreparedSession, SessionPreparer, refuse
from gateway.local.server.settings import LocalSettings
from gateway.local.session.client_events import ServerSession
from gateway.local.session.dialect import GONE, GONE_MESSAGE, WireDialect, wants_flat
from gateway.local.session.items import new_id
from gateway.local.session.schema import Refused, choice, integer, mapping, record
from gateway.local.session.session_parts import Parts
from gateway.realtime.connect import CALL_HEADER
from gateway.webrtc.ephemeral_keys import LEAST_SECONDS, MOST_SECONDS, SECONDS
from gateway.webrtc.offer import read_offer
from gateway.webrtc.origins import Headers as CorsHeaders
from gateway.webrtc.origins import may_come, shown_to

if TYPE_CHECKING:
    from gateway.local.webrtc.call import RealtimeCall

PATH = "/v1/realtime"
AZURE = "/openai"
"""What Azure puts before each path."""
AZURE_DATED = f"{AZURE}/realtime"
"""Azure's older path, with `api-version` and `deployment`: the flat dialect is spoken there."""
OFFERS = (f"{PATH}/calls", PATH, f"{PATH}/connect")
"""Where a browser's offer may be sent: as it is now, as it was, and as some pages have it."""
WRONG_KEY = "Incorrect API key provided."

_CALL_ID = re.compile(r"[0-9A-Za-z-]{1,64}")
_HANG_UP = re.compile(rf"{PATH}/calls/([0-9A-Za-z_]{{1,64}})/hangup")

_EXPIRY = record({"anchor": choice("created_at"), "seconds": integer(LEAST_SECONDS, MOST_SECONDS)})
_CLIENT_SECRET = record({"expires_after": _EXPIRY, "session": mapping})


class Reception:
    """What the clients of one server share."""

    def __init__(self, settings: LocalSettings, engines: Engines) -> None:
        self._settings = settings
        self._maker = SessionPreparer(settings, engines)
        self._keys = AccessKeys(settings.api_key)
        self._origins = tuple(filter(None, (one.strip() for one in settings.origins.split(","))))
        self._sessions = 0
        self._tasks: asyncio.TaskGroup | None = None
        self.calls = RealtimeCalls(self._maker)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Carry browsers' calls as long as the block lasts."""
        async with self.calls.kept() as tasks:
            self._tasks = tasks
            try:
                yield
            finally:
                self._tasks = None

    # --- HTTP ---

    async def admit(self, _socket: ServerConnection, request: Request) -> Response | None:
        """Answer plain GET requests, refuse strangers; None lets a client in."""
        answer = await self._get(request)
        return answer.response() if answer is not None else None

    async def _get(self, request: Request) -> HttpAnswer | None:
        path = _path(request.path)
        if path == "/health":
            return HttpAnswer(HTTPStatus.OK, {"status": "ok", "sessions": self._sessions})
        if not may_come(_origin(request.headers), self._origins):
            return _wrong_site()
        if self._grant(request) is None:
            return _wrong_key()
        if path == "/v1/models":
            models = [{"id": name, "object": "model", "owned_by": "local"} for name in NAMES]
            return HttpAnswer(HTTPStatus.OK, {"object": "list", "data": models})
        call_id = _call_id(request.path)
        if path not in (PATH, AZURE_DATED) or (call_id and self.calls.find(call_id) is None):
            return failure(HTTPStatus.NOT_FOUND, "not_found", f"There is nothing at {request.path}.")
        return None if call_id else await self._knocked(_model(request.path))

    async def _knocked(self, model: str) -> HttpAnswer | None:
        """Return why no session with this model can be had; None if one can."""
        try:
            engine = await self._maker.engine(model)
        except GatewayError as error:
            status = HTTPStatus.SERVICE_UNAVAILABLE
            return failure(status, "engine_unavailable", str(error), "server_error")
        refusal = await engine.knock()
        if refusal is None:
            return None
        after = {} if refusal.retry_after_s is None else {"Retry_After": f"{refusal.retry_after_s:g}"}
        return failure(HTTPStatus(refusal.status), refusal.code, refusal.message, refusal.code, **after)

    def post(self, request: Post) -> HttpAnswer | Later:
        """Answer a POST: an ephemeral key for a browser, a browser's call, its end."""
        origin = _origin(request.headers)
        if not may_come(origin, self._origins):
            return _wrong_site()
        seen = shown_to(origin, all_of(request.headers, "Access-Control-Request-Headers"))
        if request.is_question:
            return HttpAnswer(HTTPStatus.NO_CONTENT, "", seen)
        path = _path(request.path)
        key = shown_key(request.headers)
        if path in OFFERS and self._tasks is not None:
            return self._tasks.create_task(self._call(request, key, seen))
        if self._keys.admit(key, ephemeral_too=False) is None:
            return replace(_wrong_key(), headers=seen)
        if path == f"{PATH}/client_secrets":
            answer = self._secret(request)
        elif (named := _HANG_UP.fullmatch(path)) is not None:
            answer = self.calls.hang_up(named[1])
        else:
            message = f"There is nothing to POST to at {request.path}."
            answer = failure(HTTPStatus.NOT_FOUND, "not_found", message)
        return replace(answer, headers=(*answer.headers, *seen))

    async def _call(self, request: Post, key: str, seen: CorsHeaders) -> HttpAnswer:
        """Answer a browser's offer (WebRTC). An ephemeral key is used up by the call that it opens."""
        grant = self._keys.take(key)
        if grant is None:
            return replace(_wrong_key(), headers=seen)
        try:
            offer = read_offer(all_of(request.headers, "Content-Type"), request.body)
            given = offer.session if grant.session is None else grant.session
            answer = await self.calls.answer(offer, given, _model(request.path))
        except BadInput as error:
            answer = failure(HTTPStatus.BAD_REQUEST, "invalid_offer", str(error))
        if answer.status is not HTTPStatus.CREATED:
            self._keys.give_back(key, grant)
        return replace(answer, headers=(*answer.headers, *seen))

    def _secret(self, request: Post) -> HttpAnswer:
        """Answer `client_secrets`."""
        try:
            asked = orjson.loads(request.body or b"{}")
            _CLIENT_SECRET(asked, "body")
            seconds = (asked.get("expires_after") or {}).get("seconds") or SECONDS
            given = asked.get("session") or {"type": "realtime"}
            model = str(given.get("model", "local"))
            config = self._maker.config(new_id("sess"), model, given.get("type") == "transcription")
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
        if call_id := _call_id(request.path):
            await self._look_on(socket, call_id)
            return
        headers = request.headers
        is_flat = _path(request.path) == AZURE_DATED or wants_flat(
            all_of(headers, "OpenAI-Beta"), all_of(headers, "Sec-WebSocket-Protocol")
        )
        dialect = WireDialect(is_flat=is_flat, ga_only=self._settings.ga_only)
        link = Link(socket, dialect)
        grant = self._keys.take(shown_key(headers))
        if grant is None:  # somebody else was quicker with a key that is good for one
            await socket.close(1008, WRONG_KEY)
            return
        intent = parse_qs(urlsplit(request.path).query).get("intent")
        prepared = await self._maker.prepare(
            grant.session, _model(request.path), only_transcribe=intent == ["transcription"]
        )
        await self._session(socket, link, dialect, prepared, is_flat=is_flat)

    async def _session(
        self,
        socket: ServerConnection,
        link: Link,
        dialect: WireDialect,
        prepared: PreparedSession,
        *,
        is_flat: bool,
    ) -> None:
        """Hold a session to its end."""
        self._sessions += 1
        told: dict[str, int] = {}
        log = structlog.get_logger().bind(session=prepared.config.wire["id"], model=prepared.model)
        log.info("client.connected", peer=str(socket.remote_address[0]), sessions=self._sessions)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = Tasks(group)
                parts = Parts(
                    prepared.config, prepared.engine, link, tasks.spawn, log, trusts_client=_is_here(socket)
                )
                session = ServerSession(parts, dialect.incoming)
                if is_flat and self._settings.ga_only:
                    _refuse_flat(link)
                else:
                    self._maker.set_limits(link, prepared.faults, log)
                    session.begin()
                await until_gone(socket, link, session.receive, tasks)
                told = asdict(link.told)  # before the end: nobody hears what that says
                session.end()
        finally:
            link.forget_timers()
            self._sessions -= 1
            log.info("client.gone", sessions=self._sessions, **told)

    async def _look_on(self, socket: ServerConnection, call_id: str) -> None:
        """Let a client see, and steer, a browser's call (the sideband)."""
        call = self.calls.find(call_id)
        if call is None:
            await socket.close(1000, "The call is over.")
            return
        link = Link(socket, WireDialect())
        async with asyncio.TaskGroup() as group:
            tasks = Tasks(group)
            tasks.spawn(_told_of_end(call, link))
            with call.watched(link.raw):
                await until_gone(socket, link, call.receive, tasks)


async def _told_of_end(call: RealtimeCall, link: Link) -> None:
    await call.ended()
    link.drop(1000, "The call is over.")


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


def _call_id(target: str) -> str:
    """Return the browser's call that a client wants to look on at; "" for none."""
    return (parse_qs(urlsplit(target).query).get("call_id") or [""])[0]


def _origin(headers: Headers) -> str | None:
    """Return the site of the page that asks; None for a program."""
    return next(iter(headers.get_all("Origin")), None)


def _wrong_key() -> HttpAnswer:
    return failure(HTTPStatus.UNAUTHORIZED, "invalid_api_key", WRONG_KEY)


def _wrong_site() -> HttpAnswer:
    message = "Pages of this site may not ask: add it to --origins."
    return failure(HTTPStatus.FORBIDDEN, "origin_not_allowed", message)


def _refuse_flat(link: Link) -> None:
    refuse(link, GONE, GONE_MESSAGE)
    link.drop(4000, f"invalid_request_error.{GONE}")
