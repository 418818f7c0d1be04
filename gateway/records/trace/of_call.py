"""The trace of a call that is over, made of its record. Pure; no words and no keys are in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gateway.call import TransferOutcome
from gateway.records.call_record import CallRecord, Moment
from gateway.records.trace import conventions as names
from gateway.records.trace.span import Attributes, CallSpan, SpanEvent, SpanKind

PRIVATE = frozenset({"digit", "message", "target"})
"""Of a moment: keys, a provider's words and whom a caller was put through to are nobody else's business."""
OPENS = {"held": "hold", "transfer_began": "transfer", "session_interrupted": "reconnect"}
"""Moments that begin something that takes time, and its name."""
CLOSES = {"resumed": "held", "transfer_ended": "transfer_began", "session_ready": "session_interrupted"}
"""Moments that end what another began."""
SPANNED = frozenset({"answer", "answered", "tool_called", "tool_returned"})
"""Moments that are told as spans of their own."""
_FIGURES = (
    *("turns", "barge_ins", "digits", "tools", "faults", "turn_ms_median", "first_word_ms"),
    *("mos", "jitter_ms", "packets_lost", "underruns", "late_ticks", "encryption"),
)


def trace_of(record: CallRecord) -> CallSpan:
    """Return the span of a call with all that are in it."""
    start = round(record.began.timestamp() * 1_000_000) * 1000
    end = start + round((record.seconds or 0.0) * 1000) * 1_000_000
    failed = record.result in ("failed", "lost")
    return CallSpan(
        f"call {record.plan}" if record.plan else "call",
        start,
        end,
        SpanKind.SERVER,
        _attributes(record),
        tuple(_events(record, start)),
        tuple(sorted(_children(record, start, end), key=lambda span: span.start_ns)),
        str(record.reason) if failed else "",
    )


def _attributes(record: CallRecord) -> Attributes:
    told = {
        names.CALL: record.call,
        names.SIP_CALL_ID: record.sip_call_id,
        names.DIRECTION: record.direction,
        names.PLAN: record.plan,
        names.LAST_PLAN: record.last_plan,
        names.RESULT: record.result,
        names.REASON: record.reason,
        names.STATUS: record.status,
        names.COST: record.cost_usd,
        **{names.own(name): record.figures.get(name) for name in _FIGURES},
    }
    if record.model is not None or record.provider is not None:
        told |= _agent(record) | {
            names.OPERATION: names.INVOKE_AGENT,
            names.AGENT: record.last_plan or record.plan,
            names.CONVERSATION: record.call,
            names.INPUT_TOKENS: record.figures.get("tokens_in"),
            names.OUTPUT_TOKENS: record.figures.get("tokens_out"),
        }
    return _said(told)


def _agent(record: CallRecord) -> dict[str, Any]:
    provider = record.provider or ""
    return {names.PROVIDER: names.PROVIDERS.get(provider, provider) or None, names.MODEL: record.model}


def _children(record: CallRecord, start: int, end: int) -> Iterator[CallSpan]:
    answered = record.figures.get("answer_ms")
    yield CallSpan("invite", start, end if answered is None else start + answered * 1_000_000)
    if (ready := record.figures.get("session_ms")) is not None:
        yield CallSpan("session", start, start + ready * 1_000_000, SpanKind.CLIENT, _said(_agent(record)))
    yield from _turns(record, start)
    yield from _tools(record, start, end)
    begun: dict[str, Moment] = {}
    for moment in record.moments:
        if (opener := CLOSES.get(moment.what)) is not None and (first := begun.pop(opener, None)) is not None:
            yield _between(first, moment, start)
        if moment.what in OPENS:
            begun.setdefault(moment.what, moment)
    for first in begun.values():
        yield CallSpan(OPENS[first.what], _ns(start, first), end, attributes=_about(first))


def _between(first: Moment, last: Moment, start: int) -> CallSpan:
    outcome = last.about.get("outcome")
    failed = str(outcome) if outcome and TransferOutcome(outcome).failed else ""
    attributes = {**_about(first), **_about(last)}
    return CallSpan(
        OPENS[first.what], _ns(start, first), _ns(start, last), attributes=attributes, failed=failed
    )


def _turns(record: CallRecord, start: int) -> Iterator[CallSpan]:
    """Yield a span for each answer: from the caller's last word to the first sound of it."""
    told = _said({names.OPERATION: names.CHAT, names.CONVERSATION: record.call, **_agent(record)})
    name = f"{names.CHAT} {record.model}" if record.model else names.CHAT
    for moment in record.moments:
        if moment.what == "answer":
            at = _ns(start, moment)
            yield CallSpan(name, at - int(moment.about["waited_ms"]) * 1_000_000, at, SpanKind.CLIENT, told)


def _tools(record: CallRecord, start: int, end: int) -> Iterator[CallSpan]:
    """Yield a span for each function: those of one name in the order in which they were called."""
    called: dict[str, list[Moment]] = {}
    for moment in record.moments:
        name = str(moment.about.get("name", ""))
        if moment.what == "tool_called":
            called.setdefault(name, []).append(moment)
        elif moment.what == "tool_returned" and called.get(name):
            yield _tool(name, _ns(start, called[name].pop(0)), _ns(start, moment))
    for name, unfinished in called.items():
        for moment in unfinished:
            yield _tool(name, _ns(start, moment), end)


def _tool(name: str, start: int, end: int) -> CallSpan:
    told = {names.OPERATION: names.EXECUTE_TOOL, names.TOOL: name}
    return CallSpan(f"{names.EXECUTE_TOOL} {name}", start, end, attributes=told)


def _events(record: CallRecord, start: int) -> Iterator[SpanEvent]:
    for moment in record.moments:
        if moment.what not in SPANNED:
            yield SpanEvent(moment.what, _ns(start, moment), _about(moment))


def _about(moment: Moment) -> Attributes:
    return _said({names.own(key): value for key, value in moment.about.items() if key not in PRIVATE})


def _said(told: dict[str, Any]) -> Attributes:
    """Return what an attribute may be (no null), numbers and texts."""
    return {
        key: value if isinstance(value, str | int | float | bool) else str(value)
        for key, value in told.items()
        if value is not None and value != ""
    }


def _ns(start: int, moment: Moment) -> int:
    return start + moment.at_ms * 1_000_000
