"""What was said in a call, as it was heard: cut where the caller stopped hearing, by speaking or by leaving.

A model's text runs ahead of its sound and has no word times, so the cut is in proportion to the milliseconds
heard, at a word's end, and marked as an estimate. What the gateway says by itself is part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from gateway.audio import BYTES_PER_MS
from gateway.call import (
    AgentAudio,
    AgentAudioDone,
    AgentSaid,
    CallerSaid,
    CallerStartedSpeaking,
    CallerStoppedSpeaking,
    CallInfo,
    DeleteItem,
    Digit,
    Fact,
    Flushed,
    Held,
    LegEnded,
    Order,
    Play,
    PlaybackStarted,
    Played,
    RecordingChanged,
    ResponseEnded,
    Resumed,
    Truncate,
)
from gateway.heard_text import Pace, as_heard

log = structlog.get_logger(__name__)

CONFIDENTIAL = "[not kept]"
"""Stands for what was said while nothing of it was to be kept."""
LONGEST = 2000
"""Lines kept of one call, an hour's worth; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Said:
    """One line, as far as it was heard. `at`: when it began, in the listener's seconds."""

    at: float
    who: str
    """`caller`, `agent` or `gateway`."""
    text: str
    cut: bool = False
    """The rest of it was not heard; where the text ends is an estimate."""
    ms: int | None = None
    """How long it was spoken and heard; None where that is not known."""


@dataclass(slots=True)
class _SpokenEntry:
    """One line in the making. `at`, in the listener's seconds, is of a sound when it is first heard."""

    who: str
    item_id: str
    at: float
    text: str = ""
    response_id: str = ""
    ms: int = 0  # of its sound, sent so far; of the caller's, how long it lasted
    whole: bool = False  # that is the sound of all the text
    heard_ms: int | None = None  # None: all of it
    on_air: bool | None = None  # None: not yet
    rested: float = 0.0  # seconds for which the caller held meanwhile


class Transcript:
    """A listener. Lines stand in the order in which they were heard, not in that of their texts."""

    hears = frozenset(
        (
            AgentAudio,
            AgentAudioDone,
            AgentSaid,
            CallerSaid,
            CallerStartedSpeaking,
            CallerStoppedSpeaking,
            DeleteItem,
            Digit,
            Flushed,
            Held,
            LegEnded,
            Play,
            PlaybackStarted,
            Played,
            RecordingChanged,
            ResponseEnded,
            Resumed,
            Truncate,
        )
    )
    """See `ListenerGroup`."""

    def __init__(self) -> None:
        self._entries: dict[str, _SpokenEntry] = {}
        self._pace = Pace()
        self._held: float | None = None  # since when
        self._rests: list[tuple[float, float]] = []

    @property
    def lines(self) -> tuple[Said, ...]:
        """Everything of which something was heard and understood."""
        heard = ((one, self._as_heard(one)) for one in self._entries.values())
        lines = [Said(one.at, one.who, text, _cut(one, text), _heard_ms(one)) for one, text in heard if text]
        return tuple(sorted(lines, key=lambda line: line.at))

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Listen to one fact or order."""
        match event:
            case AgentAudio():
                entry = self._entry("agent", event.item_id, now)
                entry.response_id = event.response_id
                entry.ms += len(event.pcm) // BYTES_PER_MS
            case Play():
                if event.words:
                    entry = self._entry("gateway", event.item_id, now)
                    entry.text, entry.whole = event.words, True
                    entry.ms += len(event.pcm) // BYTES_PER_MS
            case PlaybackStarted() | Played() | Flushed() | Truncate() | DeleteItem():
                self._playback(event, now)
            case Held() | Resumed() | LegEnded() | RecordingChanged():
                self._line_changes(event, now)
            case _:
                self._words(event, now)

    def _rest(self, on: bool, now: float) -> None:
        """Keep no words of what is said while a recording is paused."""
        if on:
            self._rests.append((now, float("inf")))
        elif self._rests:
            self._rests[-1] = self._rests[-1][0], now

    def _words(self, event: Fact | Order, now: float) -> None:
        match event:
            case CallerStartedSpeaking():
                self._entry("caller", event.item_id, now)
            case CallerStoppedSpeaking():
                if (spoke := self._entries.get(event.item_id)) is not None:
                    spoke.ms = max(0, round((now - spoke.at) * 1000) - event.ago_ms)
            case CallerSaid() if event.text:
                self._entry("caller", event.item_id, now).text = event.text
            case Digit():
                self._entry("caller", f"digit {now}", now).text = f"[{event.digit}]"
            case AgentSaid():
                self._entry("agent", event.item_id, now).text = event.text
            case AgentAudioDone():
                self._entry("agent", event.item_id, now).whole = True
            case ResponseEnded():
                self._response_ended(event.response_id, whole=event.status == "completed")
            case _:
                pass

    def _playback(
        self, event: PlaybackStarted | Played | Flushed | Truncate | DeleteItem, now: float
    ) -> None:
        """Follow what the caller hears of each sound."""
        match event:
            case PlaybackStarted():
                if (entry := self._entries.get(event.item_id)) is not None:
                    entry.on_air, entry.at = True, now - event.ago_ms / 1000
            case Played():
                if (entry := self._entries.get(event.item_id)) is not None:
                    entry.on_air = False
            case Flushed():
                self._flushed(event)
            case Truncate():
                self._entry("agent", event.item_id, now).heard_ms = event.audio_end_ms
            case DeleteItem():
                self._entries.pop(event.item_id, None)

    def _line_changes(self, event: Held | Resumed | LegEnded | RecordingChanged, now: float) -> None:
        match event:
            case RecordingChanged():
                self._rest(event.to == "paused", now)
            case Held():
                self._held = self._held or now
            case Resumed() if self._held is not None:
                for entry in self._entries.values():
                    entry.rested += now - max(self._held, entry.at) if entry.on_air else 0.0
                self._held = None
            case LegEnded():
                self._left(now if self._held is None else self._held)

    def _flushed(self, report: Flushed) -> None:
        """Cut what was on air, and all that was to come after it."""
        if (entry := self._entries.get(report.item_id)) is not None and report.remaining_ms:
            entry.heard_ms = report.heard_ms
        for item_id in report.unheard:
            if item_id != report.item_id and (entry := self._entries.get(item_id)) is not None:
                entry.heard_ms = 0

    def _left(self, at: float) -> None:
        """Cut what was on air, or was to come, when the call ended."""
        for entry in self._entries.values():
            if entry.who != "caller" and entry.heard_ms is None and entry.on_air is not False:
                heard_ms = round((at - entry.at - entry.rested) * 1000) if entry.on_air else 0
                entry.heard_ms = heard_ms if heard_ms < entry.ms or not entry.whole else None

    def _response_ended(self, response_id: str, *, whole: bool) -> None:
        """Learn from what was said to its end; a response that was broken off was so in its last item."""
        for entry in reversed(self._entries.values()):
            if entry.response_id != response_id:
                continue
            entry.whole = whole
            if not whole:
                return
            if entry.text:
                self._pace.learn(entry.text, entry.ms)

    def _as_heard(self, entry: _SpokenEntry) -> str:
        lasts = entry.at + entry.ms / 1000
        if any(entry.at < end and lasts >= begin for begin, end in self._rests):
            return CONFIDENTIAL
        if entry.who == "caller":
            return entry.text
        if not entry.ms:  # words of which no sound ever came
            return ""
        if entry.text.startswith("["):  # the name of a recording
            return entry.text if entry.heard_ms != 0 else ""
        lasts_ms = entry.ms if entry.whole else max(entry.ms, self._pace.ms(entry.text))
        heard_ms = _heard_ms(entry) or 0
        return as_heard(entry.text, heard_ms, lasts_ms) if heard_ms > 0 else ""

    def _entry(self, who: str, item_id: str, now: float) -> _SpokenEntry:
        entry = self._entries.get(item_id)
        if entry is None:
            entry = self._entries[item_id] = _SpokenEntry(who, item_id, now)
            if len(self._entries) > LONGEST:
                del self._entries[next(iter(self._entries))]
        return entry


def _heard_ms(entry: _SpokenEntry) -> int | None:
    return (entry.ms if entry.heard_ms is None else min(entry.heard_ms, entry.ms)) or None


def _cut(entry: _SpokenEntry, text: str) -> bool:
    return text != entry.text or (entry.heard_ms is not None and entry.heard_ms < entry.ms)


def logged(
    info: CallInfo, redact: Callable[[Sequence[tuple[str, str]]], list[str]]
) -> Callable[[Fact | Order, float], None]:
    """Return a listener that logs what was said, if anything, once the call is over.

    `redact` takes out of texts, each with who said it, what is not to be logged.
    """
    transcript = Transcript()

    def listen(event: Fact | Order, now: float) -> None:
        transcript(event, now)
        if isinstance(event, LegEnded) and transcript.lines:
            lines = transcript.lines
            texts = redact([(line.who, line.text) for line in lines])
            said = [{"who": line.who, "text": text} for line, text in zip(lines, texts, strict=True)]
            log.info("call.transcript", call=info.id, lines=said)

    return listen
