"""What may be asked of the records, as SQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from gateway.records.store.question import Question, spellings, stamp, utc


def test_a_question_that_asks_nothing() -> None:
    """All calls."""
    assert Question().conditions() == ("1 = 1", [])


def test_all_that_is_asked_has_to_hold() -> None:
    """Values never stand in the statement."""
    where, values = Question(call="4'7", plan="sales", result="lost").conditions()
    assert where == "substr(call, 1, 3) = ? AND (plan = ? OR last_plan = ?) AND result = ?"
    assert values == ["4'7", "sales", "sales", "lost"]


def test_numbers_may_be_typed_as_people_do() -> None:
    """As a caller's telephone may have written them, too; names are left as they are."""
    assert spellings("+1 (555) 000-1 ") == ("+15550001", "+1 (555) 000-1")
    assert spellings(" +15550001") == ("+15550001",)
    assert [spellings(one) for one in ("0001", "front-desk", "j.doe", "*1", "withheld")] == [
        ("0001",),
        ("front-desk",),
        ("j.doe",),
        ("*1",),
        ("",),
    ]


def test_the_end_of_a_number_as_it_may_be_written() -> None:
    """From or to it."""
    where, values = Question(number="0-1").conditions()
    assert where.count(" OR ") == 3
    assert values == ["01", "01", "0-1", "0-1"]
    assert Question(number="withheld").conditions() == ("caller = ''", [])


def test_the_calendar_has_ends() -> None:
    """What is beyond them in UTC is asked for as if it were UTC; texts sort as times do there, too."""
    first = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))
    last = datetime(9999, 12, 31, 23, tzinfo=timezone(-timedelta(hours=12)))
    assert stamp(first) == "0001-01-01T00:00:00.000Z"
    assert stamp(last) == "9999-12-31T23:00:00.000Z"
    assert stamp(utc(datetime(1, 1, 1))) < stamp(datetime(999, 1, 1, tzinfo=UTC)) < stamp(last)


def test_moments_are_utc() -> None:
    """So that texts sort as times do."""
    berlin = timezone(timedelta(hours=1))
    assert stamp(datetime(2026, 11, 27, 0, 30, tzinfo=berlin)) == "2026-11-26T23:30:00.000Z"
