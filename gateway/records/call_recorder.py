"""Makes a call's record: a listener that notes each moment somebody may want to look at afterwards. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from gateway.call import (
    Answered,
    AnsweredBy,
    CallInfo,
    Digit,
    Fact,
    Flush,
    Held,
    MessageLeft,
    Order,
    Pause,
    PlaybackStarted,
    RecordingChanged,
    ResponseOverdue,
    Resumed,
    Ring,
    Ringing,
    SessionFault,
    SessionInterrupted,
    SessionLost,
    SessionReady,
    ToolCalled,
    ToolReturned,
    TransferBegan,
    TransferEnded,
    Truncate,
)
from gateway.records.call_record import MESSAGE_TAKEN, CallRecord, Line, Moment
from gateway.records.transcript import Transcript

MOST_MOMENTS = 2000
"""Of one call, besides its answers: a caller who leans on the keypad fills no disk."""

_OWN = ("provider", "model", "result", "reason", "status", "seconds", "talk_seconds", "cost_usd")
"""Figures that the record has under names of its own."""
_SESSION = {
    SessionInterrupted: "session_interrupted",
    SessionLost: "session_lost",
    SessionFault: "session_fault",
}
MOMENTS = frozenset(
    (
        Answered,
        AnsweredBy,
        Digit,
        Flush,
        Held,
        MessageLeft,
        Pause,
        PlaybackStarted,
        RecordingChanged,
        ResponseOverdue,
        Resumed,
        Ring,
        Ringing,
        SessionFault,
        SessionInterrupted,
        SessionLost,
        SessionReady,
        ToolCalled,
        ToolReturned,
        TransferBegan,
        TransferEnded,
        Truncate,
    )
)
"""What a record without words is made of."""
_MOMENTS_AND_WORDS = MOMENTS | Transcript.hears


class CallRecorder:
    """One call's. `began`: the INVITE by the clock on the wall, `start` the same in the listeners' seconds.

    `keeps_words`: the transcript is kept, and which keys were pressed: either can be somebody's secret.
    """

    def __init__(self, info: CallInfo, began: datetime, start: float, *, keeps_words: bool) -> None:
        self._info = info
        self._began = began
        self._start = start
        self._moments: list[tuple[float, str, dict[str, Any]]] = []
        self._transcript = Transcript() if keeps_words else None
        self.hears = _MOMENTS_AND_WORDS if keeps_words else MOMENTS
        """See `ListenerGroup`."""
        self._tools: dict[str, tuple[float, str]] = {}  # when each was called, and its name
        self._rang = False
        self._silenced: float | None = None  # when the agent fell silent for a voice over it
        self._held = False
        self._confidential = False

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Listen to one fact or order."""
        if self._transcript is not None and type(event) in Transcript.hears:
            self._transcript(event, now)
        match event:
            case Ring() | Ringing() | Answered():
                self._line(event, now)
            case Held() | Resumed():
                self._hold(event, now)
            case Digit() | RecordingChanged():
                self._in_confidence(event, now)
            case Pause() | Flush() | PlaybackStarted() | Truncate():
                self._barge_in(event, now)
            case ToolCalled():
                self._tools[event.call_id] = now, event.name
                self._note(now, "tool_called", name=event.name)
            case ToolReturned():
                called, name = self._tools.pop(event.call_id, (now, ""))
                self._note(now, "tool_returned", name=name, ms=round((now - called) * 1000))
            case TransferBegan() | TransferEnded() | AnsweredBy() | MessageLeft():
                self._others(event, now)
            case _:
                self._session(event, now)

    def opened(self, plan: str | None) -> CallRecord:
        """Return the record of a call that has just been let in."""
        info = self._info
        return CallRecord(
            call=info.id,
            began=self._began,
            caller=info.caller.shown,
            called=info.called.shown,
            sip_call_id=info.sip_call_id,
            direction="out" if info.outbound else "in",
            source=info.source,
            transport=info.transport,
            plan=plan,
        )

    def closed(
        self,
        plan: str | None,
        last_plan: str | None,
        figures: Mapping[str, Any],
        answered: Sequence[tuple[float, int]] = (),
    ) -> CallRecord:
        """Return the record of the call that is over.

        `figures` are those of its log line, `answered` when each answer began to leave and how many
        milliseconds it was waited for.
        """
        own = {name: figures[name] for name in _OWN if name in figures}
        turns = [(at, "answer", {"waited_ms": waited}) for at, waited in answered]
        moments = sorted([*self._moments, *turns], key=lambda one: one[0])
        return replace(
            self.opened(plan),
            last_plan=last_plan,
            **own,
            figures={name: value for name, value in figures.items() if name not in own},
            moments=tuple(Moment(self._ms(at), what, about) for at, what, about in moments),
            transcript=None if self._transcript is None else self._lines(self._transcript),
        )

    def _line(self, event: Ring | Ringing | Answered, now: float) -> None:
        if isinstance(event, Answered):
            self._note(now, "answered")
        elif not self._rang:
            self._rang = True
            self._note(now, "ringing")

    def _session(self, event: Fact | Order, now: float) -> None:
        match event:
            case SessionReady():
                self._note(now, "session_ready", provider=event.provider, model=event.model)
            case SessionInterrupted() | SessionLost() | SessionFault():
                self._note(now, _SESSION[type(event)], code=event.code, message=event.message)
            case ResponseOverdue():
                self._note(now, "answer_overdue")
            case _:
                pass

    def _barge_in(self, event: Pause | Flush | PlaybackStarted | Truncate, now: float) -> None:
        """Note an interruption where the agent fell silent: that it was one may be known only later."""
        if isinstance(event, Truncate):
            at = now if self._silenced is None else self._silenced
            self._note(at, "barge_in", heard_ms=event.audio_end_ms)
        if isinstance(event, Flush | Pause) and event != Pause(on=False):
            self._silenced = now if self._silenced is None else self._silenced
        else:
            self._silenced = None

    def _others(self, event: TransferBegan | TransferEnded | AnsweredBy | MessageLeft, now: float) -> None:
        if isinstance(event, AnsweredBy):
            self._note(now, "answered_by", who=event.who.value, why=event.why)
        elif isinstance(event, MessageLeft):
            self._note(now, MESSAGE_TAKEN, file=event.file, seconds=event.seconds)
        elif isinstance(event, TransferBegan):
            self._note(now, "transfer_began", target=event.target, mode=event.mode)
        else:
            self._note(now, "transfer_ended", target=event.target, outcome=event.outcome.value)

    def _in_confidence(self, event: Digit | RecordingChanged, now: float) -> None:
        """Note a key, and which it was, unless a recording is paused: then nothing is to be kept."""
        if isinstance(event, Digit):
            told = self._transcript is not None and not self._confidential
            self._note(now, "key", **({"digit": event.digit} if told else {}))
            return
        self._confidential = event.to == "paused"
        why = "consent" if event.to == "started" else "by"
        self._note(now, f"recording_{event.to}", **{why: event.why})

    def _hold(self, event: Held | Resumed, now: float) -> None:
        held = isinstance(event, Held)
        if held is not self._held:  # told again to the next action of the call
            self._held = held
            self._note(now, "held" if held else "resumed", by="gateway" if event.ours else "caller")

    def _note(self, now: float, what: str, **about: Any) -> None:
        if len(self._moments) < MOST_MOMENTS:
            self._moments.append((now, what, about))

    def _lines(self, transcript: Transcript) -> tuple[Line, ...]:
        return tuple(
            Line(self._ms(said.at), said.who, said.text, said.cut, said.ms) for said in transcript.lines
        )

    def _ms(self, at: float) -> int:
        return max(0, round((at - self._start) * 1000))
