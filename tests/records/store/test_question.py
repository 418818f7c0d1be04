"""What may be asked of the records, as SQL."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from gateway.records.store.question import Question, stamp


def test_a_question_that_asks_nothing() -> None:
    """All calls."""
    assert Question().conditions() == ("1 = 1", [])


def test_all_that_is_asked_has_to_hold() -> None:
    """Values never stand in the statement."""
    where, values = Question(call="4'7", plan="sales", result="lost").conditions()
    assert where == "substr(call, 1, 3) = ? AND (plan = ? OR last_plan = ?) AND result = ?"
    assert values == ["4'7", "sales", "sales", "lost"]


def test_moments_are_utc() -> None:
    """So that texts sort as times do."""
    berlin = timezone(timedelta(hours=1))
    assert stamp(datetime(2026, 11, 27, 0, 30, tzinfo=berlin)) == "2026-11-26T23:30:00.000Z"
