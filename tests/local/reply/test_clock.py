from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.local.reply.clock import answer_clock, say_date, say_opening_time, say_time, say_year, zone_in
from gateway.local.reply.words import plain

NOW = datetime(2026, 11, 22, 20, 36, tzinfo=ZoneInfo("Europe/Oslo"))


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (0, 0, "midnight"),
        (12, 0, "noon"),
        (9, 0, "nine o'clock in the morning"),
        (8, 5, "eight oh five in the morning"),
        (15, 30, "three thirty in the afternoon"),
        (20, 36, "eight thirty-six in the evening"),
        (23, 15, "eleven fifteen at night"),
        (2, 1, "two oh one at night"),
    ],
)
def test_times(hour: int, minute: int, words: str) -> None:
    """A time of day as people say it."""
    assert say_time(hour, minute) == words


@pytest.mark.parametrize(
    ("hour", "minute", "words"),
    [
        (9, 0, "nine a m"),
        (17, 30, "five thirty p m"),
        (12, 0, "noon"),
        (24, 0, "midnight"),
        (12, 30, "twelve thirty p m"),
    ],
)
def test_times_on_a_door(hour: int, minute: int, words: str) -> None:
    """Opening times are shorter."""
    assert say_opening_time(hour, minute) == words


def test_dates() -> None:
    """Dates and years in words."""
    assert say_date(NOW) == "Sunday, November twenty-second"
    assert [say_year(year) for year in (2026, 2000, 2005, 1900)] == [
        "twenty twenty-six",
        "two thousand",
        "two thousand and five",
        "nineteen hundred",
    ]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What time is it?", "It is eight thirty-six in the evening."),
        ("Can you tell me the time, please?", "It is eight thirty-six in the evening."),
        ("What's the time?", "It is eight thirty-six in the evening."),
        ("What time is it in Tokyo?", "In Tokyo it is four thirty-six at night."),
        ("What time is it a Tokyo now?", "In Tokyo it is four thirty-six at night."),
        ("Which here is it?", "It is twenty twenty-six."),
        ("What time is it in Springfield?", "It is eight thirty-six in the evening."),
        ("What day is it today?", "Today is Sunday, November twenty-second, twenty twenty-six."),
        ("What's today's date?", "Today is Sunday, November twenty-second, twenty twenty-six."),
        ("What is the date tomorrow?", "Tomorrow is Monday, November twenty-third."),
        ("What day was it yesterday?", "Yesterday was Saturday, November twenty-first."),
        ("Which year is it?", "It is twenty twenty-six."),
        ("What month is it?", "It is November."),
        ("Is it Sunday today?", "Yes, today is Sunday, November twenty-second."),
        ("Is today Friday?", "No, today is Sunday, November twenty-second."),
        ("What is today?", "Today is Sunday, November twenty-second, twenty twenty-six."),
        ("What time do you open?", None),
        ("What day are you closed?", None),
        ("Hello", None),
    ],
)
def test_questions(asked: str, answer: str | None) -> None:
    """Questions about time and date are answered, those about opening hours left alone."""
    assert answer_clock(plain(asked), NOW) == answer


def test_zone_in_the_instructions() -> None:
    """A zone named in the instructions is found; other words with a stroke are none."""
    assert zone_in("You are in Europe/London. Be kind.") == ZoneInfo("Europe/London")
    assert zone_in("Be nice and/or short. Acme/Bikes") is None
