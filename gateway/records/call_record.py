"""The record of a call: what is kept when it is over. A value; no I/O.

What the call's log line says under `figures`, with the same names, and what a line has no room for: each
moment that somebody may want to look at afterwards, and, if the operator wants them kept, the words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from gateway.call import Result

LOST = "lost"
"""The result of a call whose gateway ended without being able to say how the call did."""
RESULTS = (*(str(result) for result in Result), LOST)
"""How a call may have ended."""
GATEWAY_DIED = "gateway_died"
"""The reason of such a call."""
NOTHING_WRITTEN = "nothing_written"
"""True in what is told of a recording that has no file: none could be made, or nothing was heard."""
MESSAGE_TAKEN = "message_taken"
"""The moment at which a caller's message was kept, whose file is deleted with the record."""
MESSAGES = (MESSAGE_TAKEN, "message_left")
"""What that moment is and was called: until November 2026 as the reason of our own calls to machines."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened `at_ms` milliseconds after the INVITE: `what`, in a word, and its details."""

    at_ms: int
    what: str
    about: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """What somebody ("caller", "agent" or "gateway") said from `at_ms` on, as far as it was heard."""

    at_ms: int
    who: str
    text: str
    cut: bool = False
    """The rest of it was not heard: the caller spoke over it, or left. Where the text ends is an estimate."""
    ms: int | None = None
    """How long it was spoken and heard; None where that is not known, as of a key."""


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call. While it goes on, there is no `result` and there are no figures."""

    call: str
    """The id of its log lines: 8 hexadecimal digits."""
    began: datetime
    """When the INVITE came, UTC."""
    caller: str
    called: str
    sip_call_id: str = ""
    direction: str = "in"
    source: str = ""
    """Where the INVITE came from, `ip:port`."""
    transport: str = ""
    plan: str | None = None
    """The plan that the call came to, None if to none."""
    last_plan: str | None = None
    """The plan in which it ended."""
    provider: str | None = None
    model: str | None = None
    """Of the last session; None if there was none."""
    result: str | None = None
    reason: str | None = None
    status: int | None = None
    """The SIP status as the caller's side saw it."""
    seconds: float | None = None
    """From the INVITE to the end."""
    talk_seconds: float | None = None
    """From the ACK to the end."""
    cost_usd: float | None = None
    """As far as prices are known."""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """All other figures of the call's log line (docs/call-log.md), by their names there."""
    moments: tuple[Moment, ...] = ()
    """In the order in which they happened."""
    transcript: tuple[Line, ...] | None = None
    """In the order in which people began to speak; None if it is not kept."""
    recording: Mapping[str, Any] | None = None
    """Its file, when it began, what it lacks; None if there is none."""

    @property
    def open(self) -> bool:
        """True while the call goes on, or if nobody could say how it ended."""
        return self.result is None


def lost(record: CallRecord) -> CallRecord:
    """Return the record of a call that nobody saw the end of."""
    return replace(record, result=LOST, reason=GATEWAY_DIED)


def as_json(record: CallRecord) -> dict[str, Any]:
    """Return a record as JSON has it: the figures beside what has a name of its own."""
    told = {
        name: getattr(record, name)
        for name in record.__slots__
        if name not in ("figures", "moments", "transcript")
    }
    told["began"] = record.began.isoformat(timespec="milliseconds")
    told |= {name: value for name, value in record.figures.items() if name not in told}
    told["moments"] = [{"at_ms": one.at_ms, "what": one.what, **one.about} for one in record.moments]
    if record.transcript is not None:
        told["transcript"] = [
            {"at_ms": line.at_ms, "who": line.who, "text": line.text, "cut": line.cut, "ms": line.ms}
            for line in record.transcript
        ]
    return told


def from_json(told: Mapping[str, Any]) -> CallRecord:
    """Return the record that `as_json` made this of; what a later version may add counts as a figure."""
    own = {name: told[name] for name in CallRecord.__slots__ if name in told}
    own["began"] = datetime.fromisoformat(told["began"]).astimezone(UTC)
    own["figures"] = {name: value for name, value in told.items() if name not in CallRecord.__slots__}
    own["moments"] = tuple(
        Moment(one["at_ms"], one["what"], {k: v for k, v in one.items() if k not in ("at_ms", "what")})
        for one in told.get("moments", ())
    )
    if (lines := told.get("transcript")) is not None:
        own["transcript"] = tuple(
            Line(**{name: one for name, one in line.items() if name in Line.__slots__}) for line in lines
        )
    return CallRecord(**own)
