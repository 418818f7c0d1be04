"""How a client speaks: GA as it is, or the flat dialect that the hosted service has retired.

Older clients ask for the flat one with the header `OpenAI-Beta: realtime=v1` or its subprotocol, or simply by
sending a flat `session.update`; from then on they are answered in it.
"""

from __future__ import annotations

from typing import Any

import orjson

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
        for name in ("session", "response"):  # GA has no temperature
            if isinstance(body.get(name), dict):
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
        return None if older is None else orjson.dumps(older)


def wants_flat(beta_header: str, subprotocols: str) -> bool:
    """Return whether a client asks for the retired dialect when it connects."""
    return "realtime=v1" in beta_header or "openai-beta.realtime-v1" in subprotocols
