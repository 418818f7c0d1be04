"""Opening hours are kept by the wall clock of the plan, over midnight, summer time and holidays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dialplan.hours import parse_holiday, parse_opening, schedule

BERLIN = ZoneInfo("Europe/Berlin")


def is_open(
    hours: list[str], when: str, holidays: list[str] | None = None, zone: str = "Europe/Berlin"
) -> bool:
    """Ask at a local time such as `2026-11-23 12:00` (a Monday)."""
    return schedule(zone, hours, holidays or []).is_open(
        datetime.fromisoformat(when).replace(tzinfo=ZoneInfo(zone))
    )


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-23 08:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:29", True),
        ("2026-11-23 17:30", False),
        ("2026-11-27 12:00", True),
        ("2026-11-28 12:00", False),
        ("2026-11-22 12:00", False),
    ],
)
def test_office_hours(when: str, expected: bool) -> None:
    """The first minute is open, the last is not."""
    assert is_open(["Mon-Fri 09:00-17:30"], when) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("2026-11-27 21:59", False),
        ("2026-11-27 22:00", True),
        ("2026-11-28 01:59", True),
        ("2026-11-28 02:00", False),
        ("2026-11-27 01:00", False),
        ("2026-11-28 22:00", False),
    ],
)
def test_hours_over_midnight_belong_to_the_day_they_began(when: str, expected: bool) -> None:
    """Friday night reaches into Saturday, and only that night."""
    assert is_open(["Fri 22:00-02:00"], when) is expected


def test_sunday_night_reaches_into_monday() -> None:
    """The week has no end."""
    assert is_open(["Sun 22:00-02:00"], "2026-11-23 01:00")


@pytest.mark.parametrize("hours", ["daily 00:00-24:00", "Mon-Sun 00:00-00:00", "sat-fri 6:00-6:00"])
@given(minutes=st.integers(0, 60 * 24 * 400))
def test_always_open_is_always_open(hours: str, minutes: int) -> None:
    """Summer time and leap days included."""
    moment = datetime(2027, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    assert schedule("Europe/Berlin", [hours]).is_open(moment)


def test_lists_spans_and_names_of_days() -> None:
    """In any letters, short or long."""
    days = parse_opening("mon,WED,Friday-Sunday 9:00-10:00").days
    assert days == {0, 2, 4, 5, 6}
    assert parse_opening("Sat-Mon 09:00-10:00").days == {5, 6, 0}


def test_the_wall_clock_counts_not_utc() -> None:
    """Nine in Berlin is eight in UTC in winter and seven in summer."""
    office = schedule("Europe/Berlin", ["daily 09:00-10:00"])
    assert office.is_open(datetime(2026, 1, 15, 8, 30, tzinfo=UTC))
    assert not office.is_open(datetime(2026, 1, 15, 7, 30, tzinfo=UTC))
    assert office.is_open(datetime(2026, 7, 15, 7, 30, tzinfo=UTC))


@pytest.mark.parametrize("fold", [0, 1])
def test_the_hour_that_comes_twice_is_open_twice(fold: int) -> None:
    """2026-10-25, 02:00-03:00 in Berlin, once in summer and once in winter time."""
    moment = datetime(2026, 10, 25, 2, 30, fold=fold, tzinfo=BERLIN).astimezone(UTC)
    assert schedule("Europe/Berlin", ["Sun 02:00-03:00"]).is_open(moment)


def test_holidays_close_the_day() -> None:
    """A date, a span, a day of every year."""
    holidays = ["2026-11-23", "2026-12-24..2027-01-01", "05-01"]
    hours = ["daily 09:00-17:00"]
    closed = [
        "2026-11-23 12:00",
        "2026-12-24 12:00",
        "2026-12-31 12:00",
        "2027-01-01 12:00",
        "2030-05-01 12:00",
    ]
    assert not any(is_open(hours, when, holidays) for when in closed)
    assert is_open(hours, "2027-11-23 12:00", holidays)
    assert is_open(hours, "2027-01-02 12:00", holidays)


def test_a_holiday_closes_the_night_that_begins_on_it() -> None:
    """The night before reaches into the holiday; that of the holiday does not begin."""
    night = ["daily 22:00-02:00"]
    assert is_open(night, "2026-12-25 01:00", ["12-25"])
    assert not is_open(night, "2026-12-25 23:00", ["12-25"])
    assert not is_open(night, "2026-12-26 01:00", ["12-25"])


def test_the_29th_of_february_may_be_a_holiday() -> None:
    """Once in four years."""
    assert not is_open(["daily 00:00-24:00"], "2028-02-29 12:00", ["02-29"])


@pytest.mark.parametrize(
    ("text", "cure"),
    [
        ("Mon-Fri", "write days and hours"),
        ("09:00-17:00", "write days and hours"),
        ("Mon 9-17", "write days and hours"),
        ("Mon-Fry 09:00-17:00", "'Fry' is not a day"),
        ("Mo 09:00-17:00", "'Mo' is not a day"),
        ("Mon, 09:00-17:00", "is not a day"),
        ("Mon 25:00-26:00", "not a time of day"),
        ("Mon 09:60-10:00", "not a time of day"),
        ("Mon 24:00-01:00", "write 00:00"),
    ],
)
def test_wrong_hours_are_told_how_to_be_right(text: str, cure: str) -> None:
    """Every refusal says what to write."""
    with pytest.raises(ValueError, match=cure):
        parse_opening(text)


@pytest.mark.parametrize(
    "text", ["", "Christmas", "25-12", "2026-13-01", "2026-02-30", "02-30", "12-25..12-26", "1.1."]
)
def test_wrong_holidays_are_told_how_to_be_right(text: str) -> None:
    """Every refusal says what to write."""
    with pytest.raises(ValueError, match="write a day as 2026-12-25"):
        parse_holiday(text)


def test_a_span_that_runs_backwards_is_refused() -> None:
    """It would close nothing."""
    with pytest.raises(ValueError, match="must not come after"):
        parse_holiday("2027-01-01..2026-12-24")
