"""What a person is shown."""

from __future__ import annotations

import io

from rich.console import Console

from gateway.rehearsal.judgement import judge
from gateway.rehearsal.report import RehearsalOutcome, shown, summary
from tests.rehearsal.made_calls import agent, call, caller, named, rehearsal


def _outcome(words: str) -> RehearsalOutcome:
    one = rehearsal(steps=[{"say": "When do you open?", "heard": words}], expect={"not_heard": "sorry"})
    held = call(
        agent(0.1, 2.0, "How can I help you?"),
        caller(2.8, 4.0, "When do you open?"),
        agent(4.6, 7.0, None),
        agent(8.0, 9.0, "At nine."),
        steps=((2.8, 4.0),),
    )
    return RehearsalOutcome(named(one), tuple(judge(one, held)), held)


def _text(outcome: RehearsalOutcome, *, whole: bool = False) -> list[str]:
    console = Console(width=120, file=io.StringIO())
    with console.capture() as printed:
        console.print(shown(outcome, whole=whole))
    return printed.get().rstrip().splitlines()


def test_a_call_that_went_well_is_a_line() -> None:
    assert _text(_outcome("nine")) == ["✓ front: hours  20.0 s"]


def test_a_call_that_did_not_is_shown_whole() -> None:
    assert _text(_outcome("ten")) == [
        "✗ front: hours  20.0 s",
        "    0.10 s   agent  How can I help you?",
        "    2.80 s  caller  When do you open?",
        "    4.60 s   agent  (not understood)",
        "    8.00 s   agent  At nine.",
        "            ✗ heard 'ten'  heard: 'At nine.'",
        "            ✓ never heard 'sorry'",
    ]


def test_all_of_it_on_request() -> None:
    assert _text(_outcome("nine"), whole=True)[5:] == [
        "            ✓ heard 'nine'",
        "            ✓ never heard 'sorry'",
    ]


def test_a_call_that_could_not_be_made() -> None:
    assert _text(RehearsalOutcome(named(rehearsal()), error="it did not start")) == [
        "✗ front: hours  0.0 s",
        "  it did not start",
    ]


def test_the_sum() -> None:
    assert summary([_outcome("nine")], 3.2).plain == "1 call in 3 s: all as expected"
    assert summary([_outcome("nine"), _outcome("ten")], 3.2).plain == "2 calls in 3 s: 1 not as expected"
