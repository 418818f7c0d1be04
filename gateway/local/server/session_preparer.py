"""What a session begins with: its engine, its configuration, and how long it may live."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.local.server.registry import NAMES, Engines
from gateway.local.server.settings import LocalSettings
from gateway.local.session.config import SessionConfig
from gateway.local.session.items import new_id
from gateway.local.session.response import EventSink
from gateway.local.vocabulary import NO_FAULTS, Engine, Faults
from gateway.realtime.events import server


class MortalLink(EventSink, Protocol):
    """A way to a client that can be told what becomes of it later."""

    def later(self, seconds: float, do: Callable[..., None], *args: Any) -> None:
        """Do something when a time has passed, unless the client is gone by then."""

    def stall(self, seconds: float) -> None:
        """Send nothing for so long."""

    def freeze(self) -> None:
        """Send nothing and read nothing any more."""


@dataclass(frozen=True, slots=True)
class PreparedSession:
    """A session that has not begun yet."""

    engine: Engine
    config: SessionConfig
    faults: Faults
    model: str


class SessionPreparer:
    """Prepares sessions for one server."""

    def __init__(self, settings: LocalSettings, engines: Engines) -> None:
        self._settings = settings
        self._engines = engines

    async def engine(self, model: str) -> Engine:
        """Return the engine behind a model name. Raises SpeechError, BadInput."""
        return await self._engines.get(model)

    async def prepare(
        self, given: Mapping[str, Any] | None, model: str, *, only_transcribe: bool = False
    ) -> PreparedSession:
        """Prepare a session. `given`: its configuration, perhaps with a model; None: the client updates it.

        Raises Refused, SpeechError, BadInput.
        """
        asked = dict(given or {})
        model = str(asked.get("model") or model)
        engine = await self._engines.get(model)
        session_id = new_id("sess")
        faults = engine.begin(session_id)
        config = self.config(
            session_id, model, only_transcribe or asked.get("type") == "transcription", faults
        )
        if given is not None:
            config.update(asked, voice_locked=False)
        return PreparedSession(engine, config, faults, model)

    def config(
        self, session_id: str, model: str, only_transcribe: bool, faults: Faults = NO_FAULTS
    ) -> SessionConfig:
        """Return a session's configuration as it begins."""
        foreseen = None if faults.expire_hidden else faults.expire_after_s
        return SessionConfig(
            session_id,
            model,
            int(time.time() + (self._settings.session_seconds if foreseen is None else foreseen)),
            silence_ms=self._settings.silence_ms,
            engine_names=NAMES,
            transcription_only=only_transcribe,
        )

    def set_limits(self, link: MortalLink, faults: Faults, log: Any) -> None:
        """Have a session end in time, and fail as its engine wants it to."""
        life = self._settings.session_seconds if faults.expire_after_s is None else faults.expire_after_s
        link.later(life, _expire, link, log)
        if faults.drop_after_s is not None:
            link.later(faults.drop_after_s, link.drop, faults.drop_code, faults.drop_reason)
        for after_s, for_s in faults.stalls:
            link.later(after_s, link.stall, for_s)
        for after_s in faults.freezes:
            link.later(after_s, link.freeze)
        for after_s, frame in faults.frames:
            link.later(after_s, link.raw, frame)


def refuse(link: EventSink, code: str, message: str) -> None:
    """Tell a client of an error that is none of its events'."""
    error: dict[str, Any] = {"type": "invalid_request_error", "code": code, "message": message, "param": None}
    link.emit(server.Error, error=error | {"event_id": None})


def _expire(link: EventSink, log: Any) -> None:
    log.info("client.expired")
    message = "Your session hit the maximum duration of 60 minutes."
    refuse(link, "session_expired", message)
    link.drop(1001, message)
