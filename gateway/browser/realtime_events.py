"""A call as OpenAI's WebRTC sessions tell of one: what happens at the gateway in, events of the page's out.

Pure. Who leads the call is its plan: a page sees the conversation, and can tell the agent something; it
cannot configure the session, nor speak in the agent's place.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Event = dict[str, Any]
NO_ORDER = "a dialplan leads this call: {kind} is not done here"
MOST_TEXT = 4_000
"""Letters that a page may tell the agent at once."""


@dataclass(frozen=True, slots=True)
class AgentTold:
    """What a page wants the agent to be told; `answer`: it is to speak of it at once."""

    text: str
    answer: bool


class RealtimeEvents:
    """One call's. `number` is what was dialled, and stands for the model; `ids` begin its events' ids."""

    def __init__(self, call_id: str, number: str, ids: str = "") -> None:
        self._ids = (f"event_{ids or call_id}_{number:06x}" for number in itertools.count(1))
        self._session: Event = {
            "type": "realtime",
            "object": "realtime.session",
            "id": f"sess_{call_id}",
            "model": number,
            "output_modalities": ["audio"],
        }
        self._response = ""  # the newest
        self._is_open = False  # whether it may say more
        self._begun = ""  # the newest of which something was heard
        self._playing = ""  # the response that is heard
        self._last_item: str | None = None
        self._told: dict[str, Callable[[Mapping[str, Any]], list[Event]]] = {
            "CallerStartedSpeaking": self._caller_began,
            "CallerStoppedSpeaking": self._caller_ended,
            "CallerSaid": self._caller_said,
            "ResponseStarted": self._response_began,
            "PlaybackStarted": self._heard,
            "AgentSaid": self._agent_said,
            "Truncate": self._cut,
            "ResponseEnded": self._response_ended,
            "Played": self._played,
            "ToolCalled": self._tool_called,
            "Digit": self._digit,
        }

    def begin(self) -> list[Event]:
        """Return what a session begins with."""
        return [self._event("session.created", session=self._session)]

    def happened(self, what: str, about: Mapping[str, Any]) -> list[Event]:
        """Return what to tell of something that happened in the call: a fact or an order, by its name."""
        tell = self._told.get(what)
        return tell(about) if tell is not None else []

    def asked(self, frame: str) -> tuple[list[Event], AgentTold | None]:
        """Return what to answer to an event of the page, and what to tell the agent."""
        try:
            body = json.loads(frame)
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return [self._error("invalid_json", "This is not an event.", None)], None
        kind, event_id = body.get("type"), body.get("event_id")
        match kind:
            case "session.update":
                return [self._event("session.updated", session=self._session)], None
            case "conversation.item.create" if text := _text_of(body.get("item")):
                return [], AgentTold(text[:MOST_TEXT], answer=False)
            case "response.create":
                told = body.get("response")
                words = told.get("instructions") if isinstance(told, dict) else None
                text = words if isinstance(words, str) and words.strip() else "Go on."
                return [], AgentTold(text[:MOST_TEXT], answer=True)
            case _:
                message = NO_ORDER.format(kind=str(kind)[:80])
                return [self._error("not_supported", message, event_id)], None

    def refused(self, why: str) -> Event:
        """Return the error of what the gateway has not done."""
        return self._error("refused", why, None)

    # --- the caller ---

    def _caller_began(self, about: Mapping[str, Any]) -> list[Event]:
        at = about.get("audio_start_ms", 0)
        name = "input_audio_buffer.speech_started"
        return [self._event(name, audio_start_ms=at, item_id=about["item_id"])]

    def _caller_ended(self, about: Mapping[str, Any]) -> list[Event]:
        at = about.get("audio_end_ms", 0)
        name = "input_audio_buffer.speech_stopped"
        return [
            self._event(name, audio_end_ms=at, item_id=about["item_id"]),
            self._event(
                "input_audio_buffer.committed", item_id=about["item_id"], previous_item_id=self._last_item
            ),
        ]

    def _caller_said(self, about: Mapping[str, Any]) -> list[Event]:
        content = [{"type": "input_audio", "transcript": about["text"]}]
        return [
            *self._item(about["item_id"], "user", content),
            self._event(
                "conversation.item.input_audio_transcription.completed",
                item_id=about["item_id"],
                content_index=0,
                transcript=about["text"],
            ),
        ]

    def _digit(self, about: Mapping[str, Any]) -> list[Event]:
        return [self._event("input_audio_buffer.dtmf_event_received", event=about["digit"])]

    # --- the agent ---

    def _response_began(self, about: Mapping[str, Any]) -> list[Event]:
        self._response, self._is_open = about["response_id"], True
        return [self._event("response.created", response=self._as_response("in_progress"))]

    def _heard(self, _about: Mapping[str, Any]) -> list[Event]:
        """Tell that a response begins to be heard; one that is made quickly is done by then."""
        if self._begun == self._response:
            return []  # it goes on, or this is no response: the gateway's own words
        self._playing = self._begun = self._response
        return [self._event("output_audio_buffer.started", response_id=self._playing)]

    def _agent_said(self, about: Mapping[str, Any]) -> list[Event]:
        item_id, words = about["item_id"], about["text"]
        place = {
            "response_id": self._response,
            "item_id": item_id,
            "output_index": 0,
            "content_index": 0,
        }
        content = [{"type": "output_audio", "transcript": words}]
        return [
            *self._item(item_id, "assistant", content),
            self._event("response.output_audio_transcript.delta", **place, delta=words),
            self._event("response.output_audio_transcript.done", **place, transcript=words),
        ]

    def _tool_called(self, about: Mapping[str, Any]) -> list[Event]:
        """Tell of a function that the plan's agent calls: the gateway answers it, not the page."""
        item = {
            "id": f"item_{about['call_id']}",
            "object": "realtime.item",
            "type": "mcp_call",
            "server_label": "gateway",
            "name": about["name"],
            "arguments": about["arguments"],
        }
        return [self._event("conversation.item.added", item=item, previous_item_id=self._last_item)]

    def _cut(self, about: Mapping[str, Any]) -> list[Event]:
        cleared = self._stopped("output_audio_buffer.cleared")
        end = about["audio_end_ms"]
        truncated = {"item_id": about["item_id"], "content_index": 0, "audio_end_ms": end}
        return [*cleared, self._event("conversation.item.truncated", **truncated)]

    def _played(self, _about: Mapping[str, Any]) -> list[Event]:
        return [] if self._is_open else self._stopped("output_audio_buffer.stopped")

    def _response_ended(self, about: Mapping[str, Any]) -> list[Event]:
        self._is_open = False
        return [self._event("response.done", response=self._as_response(about["status"]))]

    def _stopped(self, kind: str) -> list[Event]:
        playing, self._playing = self._playing, ""
        return [self._event(kind, response_id=playing)] if playing else []

    # --- shapes ---

    def _item(self, item_id: str, role: str, content: list[Event]) -> list[Event]:
        item = {
            "id": item_id,
            "object": "realtime.item",
            "type": "message",
            "status": "completed",
            "role": role,
            "content": content,
        }
        before, self._last_item = self._last_item, item_id
        return [
            self._event("conversation.item.added", item=item, previous_item_id=before),
            self._event("conversation.item.done", item=item, previous_item_id=before),
        ]

    def _as_response(self, status: str) -> Event:
        return {"object": "realtime.response", "id": self._response, "status": status, "output": []}

    def _event(self, kind: str, **fields: Any) -> Event:
        return {"type": kind, "event_id": next(self._ids), **fields}

    def _error(self, code: str, message: str, event_id: object) -> Event:
        error = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
        return self._event(
            "error", error=error | {"event_id": event_id if isinstance(event_id, str) else None}
        )


def _text_of(item: object) -> str:
    """Return the words of a message; "" of what is none."""
    if not isinstance(item, dict) or item.get("type") != "message":
        return ""
    content = item.get("content")
    parts = content if isinstance(content, list) else []
    words = (part.get("text") for part in parts if isinstance(part, dict))
    return " ".join(word for word in words if isinstance(word, str)).strip()
