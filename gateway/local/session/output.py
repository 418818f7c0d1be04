"""The agent's side of a session: which response is on its way, and what each is asked to be."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from gateway.errors import GatewayError
from gateway.local.session import turns
from gateway.local.session.items import StoredItem
from gateway.local.session.mcp_calls import McpCalls
from gateway.local.session.response import OutgoingResponse, Terms
from gateway.local.session.schema import Refused
from gateway.local.session.session_parts import Parts
from gateway.local.vocabulary import Recognised, Request, ToolCallPiece

MOST_ROUNDS = 4
"""Times that an answer asks tool servers before it is said."""


def unheard(_fact: turns.Fact) -> None:
    """Take what nobody wants to know."""


class Answering:
    """Answers one caller. At most one response of the conversation at a time, any number out of band."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._calls = McpCalls(parts.servers, parts.wire)
        self.notify: Callable[[turns.Fact], None] = unheard
        """Where the caller's side learns when the agent speaks."""
        self._active: OutgoingResponse | None = None
        self._task: asyncio.Task[None] | None = None
        self._owed = False  # a caller's turn waits for the response before it
        self._approved: list[tuple[str, ToolCallPiece]] = []  # calls that wait for it, by their requests

    # --- what may happen ---

    def create(self, params: dict[str, Any]) -> None:
        """Answer as a client asks (`response.create`)."""
        if self._parts.config.transcription_only:
            raise Refused("invalid_value", "A transcription session gives no responses.", "type")
        out_of_band = params.get("conversation") == "none"
        if self._active is not None and not out_of_band:
            message = (
                f"Conversation already has an active response in progress: {self._active.id}. "
                "Wait until the response is finished before creating a new one."
            )
            raise Refused("conversation_already_has_active_response", message)
        self._start(params, out_of_band=out_of_band)

    def respond(self) -> None:
        """Answer a caller's turn; after the response on its way if that may not be interrupted."""
        if self._active is None:
            self._start({}, out_of_band=False)
        else:
            self._owed = True

    def approved(self, request_id: str, *, approve: bool) -> None:
        """Make an MCP call for which the client was asked; a new response speaks of it."""
        piece = self._calls.answered(request_id)
        if piece is None or not approve:
            return
        if self._active is not None:
            self._approved.append((request_id, piece))
        else:
            self._start({}, out_of_band=False, first=(request_id, piece))

    def interrupt(self) -> None:
        """Stop: the caller speaks."""
        self._owed = False
        self._stop("turn_detected")
        self._parts.fall_silent()

    def cancel(self, response_id: str | None) -> None:
        """Stop as a client asks (`response.cancel`)."""
        if self._active is None or response_id not in (None, self._active.id):
            raise Refused("response_cancel_not_active", "Cancellation failed: no active response found")
        self._stop("client_cancelled")

    def prepare(self, heard: Recognised) -> Awaitable[None] | None:
        """Let the engine get ready for what was probably said."""
        if self._active is not None or self._parts.config.transcription_only:
            return None
        content: list[dict[str, Any]] = [{"type": "input_audio", "transcript": None}]
        said = StoredItem("", {"type": "message", "role": "user", "content": content}, said=heard.text)
        read = [*self._parts.conversation, said]
        return self._parts.engine.prepare(self._request({}, self._terms({}, read)), heard)

    # --- one response ---

    def _start(
        self,
        params: dict[str, Any],
        *,
        out_of_band: bool,
        first: tuple[str, ToolCallPiece] | None = None,
    ) -> None:
        terms = self._terms(params, self._read_by(params.get("input")))
        request = self._request(params, terms)
        if self._parts.engine.swallows(request):
            return
        response = OutgoingResponse(
            terms,
            self._parts.wire,
            None if out_of_band else self._parts.conversation,
            self._done,
            None if out_of_band else self._calls,
        )
        answering = self._deliver(response, request, first)
        task: asyncio.Task[None] = self._parts.spawn(answering)
        if not out_of_band:
            self._active, self._task = response, task
            self.notify(turns.AgentStarted())
        response.begin()

    async def _answer(
        self, response: OutgoingResponse, request: Request, first: tuple[str, ToolCallPiece] | None
    ) -> None:
        """Have the engine answer, and once more for each time that it asked a tool server."""
        if first is not None:
            await response.call_server(first[1], approved_by=first[0])
            request = self._request({}, self._terms({}, list(self._parts.conversation)))
        for _ in range(MOST_ROUNDS):
            if not await response.deliver(self._parts.engine.answer(request)):
                return
            request = self._request({}, self._terms({}, list(self._parts.conversation)))
        response.stop("completed", None)

    async def _deliver(
        self, response: OutgoingResponse, request: Request, first: tuple[str, ToolCallPiece] | None
    ) -> None:
        try:
            await self._answer(response, request, first)
        except GatewayError as error:
            self._parts.log.warning("answer.failed", error=str(error))
            details = {"type": "server_error", "code": "server_error", "message": str(error)}
            response.stop("failed", {"type": "failed", "error": details})

    def _done(self, response: OutgoingResponse) -> None:
        if response is not self._active:
            return
        self._active, self._task = None, None
        self.notify(turns.AgentFinished(response.audio_ms))
        if self._approved:
            self._start({}, out_of_band=False, first=self._approved.pop(0))
        elif self._owed:
            self._owed = False
            self._start({}, out_of_band=False)

    def _stop(self, reason: str) -> None:
        response, task = self._active, self._task
        if response is not None and task is not None:
            response.cancel(reason)
            task.cancel()

    # --- what it is asked to be ---

    def _read_by(self, given: list[dict[str, Any]] | None) -> list[StoredItem]:
        """Return the items a response is based on: the conversation, or what its `input` names."""
        if given is None:
            return list(self._parts.conversation)
        return [
            self._parts.conversation.get(one["id"])
            if one["type"] == "item_reference"
            else self._parts.item_from(one)
            for one in given
        ]

    def _request(self, params: dict[str, Any], terms: Terms) -> Request:
        session, voice = self._parts.config.wire, terms.voice
        return Request(
            session_id=self._parts.session_id,
            turns=[turn for item in terms.read for turn in item.as_turns()],
            instructions=session["instructions"],
            told=params.get("instructions"),
            tools=[*_first(params.get("tools"), session["tools"]), *self._parts.servers.functions()],
            tool_choice=_first(params.get("tool_choice"), session["tool_choice"]),
            voice=voice["id"] if isinstance(voice, dict) else voice,
            speed=terms.speed,
            metadata=terms.metadata or {},
            spoken=terms.spoken,
        )

    def _terms(self, params: dict[str, Any], read: list[StoredItem]) -> Terms:
        session = self._parts.config.wire
        asked = (params.get("audio") or {}).get("output") or {}
        output = session["audio"]["output"] | {k: v for k, v in asked.items() if v is not None}
        return Terms(
            spoken="audio" in _first(params.get("output_modalities"), session["output_modalities"]),
            format=output["format"]["type"],
            voice=output["voice"],
            speed=output["speed"],
            max_output_tokens=_first(params.get("max_output_tokens"), session["max_output_tokens"]),
            metadata=params.get("metadata"),
            instructions=_first(params.get("instructions"), session["instructions"]),
            read=read,
        )


def _first(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given
