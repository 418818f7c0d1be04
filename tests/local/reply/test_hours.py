from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.local.reply.hours import answer_hours, hours_sentence, read_hours
from gateway.local.reply.words import plain

ACME = (
    "You are the agent of Acme Bikes. Opening hours: Monday to Friday 9-17, Saturday 10am to 2pm. "
    "Never discuss prices."
)
SUNDAY = datetime(2026, 11, 22, 12, 0)


def span(opens: float, closes: float) -> tuple[int, int]:
    return int(opens * 60), int(closes * 60)


@pytest.mark.parametrize(
    ("sentence", "hours"),
    [
        ("Open Monday to Friday 9 to 5.", {day: span(9, 17) for day in range(5)}),
        (
            "We are open Mon-Fri 9am-5pm, Sat 10-14.",
            {**{day: span(9, 17) for day in range(5)}, 5: span(10, 14)},
        ),
        (
            "Open every day from 8:30 to 18:00, closed on Sundays.",
            {**{d: span(8.5, 18) for d in range(6)}, 6: None},
        ),
        (
            "Hours: 9:00-17:00 on weekdays, weekends 10 to 4.",
            {**{d: span(9, 17) for d in range(5)}, 5: span(10, 16), 6: span(10, 16)},
        ),
        ("Open Monday, Wednesday and Friday 9 to 12.", {0: span(9, 12), 2: span(9, 12), 4: span(9, 12)}),
        ("We are open 9 to 5, Monday to Friday.", {day: span(9, 17) for day in range(5)}),
        ("We are open from 9 to 17.", {day: span(9, 17) for day in range(7)}),
        ("Open Friday 6pm to midnight.", {4: span(18, 24)}),
        ("Open Saturday to Monday 11am to noon.", {5: span(11, 12), 6: span(11, 12), 0: span(11, 12)}),
    ],
)
def test_reading(sentence: str, hours: dict[int, tuple[int, int] | None]) -> None:
    """Hours are read in the ways people write them."""
    assert read_hours(sentence) == hours


def test_finding() -> None:
    """The sentence about hours is found among others, or nothing is."""
    assert hours_sentence(ACME) == "Opening hours: Monday to Friday 9-17, Saturday 10am to 2pm."
    assert hours_sentence("Be open and kind. Be short.") is None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        (
            "What are your opening hours?",
            "We are open Monday to Friday 9 to 17, Saturday ten a m to two p m.",
        ),
        ("What are your opening hours on Saturday?", "On Saturday we are open from ten a m to two p m."),
        ("Are you open on Sunday?", "On Sunday we are closed."),
        ("Are you open today?", "Today we are closed."),
        ("When do you open tomorrow?", "Tomorrow we are open from nine a m to five p m."),
        ("Are you open right now?", "No, we are closed now. We open tomorrow at nine a m."),
        ("What time do you close on Fridays?", "On Friday we are open from nine a m to five p m."),
        ("Hello", None),
    ],
)
def test_questions(asked: str, answer: str | None) -> None:
    """Questions are answered by day, by now, or as a whole."""
    assert answer_hours(plain(asked), ACME, SUNDAY) == answer


@pytest.mark.parametrize(
    ("hours_later", "answer"),
    [
        (24, "Yes, we are open now, until five p m."),
        (24 - 5, "No, we are closed now. We open today at nine a m."),
        (24 * 6 + 4, "No, we are closed now. We open on Monday at nine a m."),
    ],
)
def test_now(hours_later: int, answer: str) -> None:
    """Whether it is open depends on the time of the call."""
    now = SUNDAY + timedelta(hours=hours_later)
    assert answer_hours("are you open now", ACME, now) == answer


def test_unknown() -> None:
    """Without hours in the instructions there is nothing to tell."""
    assert answer_hours("when are you open", "You are an agent.", SUNDAY) is None
