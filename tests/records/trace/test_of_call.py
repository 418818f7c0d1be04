"""A call as a trace, made of its record."""

from __future__ import annotations

from gateway.records.call_record import Moment
from gateway.records.trace.of_call import trace_of
from gateway.records.trace.span import CallSpan, SpanKind
from tests.records.store.made_records import NOON, ended

START = round(NOON.timestamp()) * 1_000_000_000
FIGURES = {
    "answer_ms": 300,
    "session_ms": 250,
    "tokens_in": 90,
    "tokens_out": 40,
    "mos": 4.2,
    "summary": "Ann",
}


def spans(*moments: Moment, **more: object) -> dict[str, tuple[int, int]]:
    """Return what is in a call with these moments: from when to when, in ms of the call."""
    told = trace_of(ended("aaaa1111", moments=moments, **{"figures": {}, "seconds": 10.0} | more))
    return {one.name: (_ms(one.start_ns), _ms(one.end_ns)) for one in told.children}


def _ms(ns: int) -> int:
    return (ns - START) // 1_000_000


def test_the_call_itself() -> None:
    """Who was spoken with, what it came to; nothing of what was said."""
    told = trace_of(
        ended("aaaa1111", plan="day", provider="azure", model="m1", sip_call_id="a@b", figures=FIGURES)
    )
    assert (told.name, told.kind, told.start_ns, _ms(told.end_ns)) == (
        "call day",
        SpanKind.SERVER,
        START,
        8500,
    )
    about = told.attributes
    assert (about["gen_ai.operation.name"], about["gen_ai.provider.name"], about["gen_ai.request.model"]) == (
        "invoke_agent",
        "azure.ai.openai",
        "m1",
    )
    assert (about["gen_ai.usage.input_tokens"], about["gen_ai.usage.output_tokens"]) == (90, 40)
    assert (about["gateway.sip_call_id"], about["gateway.result"], about["gateway.mos"]) == (
        "a@b",
        "completed",
        4.2,
    )
    assert told.failed == ""
    assert "Ann" not in str(told)
    assert "+442079460123" not in str(told)


def test_a_call_that_failed() -> None:
    """Says why."""
    told = trace_of(ended("a", result="failed", reason="session_lost", moments=(), figures={}))
    assert (told.name, told.failed) == ("call", "session_lost")


def test_what_took_time() -> None:
    """From the INVITE to the answer and to a session; each answer that was waited for, each function."""
    told = spans(
        Moment(2700, "answer", {"waited_ms": 700}),
        Moment(3000, "tool_called", {"name": "look_up"}),
        Moment(3100, "tool_called", {"name": "look_up"}),
        Moment(3400, "tool_called", {"name": "slow"}),
        Moment(3500, "tool_returned", {"name": "look_up", "ms": 500}),
        model="m1",
        figures=FIGURES,
    )
    assert told == {
        "invite": (0, 300),
        "session": (0, 250),
        "chat m1": (2000, 2700),
        "execute_tool look_up": (3100, 10_000),  # the second, which never returned
        "execute_tool slow": (3400, 10_000),
    }


def test_what_was_gone_for_a_while() -> None:
    """A hold, a lost connection, a transfer: until it is over, or the call is."""
    told = spans(
        Moment(1000, "held"),
        Moment(1500, "resumed"),
        Moment(2000, "session_interrupted", {"code": "1006", "message": "sk-secret"}),
        Moment(2400, "session_ready", {"provider": "openai", "model": "m1"}),
        Moment(5000, "transfer_began", {"target": "sales", "mode": "blind"}),
        Moment(6000, "transfer_ended", {"target": "sales", "outcome": "busy"}),
        Moment(9000, "held"),
    )
    assert told == {
        "invite": (0, 10_000),
        "reconnect": (2000, 2400),
        "transfer": (5000, 6000),
        "hold": (9000, 10_000),
    }


def test_a_transfer_that_failed() -> None:
    """Says how it came out, and not to whom."""
    moments = (
        Moment(5000, "transfer_began", {"target": "sales", "mode": "blind"}),
        Moment(6000, "transfer_ended", {"target": "sales", "outcome": "busy"}),
    )
    told = trace_of(ended("a", moments=moments, figures={}))
    (transfer,) = [one for one in told.children if one.name == "transfer"]
    assert (transfer.failed, transfer.attributes) == (
        "busy",
        {"gateway.mode": "blind", "gateway.outcome": "busy"},
    )
    assert "sales" not in str(told)


def test_what_happened_in_a_moment() -> None:
    """Is an event of the call; a key says nothing of itself."""
    moments = (Moment(900, "key", {"digit": "7"}), Moment(1200, "barge_in", {"heard_ms": 400}))
    told: CallSpan = trace_of(ended("a", moments=moments, figures={}))
    assert [(event.name, _ms(event.at_ns), dict(event.attributes)) for event in told.events] == [
        ("key", 900, {}),
        ("barge_in", 1200, {"gateway.heard_ms": 400}),
    ]
