"""Whether a call is recorded: from the caller's consent on, but for the pauses that somebody orders."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from gateway.call import CallInfo, Leg, LegState, RecordingChanged
from gateway.errors import MediaError, OrderRefused
from gateway.records.listener_group import ListenerGroup
from gateway.records.recording.recording import TapRecording
from gateway.records.recording.writer import TAP_SECONDS, RecordingWriter

log = structlog.get_logger(__name__)


class RecordedCall(Protocol):
    """What a recording needs of its call."""

    @property
    def info(self) -> CallInfo:
        """What is known of it."""

    leg: Leg
    began: float
    since: datetime
    """When it began: by this and its id its file is called."""
    notify: ListenerGroup


class CallRecording:
    """One call's; on the event loop. `writer` is None where nothing can be recorded.

    `on_begun` is told when there is a file that the call's record has to name.
    """

    def __init__(
        self, call: RecordedCall, writer: RecordingWriter | None, on_begun: Callable[[TapRecording], None]
    ) -> None:
        self._call = call
        self._writer = writer
        self._on_begun = on_begun
        self.recording: TapRecording | None = None

    @property
    def possible(self) -> bool:
        """Whether there is anything that could record."""
        return self._writer is not None

    @property
    def begun(self) -> bool:
        """Whether there is a recording, be it paused."""
        return self.recording is not None

    @property
    def on(self) -> bool:
        """Whether what is said now is recorded."""
        return self.recording is not None and not self.recording.paused

    def start(self, consent: str) -> bool:
        """Record from now on, as the caller has agreed; return whether that can be done. Idempotent."""
        if self.recording is not None:
            return True
        if self._writer is None or self._call.leg.state is LegState.ENDED:
            return False
        try:
            tap = self._call.leg.tap(TAP_SECONDS)
        except MediaError as error:
            log.error("recording.impossible", error=str(error))
            return False
        loop = asyncio.get_running_loop()
        began_ms = round((loop.time() - self._call.began) * 1000)
        stem = self._call.since.strftime(f"%Y-%m-%d/%H%M%S-{self._call.info.id}")
        self.recording = self._writer.begin(tap, stem, began_ms, consent)
        self._on_begun(self.recording)
        self._tell("started", consent)
        return True

    def switch(self, on: bool, by: str) -> None:
        """Pause, or go on; `by` says who wants it. Raises OrderRefused where nothing is recorded."""
        if self.recording is None or self._call.leg.state is LegState.ENDED:
            raise OrderRefused(self._call.info.id, "it is not recorded")
        if on is self.on:
            return
        if on:
            self.recording.resume(self._call.leg.tap(TAP_SECONDS))
        else:
            self.recording.pause()
        self._tell("resumed" if on else "paused", by)

    def _tell(self, to: str, why: str) -> None:
        log.info("recording.changed", call=self._call.info.id, to=to, why=why)
        self._call.notify(RecordingChanged(to, why), asyncio.get_running_loop().time())
