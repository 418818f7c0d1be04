"""Rehearsals out of calls that were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import BadInput
from gateway.records.call_record import CallRecord, Line, Moment
from gateway.rehearsal.from_record import rehearsal_of
from gateway.rehearsal.reading import read
from gateway.rehearsal.script import Rehearsal, RehearsalFile

TRANSCRIPT = (
    Line(300, "agent", "Hello, how can I help you?", ms=2000),
    Line(3200, "caller", "What are your opening hours?", ms=1600),
    Line(5400, "agent", "We are open from nine to five, Monday to Friday, and on Saturday too.", True, 1800),
    Line(7000, "caller", "Stop. Thank you, goodbye.", ms=1500),
    Line(9200, "agent", "Goodbye.", ms=700),
)
MOMENTS = (
    Moment(200, "answered"),
    Moment(5400, "answer", {"waited_ms": 640}),
    Moment(7100, "barge_in", {"heard_ms": 1650}),
    Moment(9100, "answer", {"waited_ms": 700}),
    Moment(9300, "tool_called", {"name": "hang_up"}),
)


def _record(**more: Any) -> CallRecord:
    known: dict[str, Any] = {
        "call": "471a26b2",
        "began": datetime(2026, 11, 30, 10, 5, tzinfo=UTC),
        "caller": "+15559990001",
        "called": "100",
        "plan": "front",
        "last_plan": "front",
        "provider": "local",
        "result": "completed",
        "reason": "agent_hung_up",
        "status": 200,
        "seconds": 10.5,
        "moments": MOMENTS,
        "transcript": TRANSCRIPT,
    }
    return CallRecord(**known | more)


def _file(folder: Path, record: CallRecord) -> RehearsalFile:
    """Return what a rehearsal reads of the text that is made, beside plans."""
    (folder / "rehearsals").mkdir(exist_ok=True)
    file = folder / "rehearsals" / "made.yaml"
    file.write_text(rehearsal_of(record))
    return read(file)[0].script


def _made(folder: Path, record: CallRecord) -> Rehearsal:
    (one,) = _file(folder, record).rehearsals.values()
    return one


def test_a_whole_call(tmp_path: Path) -> None:
    made = _made(tmp_path, _record())
    assert (made.call.to, made.call.caller) == ("100", "+15559990001")
    assert made.call.at is not None
    greeting, hours, thanks = made.steps
    assert (greeting.does, greeting.like) == ("listen", "Hello, how can I help you?")
    assert (hours.say, hours.like) == (
        "What are your opening hours?",
        "We are open from nine to five, Monday",
    )
    assert hours.within is not None
    assert hours.within.total_seconds() == 2
    assert thanks.interrupt is not None
    assert thanks.interrupt.after is not None
    assert thanks.interrupt.after.total_seconds() == 1.6
    assert thanks.like == "Goodbye."
    expected = made.expect
    assert (expected.plans, expected.ended_by, expected.reason) == (("front",), "agent", ("agent_hung_up",))
    assert [one.name for one in expected.tools] == ["hang_up"]
    assert _file(tmp_path, _record()).model == "embedded"


def test_keys_holds_and_silence(tmp_path: Path) -> None:
    """Keys that follow each other are one step; in a long silence what the agent says is heard."""
    transcript = (
        Line(300, "gateway", "For sales, press one.", ms=2000),
        Line(3000, "caller", "[1]"),
        Line(3500, "gateway", "[chime.wav]", ms=500),
        Line(4200, "agent", "Acme sales, how can I help you?", ms=2000),
        Line(20_000, "agent", "Are you still there?", ms=1200),
        Line(24_000, "caller", "Yes, I am.", ms=700),
        Line(26_000, "agent", "All right.", ms=700),
    )
    moments = (
        Moment(3000, "key", {"digit": "1"}),
        Moment(3900, "key", {"digit": "#"}),
        Moment(28_000, "held", {"by": "caller"}),
        Moment(33_000, "resumed", {"by": "caller"}),
        Moment(34_000, "held", {"by": "gateway"}),
        Moment(35_000, "resumed", {"by": "gateway"}),
    )
    record = _record(moments=moments, transcript=transcript, reason="caller_hung_up", seconds=36.0)
    steps = _made(tmp_path, record).steps
    assert [step.does for step in steps] == ["listen", "press", "listen", "wait", "say", "hold"]
    assert steps[1].press == "1#"
    assert steps[2].like == "Acme sales, how can I help you?"
    assert steps[3].like == "Are you still there?"
    assert steps[3].wait is not None
    assert 16 < steps[3].wait.total_seconds() < 19
    assert steps[5].hold is not None
    assert steps[5].hold.total_seconds() == 5


def test_transfers_and_what_it_cost(tmp_path: Path) -> None:
    moments = (
        Moment(5000, "transfer_began", {"target": "sales", "mode": "bridge"}),
        Moment(9000, "transfer_ended", {"target": "sales", "outcome": "busy"}),
        Moment(15_000, "transfer_ended", {"target": "support", "outcome": "transferred"}),
    )
    record = _record(moments=moments, reason="target_hung_up", provider="openai", cost_usd=0.02)
    file = _file(tmp_path, record)
    (made,) = file.rehearsals.values()
    assert file.model is None
    assert file.targets == {"sales": "busy"}
    assert made.expect.transferred_to == ("support",)
    assert (made.expect.ended_by, made.expect.reason) == (None, ())
    assert made.expect.cost_below == 0.04


def test_a_call_that_was_refused(tmp_path: Path) -> None:
    refused = _record(
        result="rejected", reason="rejected_by_plan", status=486, transcript=None, moments=(), provider=None
    )
    made = _made(tmp_path, refused)
    assert (made.steps, made.expect.status, made.expect.reason) == ((), 486, ("rejected_by_plan",))


def test_words_that_look_like_yaml(tmp_path: Path) -> None:
    said = 'Yes: "no" - {never}, #5 \\ off'
    transcript = (TRANSCRIPT[0], Line(3200, "caller", said, ms=1600))
    assert _made(tmp_path, _record(transcript=transcript, moments=())).steps[1].say == said


@pytest.mark.parametrize(
    ("record", "cure"),
    [
        (_record(transcript=None), "records.transcript: true"),
        (_record(result=None), "not over"),
        (_record(reason="caller_cancelled", status=487), "left before"),
        (_record(moments=(Moment(1, "key"),)), "not kept"),
    ],
)
def test_calls_of_which_none_can_be_made(record: CallRecord, cure: str) -> None:
    with pytest.raises(BadInput, match=cure):
        rehearsal_of(record)
