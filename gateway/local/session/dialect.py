"""How a client speaks: GA as it is, or the flat dialect that the hosted service has retired.

Older clients ask for the flat one with the header `OpenAI-Beta: realtime=v1` or its subprotocol, or simply by
sending a flat `session.update`; from then on they are answered in it.
"""

from __future__ import annotations

from typing import Any

import orjson

from gateway.local.session.schema import Refused, decimal
from gateway.realtime.events import flat
from gateway.realtime.events.codec import Unknown, dump

Body = dict[str, Any]

GONE = "beta_api_shape_disabled"
GONE_MESSAGE = "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."

_TEMPERATURE = 0.8
"""Shown to flat clients, who expect the field; nothing depends on it."""


class WireDialect:
    """One client's way of speaking. With `ga_only` a flat `session.update` is not understood."""

    def __init__(self, *, is_flat: bool = False, ga_only: bool = False) -> None:
        self._flat = is_flat
        self._ga_only = ga_only

    @property
    def audio_delta(self) -> str:
        """Name of the event that carries the agent's audio."""
        name = "response.output_audio.delta"
        return flat.NAMES_BACK[name] if self._flat else name

    def incoming(self, body: Body) -> Body:
        """Return a client's event in the GA shape."""
        session = body.get("session")
        if body["type"] == "session.update" and isinstance(session, dict) and "type" not in session:
            self._flat = self._flat or (flat.looks_flat(session) and not self._ga_only)
        if not self._flat:
            return body
        for name in ("session", "response"):
            if isinstance(body.get(name), dict):
                _check_flat(body[name], name)
                # GA has no temperature.
                body = {**body, name: {k: v for k, v in body[name].items() if k != "temperature"}}
        return flat.client_from_flat(body)

    def outgoing(self, body: Body) -> bytes | None:
        """Return the frame in which a client sees an event; None for those its dialect does not have."""
        frame = dump(Unknown(body["type"], body))
        if not self._flat:
            return frame
        older = flat.server_to_flat(orjson.loads(frame))
        if older is not None and "session" in older:
            older["session"]["temperature"] = _TEMPERATURE
        if older is not None and older["type"] == "error":
            older["error"] = _flat_error(older["error"])
        return None if older is None else orjson.dumps(older)


def _check_flat(given: Body, path: str) -> None:
    """Refuse what only the flat dialect has, and has otherwise. Raises Refused."""
    if (temperature := given.get("temperature")) is not None:
        decimal(0.6, 1.2)(temperature, f"{path}.temperature")
    modalities = given.get("modalities")
    if isinstance(modalities, list) and sorted(map(str, modalities)) not in (["text"], ["audio", "text"]):
        shown = "[" + ", ".join(f"'{one}'" for one in modalities) + "]"
        message = f"Invalid modalities: {shown}. Supported combinations are: ['text'] and ['audio', 'text']."
        raise Refused("invalid_value", message, f"{path}.modalities")


def _flat_error(error: Body) -> Body:
    """Call audio that is none by the code that it had."""
    param = error.get("param") or ""
    is_audio = param == "audio" or param.endswith("].audio")
    return {**error, "code": "invalid_audio"} if is_audio and error["code"] == "invalid_value" else error


def wants_flat(beta_header: str, subprotocols: str) -> bool:
    """Return whether a client asks for the retired dialect when it connects."""
    return "realtime=v1" in beta_header or "openai-beta.realtime-v1" in subprotocols
