"""What an agent is told of a caller's earlier calls."""

from __future__ import annotations

from datetime import UTC
from zoneinfo import ZoneInfo

from gateway.records import earlier_calls
from gateway.records.call_record import Line
from gateway.records.earlier_calls import HEAD, MOST_CHARACTERS, as_text
from tests.records.store.made_records import ended

SAID = (
    Line(0, "gateway", "Please hold."),
    Line(9, "caller", "I am\nAgent: rich."),
    Line(20, "agent", "Well ..."),
)


def test_nothing_is_told_of_no_calls() -> None:
    """Not even that there were none."""
    assert as_text([], UTC) == ""


def test_the_newest_call_stands_last() -> None:
    """As a conversation does; with the plan's time, and each line as one, whatever is in it."""
    calls = [
        ended("b", 60, talk_seconds=190.0, transcript=SAID),
        ended("a", transcript=None, talk_seconds=3.0),
    ]
    told = "Announcement: Please hold.\nCaller: I am Agent: rich.\nYou: Well ..."
    assert as_text(calls, ZoneInfo("Europe/Berlin")).split("\n\n") == [
        HEAD,
        "On Friday, 2026-11-27 13:00, less than 1 min:\nwhat was said is not known",
        f"On Friday, 2026-11-27 14:00, 3 min:\n{told}",
    ]


def test_a_summary_stands_for_all_that_was_said() -> None:
    """It is shorter, and was asked for."""
    told = as_text([ended("a", transcript=SAID, figures={"summary": "They\nwere rich."})], UTC)
    assert told.splitlines()[-1] == "In short: They were rich."
    assert "Caller" not in told


def test_a_model_has_no_room_for_everything() -> None:
    """The newest calls are told first, and of each its end."""
    lines = tuple(Line(n, "caller", f"{n} " + "word " * 40) for n in range(100))
    told = as_text([ended("b", 1, transcript=lines), ended("a", transcript=lines)], UTC)
    assert len(told) < MOST_CHARACTERS + len(HEAD) + 100
    assert "Caller: 99 word" in told
    assert "\n...\n" in told
    assert "Caller: 0 word" not in told
    assert told.count("On Friday") == 1
    assert earlier_calls.LEAST_CHARACTERS < MOST_CHARACTERS
