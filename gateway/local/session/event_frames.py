"""Events as one client gets them: numbered, in its dialect."""

from __future__ import annotations

import itertools
import secrets
from functools import cache
from typing import Any

from gateway.local.session.dialect import WireDialect
from gateway.realtime.events.model import Event
from gateway.realtime.events.wire import AudioDeltaFrames


class EventFrames:
    """Makes the frames of one session."""

    def __init__(self, dialect: WireDialect) -> None:
        self._dialect = dialect
        prefix = f"event_{secrets.token_hex(4)}"
        self._ids = (f"{prefix}{number:06x}" for number in itertools.count(1))

    def event(self, kind: type[Event], fields: dict[str, Any]) -> bytes | None:
        """Return an event of this kind; None of one that the dialect does not have.

        Its fields are taken as they are: looking at them cost the most.
        """
        return self._dialect.outgoing({**_always_sent(kind), "event_id": next(self._ids), **fields})

    def audio(self, frames: AudioDeltaFrames, audio: bytes) -> bytes:
        """Return an audio delta, made without a model."""
        return frames.frame(next(self._ids), audio)

    @property
    def audio_delta(self) -> str:
        """Name of the event that carries audio."""
        return self._dialect.audio_delta


@cache
def _always_sent(kind: type[Event]) -> dict[str, Any]:
    """Return the fields that belong on the wire whatever an event says: its type, and defaults but None."""
    return {
        name: field.default
        for name, field in kind.model_fields.items()
        if not field.is_required() and field.default is not None
    }
