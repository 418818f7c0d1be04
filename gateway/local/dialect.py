"""How a client speaks: the GA protocol."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.realtime.events.codec import Unknown
from gateway.realtime.events.model import Event


class Dialect:
    """GA as it is."""

    def incoming(self, body: dict[str, Any]) -> dict[str, Any]:
        """Give a client's event in the GA shape."""
        return body

    def outgoing(self, event: Event) -> Iterable[Event | Unknown]:
        """Give what the client is to see of an event."""
        return (event,)
