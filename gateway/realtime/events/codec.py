"""Bytes to events and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import orjson
from pydantic import ValidationError

from gateway.realtime.events import client, server
from gateway.realtime.events.client import ClientEvent
from gateway.realtime.events.model import BadEvent, Event, Wire, fields_sent
from gateway.realtime.events.server import ServerEvent


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event that this vocabulary does not have: kept whole, so that it can be logged or passed on."""

    type: str
    body: Mapping[str, Any]


def _by_type(union: Any) -> dict[str, type[Event]]:
    return {cls.model_fields["type"].default: cls for cls in get_args(union)}


CLIENT_EVENTS = _by_type(client.ClientEvent)
SERVER_EVENTS = _by_type(server.ServerEvent)

OLDER_NAMES = {
    "response.text.delta": "response.output_text.delta",
    "response.text.done": "response.output_text.done",
    "response.audio.delta": "response.output_audio.delta",
    "response.audio.done": "response.output_audio.done",
    "response.audio_transcript.delta": "response.output_audio_transcript.delta",
    "response.audio_transcript.done": "response.output_audio_transcript.done",
}
"""Names of the beta, removed from the hosted service in May 2026 and still spoken by other vendors."""


def body_of(raw: bytes) -> dict[str, Any]:
    """Read a frame as far as every event is alike: a JSON object with a `type`."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise BadEvent("invalid_json", f"This is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise BadEvent("invalid_event", "An event is a JSON object.")
    if not isinstance(body.get("type"), str):
        code = "invalid_type" if "type" in body else "missing_required_parameter"
        raise BadEvent(code, "Every event has a 'type'.", param="type", event_id=_id_of(body))
    return body


def client_event(body: dict[str, Any]) -> ClientEvent | Unknown:
    """Recognise a client's event. Strict: a number in quotes is refused, as the hosted service does."""
    return _recognise(body, CLIENT_EVENTS, strict=True)  # type: ignore[return-value] # the table's own types


def server_event(body: dict[str, Any]) -> ServerEvent | Unknown:
    """Recognise a server's event, under its older name too. Lenient: servers are many."""
    if body["type"] in OLDER_NAMES:
        body = {**body, "type": OLDER_NAMES[body["type"]]}
    return _recognise(body, SERVER_EVENTS, strict=False)  # type: ignore[return-value] # the table's own types


def parse_client(raw: bytes) -> ClientEvent | Unknown:
    """Read a frame that a client sent."""
    return client_event(body_of(raw))


def parse_server(raw: bytes) -> ServerEvent | Unknown:
    """Read a frame that a server sent."""
    return server_event(body_of(raw))


def dump(event: Event | Unknown) -> bytes:
    """Write an event as a frame: compact JSON, `type` first."""
    return orjson.dumps(event.body if isinstance(event, Unknown) else event, default=_plain)


def plain(model: Wire) -> dict[str, Any]:
    """Return an object of the wire as JSON-like data, to compare or to merge."""
    data: dict[str, Any] = orjson.loads(orjson.dumps(model, default=_plain))
    return data


def _plain(value: object) -> object:
    if isinstance(value, Wire):
        return fields_sent(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place on the wire")


def _recognise(body: dict[str, Any], table: dict[str, type[Event]], *, strict: bool) -> Event | Unknown:
    cls = table.get(body["type"])
    if cls is None:
        return Unknown(body["type"], body)
    try:
        recognised: Event = cls.__pydantic_validator__.validate_python(body, strict=strict)
        return recognised
    except ValidationError as error:
        raise _bad(error, body) from None


_CODES = {"missing": "missing_required_parameter", "literal_error": "invalid_value"}


def _bad(error: ValidationError, body: dict[str, Any]) -> BadEvent:
    """Say the first thing that is wrong in the words of the hosted service."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    missing = first["type"] == "missing"
    param = _param(body, first["loc"], missing=missing)
    code = _CODES.get(first["type"], "invalid_type")
    text = f"Missing required parameter: '{param}'." if missing else f"Invalid '{param}': {first['msg']}."
    return BadEvent(code, text, param=param, event_id=_id_of(body))


def _param(body: object, loc: tuple[int | str, ...], *, missing: bool) -> str:
    """Write `item.content[0].text`. Pydantic's path also names the branch of a union it tried: not ours."""
    out, node = "", body
    for place, part in enumerate(loc):
        if isinstance(part, int) and isinstance(node, list):
            out, node = f"{out}[{part}]", node[part]
        elif isinstance(node, dict) and (part in node or (missing and place == len(loc) - 1)):
            out, node = f"{out}.{part}" if out else str(part), node.get(part)
    return out


def _id_of(body: Mapping[str, Any]) -> str | None:
    found = body.get("event_id")
    return found if isinstance(found, str) else None
