"""What is kept of a call: its moments, and its words if they are wanted."""

from __future__ import annotations

import pytest

from gateway.call import (
    AgentAudio,
    AgentSaid,
    Answered,
    CallerSaid,
    CallerStartedSpeaking,
    CallInfo,
    Digit,
    Fact,
    Flush,
    Flushed,
    Held,
    MessageLeft,
    Order,
    Party,
    Pause,
    PlaybackStarted,
    ResponseOverdue,
    Resumed,
    Ring,
    Ringing,
    SessionInterrupted,
    SessionReady,
    ToolCalled,
    ToolReturned,
    Truncate,
)
from gateway.records import call_recorder
from gateway.records.call_record import Line, Moment
from gateway.records.call_recorder import CallRecorder
from tests.records.store.made_records import NOON

INFO = CallInfo("c1", "x@y", Party("+15551230001"), Party("100"), source="192.0.2.1:5060")
SECOND = b"\0" * 48_000


def recorder(*, keeps_words: bool = False) -> CallRecorder:
    """Return the recorder of a call that began at second 100."""
    return CallRecorder(INFO, NOON, 100.0, keeps_words=keeps_words)


def told(listener: CallRecorder, *events: tuple[float, Fact | Order]) -> CallRecorder:
    """Tell it what happened, and when."""
    for at, event in events:
        listener(event, at)
    return listener


def test_a_call_that_has_begun() -> None:
    """Who calls whom, from where and when; nothing else is known."""
    opened = recorder().opened("reception")
    assert (opened.call, opened.caller, opened.called) == ("c1", "+15551230001", "100")
    assert (opened.began, opened.plan, opened.open) == (NOON, "reception", True)


def test_moments_stand_in_the_order_of_the_clock() -> None:
    """An answer with how long it was waited for, from the caller's last word to its first packet."""
    listener = told(
        recorder(),
        (100.05, Ring()),
        (100.06, Ring(early=True)),
        (100.1, SessionReady(provider="azure", model="m1")),
        (100.2, Answered()),
        (103.1, AgentAudio("r1", "i2", SECOND)),
        (104.0, Truncate("i2", 700)),
        (105.0, ToolCalled("r2", "t1", "look_up", "{}")),
        (107.5, ToolReturned("t1", "42")),
        (108.0, Held()),
        (108.1, Held()),
        (109.0, Resumed()),
        (110.0, SessionInterrupted("1006", "gone")),
        (111.0, ResponseOverdue(asked_again=True)),
    )
    assert listener.closed("a", "b", {}, [(103.2, 700)]).moments == (
        Moment(50, "ringing"),
        Moment(100, "session_ready", {"provider": "azure", "model": "m1"}),
        Moment(200, "answered"),
        Moment(3200, "answer", {"waited_ms": 700}),
        Moment(4000, "barge_in", {"heard_ms": 700}),
        Moment(5000, "tool_called", {"name": "look_up"}),
        Moment(7500, "tool_returned", {"name": "look_up", "ms": 2500}),
        Moment(8000, "held", {"by": "caller"}),
        Moment(9000, "resumed", {"by": "caller"}),
        Moment(10000, "session_interrupted", {"code": "1006", "message": "gone"}),
        Moment(11000, "answer_overdue"),
    )


@pytest.mark.parametrize(
    ("events", "at_ms"),
    [
        (((104.0, Pause(on=True)), (105.5, Flush()), (105.52, Flushed("i2", 700, 300))), 4000),
        (((104.0, Flush()), (104.02, Flushed("i2", 700, 300))), 4000),
        (((102.0, Pause(on=True)), (103.0, Pause(on=False)), (104.0, Flush())), 4000),
        (((101.0, Flush()), (103.0, PlaybackStarted("i2")), (104.0, Flush())), 4000),
        ((), 5530),
    ],
)
def test_an_interruption_is_where_the_agent_fell_silent(
    events: tuple[tuple[float, Fact | Order], ...], at_ms: int
) -> None:
    """Not where it turned out to be one, after the caller's words."""
    listener = told(recorder(), *events, (105.53, Truncate("i2", 700)))
    assert listener.closed("a", "a", {}).moments == (Moment(at_ms, "barge_in", {"heard_ms": 700}),)


def test_whom_we_call_rings_once() -> None:
    """However often that is told."""
    listener = told(recorder(), (101.0, Ringing()), (102.0, Ringing()), (103.0, Answered()))
    assert [(one.at_ms, one.what) for one in listener.closed("a", "a", {}).moments] == [
        (1000, "ringing"),
        (3000, "answered"),
    ]


def test_a_message_that_was_left() -> None:
    """Where it is, so that it is found, and deleted with the record."""
    listener = told(recorder(), (104.0, MessageLeft("/srv/messages/x-c1.wav", 3.2)))
    about = {"file": "/srv/messages/x-c1.wav", "seconds": 3.2}
    assert listener.closed("a", "a", {}).moments == (Moment(4000, "message_taken", about),)


def test_figures_of_the_log_line() -> None:
    """Some have names of their own in a record, the others keep theirs."""
    figures = {"result": "completed", "status": 200, "seconds": 8.5, "cost_usd": 0.5, "turns": 3}
    closed = recorder().closed("a", "b", figures)
    assert (closed.result, closed.status, closed.seconds, closed.cost_usd) == ("completed", 200, 8.5, 0.5)
    assert (closed.figures, closed.last_plan) == ({"turns": 3}, "b")


@pytest.mark.parametrize("keeps_words", [False, True])
def test_words_and_keys_are_the_callers_business(keeps_words: bool) -> None:
    """Neither what was said nor which key it was is kept unless the operator wants it so."""
    listener = told(
        recorder(keeps_words=keeps_words),
        (102.0, CallerStartedSpeaking("i1")),
        (103.0, CallerSaid("i1", "My number is secret.")),
        (103.1, AgentAudio("r1", "i2", SECOND * 2)),
        (103.2, AgentSaid("i2", "I will not tell it to anybody at all.")),
        (104.0, Truncate("i2", 1000)),
        (105.0, Digit("7")),
    )
    closed = listener.closed("a", "a", {})
    assert (closed.transcript is not None) == keeps_words
    assert ({"digit": "7"} in [moment.about for moment in closed.moments]) == keeps_words
    assert [moment.what for moment in closed.moments] == ["barge_in", "key"]
    if keeps_words:
        assert closed.transcript is not None
        assert closed.transcript[:2] == (
            Line(2000, "caller", "My number is secret."),
            Line(3100, "agent", "I will not tell ...", cut=True, ms=1000),
        )


def test_a_caller_who_leans_on_the_keypad(monkeypatch: pytest.MonkeyPatch) -> None:
    """A record has room for so many moments."""
    monkeypatch.setattr(call_recorder, "MOST_MOMENTS", 10)
    listener = told(recorder(), *((100.0 + n, Digit("1")) for n in range(50)))
    assert len(listener.closed("a", "a", {}).moments) == 10
