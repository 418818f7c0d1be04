"""Browsers' calls (WebRTC) at one server: offers answered, calls found again by their ids, and hung up."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog

from gateway.errors import BadInput, GatewayError
from gateway.local.server.http_post import HttpAnswer, failure
from gateway.local.server.session_preparer import PreparedSession, SessionPreparer
from gateway.local.session.client_events import ServerSession
from gateway.local.session.dialect import Body
from gateway.local.session.items import new_id
from gateway.local.session.schema import Refused
from gateway.local.session.session_parts import Parts, Spawn
from gateway.tasks import TaskGroup, within
from gateway.webrtc.offer import Offer

if TYPE_CHECKING:
    from gateway.local.webrtc.call import RealtimeCall
    from gateway.local.webrtc.channel_link import ChannelLink

MOST_CALLS = 10
"""Python stands between two packets of each."""
ANSWER_WITHIN_S = 5.0
PART_MISSING = "WebRTC needs aiortc: pip install 'sip-voice-gateway[browser]'"
CALLS = "/v1/realtime/calls"


class RealtimeCalls:
    """Of one server."""

    def __init__(self, sessions: SessionPreparer) -> None:
        self._sessions = sessions
        self._calls: dict[str, RealtimeCall] = {}
        self._tasks: TaskGroup | None = None

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[TaskGroup]:
        """Carry calls as long as the block lasts; its tasks are whoever's answers something meanwhile."""
        tasks = self._tasks = TaskGroup()
        await tasks.__aenter__()
        try:
            yield tasks
        finally:  # what the block raises is not the group's, which would make another kind of it
            self._tasks = None
            for call in tuple(self._calls.values()):
                call.end()
            await tasks.__aexit__(None, None, None)

    def find(self, call_id: str) -> RealtimeCall | None:
        """Return the call of this id that is up."""
        return self._calls.get(call_id)

    def hang_up(self, call_id: str) -> HttpAnswer:
        """End a call."""
        call = self._calls.get(call_id)
        if call is None:
            return failure(HTTPStatus.NOT_FOUND, "call_not_found", f"There is no call '{call_id}'.")
        call.end()
        return HttpAnswer(HTTPStatus.OK, {})

    async def answer(self, offer: Offer, given: Mapping[str, Any] | None, model: str) -> HttpAnswer:
        """Answer an offer; `given` configures the session, `model` counts where that names none."""
        if importlib.util.find_spec("aiortc") is None:
            return failure(HTTPStatus.NOT_IMPLEMENTED, "webrtc_unavailable", PART_MISSING, "server_error")
        from gateway.local.webrtc.call import RealtimeCall  # noqa: PLC0415 - aiortc, for who makes such a call

        try:
            prepared = await self._sessions.prepare(without_formats(given), model)
        except Refused as refused:
            return failure(HTTPStatus.BAD_REQUEST, refused.code or "invalid_value", refused.message)
        except GatewayError as error:
            return failure(HTTPStatus.SERVICE_UNAVAILABLE, "engine_unavailable", str(error), "server_error")
        if len(self._calls) >= MOST_CALLS or self._tasks is None:
            message = f"So many calls are up: {MOST_CALLS}."
            return failure(HTTPStatus.SERVICE_UNAVAILABLE, "too_many_calls", message, "server_error")
        call_id = new_id("rtc")
        call = self._calls[call_id] = RealtimeCall()
        sdp = ""
        try:
            async with within(ANSWER_WITHIN_S):
                sdp = await call.answer(offer.sdp)
        except (BadInput, TimeoutError) as error:
            message = str(error) or "The offer was not answered in time."
            return failure(HTTPStatus.BAD_REQUEST, "invalid_offer", message)
        finally:
            if not sdp:
                self._calls.pop(call_id)
                await call.close()
        self._tasks.create_task(self._carry(call_id, call, prepared))
        where = (("Location", f"{CALLS}/{call_id}"),)
        if offer.in_json:
            told = {"type": "answer", "sdp": sdp, "call_id": call_id}
            return HttpAnswer(HTTPStatus.CREATED, told, where)
        return HttpAnswer(HTTPStatus.CREATED, sdp, where, "application/sdp")

    async def _carry(self, call_id: str, call: RealtimeCall, prepared: PreparedSession) -> None:
        """Carry a call to its end; whatever breaks in it, others go on."""
        log = structlog.get_logger().bind(session=prepared.config.wire["id"], model=prepared.model)
        try:
            await call.run(partial(self._begun, prepared, log))
        except TimeoutError:
            log.info("client.not_connected", call_id=call_id)
        except Exception:
            log.exception("client.broke", call_id=call_id)
        finally:
            call.link.forget_timers()
            self._calls.pop(call_id, None)
            log.info("client.gone", sessions=len(self._calls), **asdict(call.link.told))

    def _begun(self, prepared: PreparedSession, log: Any, link: ChannelLink, spawn: Spawn) -> ServerSession:
        self._sessions.set_limits(link, prepared.faults, log)
        log.info("client.connected", peer="webrtc", sessions=len(self._calls))
        parts = Parts(prepared.config, prepared.engine, link, spawn, log, playout=link)
        return ServerSession(parts, without_formats_of)


def without_formats_of(body: Body) -> Body:
    """Return a client's event without formats of sound: over WebRTC they are the connection's."""
    session = body.get("session")
    if body["type"] == "session.update" and isinstance(session, dict):
        return {**body, "session": without_formats(session)}
    response = body.get("response")
    if body["type"] == "response.create" and isinstance(response, dict):
        return {**body, "response": without_formats(response)}
    return body


def without_formats(given: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return a configuration without formats of sound."""
    if given is None or not isinstance(given.get("audio"), dict):
        return None if given is None else dict(given)
    audio = {
        side: {key: value for key, value in own.items() if key != "format"} if isinstance(own, dict) else own
        for side, own in given["audio"].items()
    }
    return {**given, "audio": audio}
