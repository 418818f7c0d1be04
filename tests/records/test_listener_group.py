"""Everybody who listens to a call."""

from types import ModuleType

import pytest
from structlog.testing import capture_logs

from gateway.call import Answer, Answered, Fact, Order, SubmitToolResult
from gateway.records import call_recorder, line_log, summary, transcript, turn_delays
from gateway.records.line_log import LineLog
from gateway.records.listener_group import EVENTS, ListenerGroup
from gateway.records.summary import Summary
from gateway.records.transcript import Transcript
from gateway.records.turn_delays import TurnDelays
from tests.equipment.matched_kinds import matched_kinds


class Answers:
    """Hears one kind of fact alone."""

    hears = frozenset((Answered,))

    def __init__(self) -> None:
        self.heard: list[Fact | Order] = []

    def __call__(self, event: Fact | Order, _now: float) -> None:
        self.heard.append(event)


def test_a_listener_hears_what_it_wants() -> None:
    """Whoever does not say hears everything."""
    heard: list[Fact | Order] = []
    answers = Answers()
    notify = ListenerGroup(answers, lambda event, _now: heard.append(event))
    notify(Answer(), 1.0)
    notify(Answered(), 1.5)
    assert answers.heard == [Answered()]
    assert heard == [Answer(), Answered()]


def test_what_is_secret_is_told_to_no_listener() -> None:
    """What a function has returned in confidence is the model's alone."""
    heard: list[Fact | Order] = []
    ListenerGroup(lambda event, _now: heard.append(event))(SubmitToolResult("c", "4711", secret=True), 0.0)
    (told,) = heard
    assert isinstance(told, SubmitToolResult)
    assert "4711" not in told.output


@pytest.mark.parametrize(
    ("module", "hears"),
    [
        (summary, Summary.hears),
        (turn_delays, TurnDelays.hears),
        (line_log, LineLog.hears),
        (transcript, Transcript.hears),
        (call_recorder, call_recorder.MOMENTS),
    ],
    ids=lambda given: getattr(given, "__name__", ""),
)
def test_a_listener_is_told_of_all_that_it_looks_for(module: ModuleType, hears: frozenset[type]) -> None:
    """A case in its code for a kind of event that it does not name would never be met."""
    assert matched_kinds(module) <= hears <= EVENTS


def test_a_listener_that_breaks_is_left_out() -> None:
    """It is logged once; the others hear everything, in order."""
    heard: list[tuple[Fact | Order, float]] = []

    def broken(_event: Fact | Order, _now: float) -> None:
        raise OSError("no space left on device")

    notify = ListenerGroup(broken, lambda event, now: heard.append((event, now)))
    with capture_logs() as lines:
        notify(Answer(), 1.0)
        notify(Answered(), 1.5)
    assert heard == [(Answer(), 1.0), (Answered(), 1.5)]
    assert [line["event"] for line in lines] == ["call.listener_broke"]
