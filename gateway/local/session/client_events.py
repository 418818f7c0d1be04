"""One session: what a client's events do. The wire is above it, the engine below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gateway.local.session import sound_codec
from gateway.local.session.input import Listening
from gateway.local.session.items import StoredItem
from gateway.local.session.limits import EVENT_ID, ITEM, RESPONSE
from gateway.local.session.output import Answering, unheard
from gateway.local.session.response import shown
from gateway.local.session.schema import Refused
from gateway.local.session.session_parts import Parts
from gateway.local.vocabulary import RATE, Clip
from gateway.realtime.events import server
from gateway.realtime.events.codec import CLIENT_EVENTS, body_of, client_event
from gateway.realtime.events.model import BadEvent
from gateway.realtime.events.wire import appended_audio, decode

LOGGED_REFUSALS = 20
"""A client that does everything wrong fills its own log, not ours."""
NO_ITEM = "item_retrieve_invalid_item_id"
"""Not logged: clients ask for what is not there to see whether a session still listens."""

Translate = Callable[[dict[str, Any]], dict[str, Any]]
Body = dict[str, Any]


class ServerSession:
    """One client's session with one engine. Everything happens on the asyncio thread."""

    def __init__(self, parts: Parts, translate: Translate) -> None:
        self._parts = parts
        self._translate = translate
        self._refusals = 0
        self._answering = Answering(parts)
        self._listening = Listening(parts, self._answering)
        self._answering.notify = self._listening.note
        self._handlers: dict[str, Callable[[Body], None]] = {
            "session.update": self._update,
            "input_audio_buffer.append": self._append_slowly,
            "input_audio_buffer.commit": lambda _: self._listening.commit(),
            "input_audio_buffer.clear": lambda _: self._listening.clear(),
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.delete": self._delete_item,
            "conversation.item.truncate": self._truncate_item,
            "response.create": self._create_response,
            "response.cancel": lambda body: self._answering.cancel(body.get("response_id")),
            "output_audio_buffer.clear": lambda _: self._fall_silent(),
        }

    def begin(self) -> None:
        """Say hello."""
        self._parts.wire.emit(server.SessionCreated, session=self._parts.config.wire)

    def end(self) -> None:
        """Part those who know each other: nothing of a session that is over may keep itself in memory."""
        self._handlers.clear()
        self._answering.notify = unheard
        self._parts.servers.end()

    def receive(self, frame: bytes) -> None:
        """Take one frame of the client; what is wrong with it is answered, never raised."""
        event_id: str | None = None
        try:
            audio = appended_audio(frame)
            if audio is not None:
                self._listening.append(audio)
                return
            body = body_of(frame)
            given = body.get("event_id")
            event_id = given if isinstance(given, str) else None
            if event_id is not None:
                EVENT_ID(event_id, "event_id")
            self._handle(self._translate(body))
        except Refused as refused:
            self._refuse(refused, event_id)
        except BadEvent as bad:
            self._refuse(Refused(bad.code, bad.message, bad.param), bad.event_id or event_id)

    def _refuse(self, refused: Refused, event_id: str | None) -> None:
        self._refusals += refused.code != NO_ITEM
        if refused.code != NO_ITEM and self._refusals <= LOGGED_REFUSALS:
            self._parts.log.info("client.refused", code=refused.code, message=refused.message)
        error = {"type": refused.kind, "code": refused.code, "message": refused.message}
        self._parts.wire.emit(server.Error, error={**error, "param": refused.param, "event_id": event_id})

    def _handle(self, body: Body) -> None:
        handler = self._handlers.get(body["type"])
        if handler is None:
            supported = ", ".join(f"'{name}'" for name in CLIENT_EVENTS)
            message = f"Invalid value: '{body['type']}'. Supported values are: {supported}."
            raise Refused("invalid_value", message, "type")
        # What has rules of its own is checked first, in the service's words; then the event as a whole.
        for name, check in (("item", ITEM), ("response", RESPONSE)):
            if body["type"].endswith(f"{name}.create") and isinstance(body.get(name), dict):
                check(body[name], name)
        if body["type"] != "session.update" or not isinstance(body.get("session"), dict):
            client_event(body)
        handler(body)

    def hear(self, clip: Clip) -> None:
        """Take the caller's sound as it came over WebRTC."""
        self._listening.hear_clip(clip)

    def _fall_silent(self) -> None:
        if self._parts.playout is None:
            message = "output_audio_buffer.clear is for WebRTC and SIP sessions only."
            raise Refused("invalid_value", message, "type")
        self._parts.fall_silent()

    def _append_slowly(self, body: Body) -> None:
        """Take audio from an event whose type is not at its beginning."""
        self._listening.append(decode(body["audio"], "audio"))

    def _update(self, body: Body) -> None:
        config = self._parts.config
        config.update(body["session"], voice_locked=self._parts.conversation.has_agent_audio)
        self._listening.reconfigure()
        self._parts.wire.emit(server.SessionUpdated, session=config.wire)
        self._parts.servers.update(config.wire.get("tools", []))

    # --- items ---

    def _create_item(self, body: Body) -> None:
        item = self._parts.item_from(body["item"])
        self._parts.announce(item, body.get("previous_item_id"))
        self._listening.hear(item)
        if item.wire["type"] == "mcp_approval_response":
            self._answering.approved(item.wire["approval_request_id"], approve=item.wire["approve"])

    def _retrieve_item(self, body: Body) -> None:
        item = self._parts.conversation.get(body["item_id"])
        self._parts.wire.emit(server.ItemRetrieved, item=_with_audio(item))

    def _delete_item(self, body: Body) -> None:
        self._parts.conversation.delete(body["item_id"])
        self._parts.wire.emit(server.ItemDeleted, item_id=body["item_id"])

    def _truncate_item(self, body: Body) -> None:
        item_id, end_ms, index = body["item_id"], body["audio_end_ms"], body.get("content_index", 0)
        self._parts.conversation.truncate(item_id, index, end_ms)
        place = {"item_id": item_id, "content_index": index, "audio_end_ms": end_ms}
        self._parts.wire.emit(server.ItemTruncated, **place)

    def _create_response(self, body: Body) -> None:
        self._answering.create(body.get("response") or {})


def _with_audio(item: StoredItem) -> Body:
    """Return an item as `retrieve` shows it: its audio as PCM in base64, as long as it is kept."""
    wire = shown(item)
    if item.clip is not None and wire["type"] == "message":
        audio = sound_codec.base64(sound_codec.resample(item.clip, RATE).tobytes())
        kinds = ("input_audio", "output_audio")
        wire["content"] = [
            {**part, "audio": audio} if part["type"] in kinds else part for part in wire["content"]
        ]
    return wire
