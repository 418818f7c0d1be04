"""What was said in a call, as it was heard: an interrupted agent is cut where the caller stopped hearing.

A model's text runs ahead of its sound and has no word times, so the cut is in proportion to the milliseconds
heard, at a word's end, and marked as an estimate.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AgentAudio,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    CallInfo,
    DeleteItem,
    Digit,
    Fact,
    LegEnded,
    Order,
    Truncate,
)
from gateway.heard_text import as_heard

log = structlog.get_logger(__name__)

LONGEST = 2000
"""Lines kept of one call, an hour's worth; the oldest go first."""


@dataclass(slots=True)
class Said:
    """One line. `at` in the listener's seconds, `ms` of sound sent, `heard_ms` None for all of it."""

    who: str
    item_id: str
    at: float
    text: str = ""
    ms: int = 0
    heard_ms: int | None = None

    @property
    def as_heard(self) -> str:
        """The text up to where it was heard."""
        return self.text if self.heard_ms is None else as_heard(self.text, self.heard_ms, self.ms)


class Transcript:
    """A listener. Lines stand in the order in which people began to speak, not in that of their texts."""

    def __init__(self) -> None:
        self._lines: dict[str, Said] = {}

    @property
    def lines(self) -> tuple[Said, ...]:
        """Everything of which something was heard and understood."""
        return tuple(line for line in self._lines.values() if line.as_heard)

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case AgentAudio():
                self._line("agent", event.item_id, now).ms += len(event.pcm) // BYTES_PER_MS
            case CallerStartedSpeaking():
                self._line("caller", event.item_id, now)
            case CallerSaid():
                self._line("caller", event.item_id, now).text = event.text
            case AgentSaid():
                self._line("agent", event.item_id, now).text = event.text
            case Truncate():
                self._line("agent", event.item_id, now).heard_ms = event.audio_end_ms
            case DeleteItem():
                del self._lines[self._line("agent", event.item_id, now).item_id]
            case Digit():
                self._line("caller", f"digit {now}", now).text = f"[{event.digit}]"
            case _:
                pass

    def _line(self, who: str, item_id: str, now: float) -> Said:
        line = self._lines.get(item_id)
        if line is None:
            line = self._lines[item_id] = Said(who, item_id, now)
            if len(self._lines) > LONGEST:
                del self._lines[next(iter(self._lines))]
        return line


def logged(info: CallInfo) -> Callable[[Fact | Order, float], None]:
    """Return a listener that logs what was said, if anything, once the call is over."""
    transcript = Transcript()

    def listen(event: Fact | Order, now: float) -> None:
        transcript(event, now)
        if isinstance(event, LegEnded) and transcript.lines:
            said = [{"who": line.who, "text": line.as_heard} for line in transcript.lines]
            log.info("call.transcript", call=info.id, lines=said)

    return listen
