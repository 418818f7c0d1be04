"""Where a session's events and its agent's sound go over WebRTC: a data channel, who looks on, a playout.

Implements `response.EventSink` and `session_parts.ServerPlayout`; bounded, and never blocks, except `room`.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from gateway.local.session.dialect import WireDialect
from gateway.local.session.event_frames import EventFrames
from gateway.local.session.usage import UsageTally
from gateway.local.webrtc.output_buffer import FULL_MS, Change, OutputBuffer
from gateway.realtime.events import server
from gateway.realtime.events.model import Event
from gateway.realtime.events.wire import AudioDeltaFrames

MOST_EARLY = 256
"""Events that are kept for a data channel that opens late, or never."""
CHANGES: dict[Change, type[Event]] = {
    "started": server.OutputAudioStarted,
    "stopped": server.OutputAudioStopped,
    "cleared": server.OutputAudioCleared,
}


class ChannelLink:
    """One session's. `end` is called when it asks for the end of its call."""

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end
        self._events = EventFrames(WireDialect())
        self.told = UsageTally()
        """All tokens that the client was told of."""
        self._channel: Callable[[bytes], None] | None = None
        self._early: deque[bytes] = deque(maxlen=MOST_EARLY)
        self._watchers: list[Callable[[bytes], None]] = []
        self._output = OutputBuffer(self._changed)
        self._roomy = asyncio.Event()
        self._later: list[asyncio.TimerHandle] = []

    # --- events ---

    def emit(self, kind: type[Event], **fields: Any) -> None:
        """Send an event of this kind; its id is added."""
        frame = self._events.event(kind, fields)
        if frame is not None:
            self.raw(frame)
            if (tells := UsageTally.of(kind, fields)) is not None:
                self.told.add(tells)
        if kind is server.ResponseDone:
            self._output.finish(fields["response"]["id"])

    def raw(self, frame: bytes) -> None:
        """Send a frame as it is."""
        if self._channel is None:
            self._early.append(frame)
        else:
            self._channel(frame)
        for watcher in tuple(self._watchers):
            watcher(frame)

    def open(self, channel: Callable[[bytes], None]) -> None:
        """Send to this channel from now on, and what was said until now."""
        self._channel = channel
        while self._early:
            channel(self._early.popleft())

    @contextmanager
    def watched(self, watcher: Callable[[bytes], None]) -> Iterator[None]:
        """Send events to somebody else as well, as long as the block lasts."""
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def later(self, seconds: float, do: Callable[..., None], *args: Any) -> None:
        """Do something when a time has passed, unless the call is over by then."""
        self._later.append(asyncio.get_running_loop().call_later(seconds, do, *args))

    def forget_timers(self) -> None:
        """Do nothing later after all."""
        for timer in self._later:
            timer.cancel()
        self._later.clear()

    def stall(self, seconds: float) -> None:
        """Fail as an engine wants it to: no event for so long, which all come afterwards."""
        channel, self._channel = self._channel, None
        if channel is not None and seconds != math.inf:
            self.later(seconds, self.open, channel)

    def freeze(self) -> None:
        """Send no event any more."""
        self.stall(math.inf)

    def drop(self, _code: int, _reason: str) -> None:
        """End the call."""
        self._end()

    @property
    def audio_delta(self) -> str:
        """Name of the event that would carry audio."""
        return self._events.audio_delta

    # --- sound ---

    def audio(self, frames: AudioDeltaFrames, audio: bytes) -> None:
        """Have PCM16LE 24 kHz played."""
        self._output.add(frames.response_id, frames.item_id, audio)

    async def room(self) -> None:
        """Wait until most of what was said has been played; let others run now and then."""
        await asyncio.sleep(0)
        while self._output.waiting_ms > FULL_MS:
            self._roomy.clear()
            await self._roomy.wait()

    def next_frame(self) -> bytes:
        """Return the next 20 ms for the browser."""
        frame = self._output.next()
        if not self._roomy.is_set() and self._output.waiting_ms <= FULL_MS:
            self._roomy.set()
        return frame

    def cut(self) -> tuple[tuple[str, int], ...]:
        """Play no more; return the items that were not heard to their end, and the ms heard of each."""
        unheard = tuple((one.item_id, one.heard_ms) for one in self._output.clear())
        self._roomy.set()
        return unheard

    def _changed(self, change: Change, response_id: str) -> None:
        self.emit(CHANGES[change], response_id=response_id)
