"""The canonical line: one log line a call, at its end, with everything an operator asks first."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal
from typing import Any

from gateway.call import (
    AgentAudio,
    Answered,
    AnsweredBy,
    CallerStartedSpeaking,
    Commit,
    CostUpdated,
    Digit,
    Ending,
    Fact,
    LegEnded,
    MediaStatistics,
    Mute,
    Order,
    Result,
    SessionFault,
    SessionLost,
    SessionReady,
    Summarised,
    ToolCalled,
    Truncate,
)
from gateway.records.turn_delays import TurnDelays

MEDIA = tuple(field.name for field in fields(MediaStatistics))


class Summary:
    """Gathers a call's figures. Times in seconds of any one clock; delays are reported in milliseconds."""

    hears = TurnDelays.hears | {
        AgentAudio,
        Answered,
        AnsweredBy,
        CallerStartedSpeaking,
        Commit,
        CostUpdated,
        Digit,
        LegEnded,
        Mute,
        SessionFault,
        SessionLost,
        SessionReady,
        Summarised,
        ToolCalled,
        Truncate,
    }
    """See `ListenerGroup`."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._text: str | None = None
        self.spent = CostUpdated(Decimal(0))
        """What it has used up and cost so far, with all agents."""
        self._cause: str | None = None  # why no session could be had any more
        self._answered: float | None = None
        self._left: Ending | None = None
        self._left_at: float | None = None
        self._media: MediaStatistics | None = None
        self._ready: float | None = None
        self._at: tuple[str | None, str | None] = (None, None)  # provider and model of the last session
        self._first_word: float | None = None
        self.turn_delays = TurnDelays()
        self.counts = dict.fromkeys(("turns", "barge_ins", "digits", "tools", "faults"), 0)
        """What happened how often so far."""
        self.muted = False
        """Nobody hears the caller."""
        self.q850: int | None = None
        """Why the network has ended a call of ours (ITU-T Q.850), if it said so."""
        self.answered_by: AnsweredBy | None = None
        """Who has answered a call of ours, where somebody listened for that."""

    def __call__(self, event: Fact | Order, now: float) -> None:
        """Listen to one fact or order."""
        if type(event) in TurnDelays.hears:
            self.turn_delays(event, now)
        match event:
            case AgentAudio():
                self._first_word = self._first_word or now
            case Commit() | CallerStartedSpeaking():
                self.counts["turns"] += 1
            case Answered() | LegEnded() | Mute() | AnsweredBy():
                self._line_changes(event, now)
            case SessionReady():
                self._ready = self._ready or now
                self._at = event.provider or None, event.model or None
            case CostUpdated():
                self.spent = event
            case Summarised():
                self._text = event.text
            case SessionLost():
                self._cause = f"{event.code}: {event.message}"
            case _:
                self._count(event)

    def _line_changes(self, event: Answered | LegEnded | Mute | AnsweredBy, now: float) -> None:
        match event:
            case Answered():
                self._answered = now
            case Mute():
                self.muted = event.on
            case AnsweredBy():
                self.answered_by = event
            case LegEnded():
                self._left, self._left_at, self._media = event.ending, now, event.media
                self.q850 = event.cause

    def _count(self, event: Fact | Order) -> None:
        match event:
            case Truncate():
                self.counts["barge_ins"] += 1
            case Digit():
                self.counts["digits"] += 1
            case ToolCalled():
                self.counts["tools"] += 1
            case SessionFault():
                self.counts["faults"] += 1
            case _:
                pass

    @property
    def cost(self) -> Decimal | None:
        """In US dollars; None: a price is not known."""
        return self.spent.usd if self.spent.complete else None

    def line(self, ending: Ending, now: float, *, accepted: bool = False) -> dict[str, Any]:
        """The fields of the canonical line; None where something never happened.

        `accepted`: 200 OK was ordered, which the leg knows; the caller's ACK may never have come.
        """
        result, status = self._outcome(ending, accepted=accepted)
        now = now if self._left_at is None else self._left_at
        return {
            "result": result.value,
            "reason": ending.reason.value,
            "status": status,
            "seconds": round(now - self._began, 2),
            "talk_seconds": None if self._answered is None else round(now - self._answered, 2),
            "provider": self._at[0],
            "model": self._at[1],
            "answer_ms": self._since_begin(self._answered),
            "session_ms": self._since_begin(self._ready),
            "first_word_ms": self._since_begin(self._first_word),
            "turn_ms_median": self.turn_delays.median_ms,
            **self.counts,
            **{name: getattr(self._media, name, None) for name in MEDIA},
            "tokens_in": self.spent.tokens_in,
            "tokens_out": self.spent.tokens_out,
            "summary": self._text,
            "cause": self._cause,
            "answered_by": None if self.answered_by is None else self.answered_by.who.value,
            "cost_usd": _dollars(self.cost),
            "cost_at_least_usd": _dollars(self.spent.usd),
        }

    def _outcome(self, ending: Ending, *, accepted: bool) -> tuple[Result, int]:
        """Result and SIP status as the caller's side saw them: 200 once answered, whatever came then."""
        if self._answered is not None:
            return ending.result, 200
        status = (self._left or ending).status
        if status >= 300:
            return ending.result, status
        if accepted:  # ended by us between 200 and ACK
            return ending.result, 200
        # A leg that is told to end before the answer, without a status that refuses, says 503.
        return Result.REJECTED, 503

    def _since_begin(self, moment: float | None) -> int | None:
        return None if moment is None else round((moment - self._began) * 1000)


def _dollars(cost: Decimal | None) -> float | None:
    return None if cost is None else float(round(cost, 6))
