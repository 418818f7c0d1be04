"""Opening hours are read in whatever way people write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.local.reply.opening_hours import Span, Week, read_hours, statements, time_in


def span(opens: float, closes: float) -> tuple[Span, ...]:
    return ((int(opens * 60), int(closes * 60)),)


def week(days: range | tuple[int, ...], opens: float, closes: float) -> dict[int, tuple[Span, ...]]:
    return dict.fromkeys(days, span(opens, closes))


WORK, ALL = range(5), range(7)
NINE_TO_FIVE = week(WORK, 9, 17)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("Open Monday to Friday 9 to 5.", NINE_TO_FIVE),
        ("We are open Monday to Friday, nine to five.", NINE_TO_FIVE),
        ("Nine to five, Monday through Friday.", NINE_TO_FIVE),
        ("We are open weekdays from nine o'clock until five o'clock.", NINE_TO_FIVE),
        ("Hours: M-F 9-5", NINE_TO_FIVE),
        ("Business hours are weekdays 0900-1700.", NINE_TO_FIVE),
        ("Mon\u2013Fri: 9.00\u201317.00", NINE_TO_FIVE),
        ("Mon. to Fri., 9 a.m. to 5 p.m.", NINE_TO_FIVE),
        ("Hours: 9am-5pm.", week(ALL, 9, 17)),
        ("Our hours are nine to five.", week(ALL, 9, 17)),
        ("The shop opens at 8 and closes at 6.", week(ALL, 8, 18)),
        ("The shop closes at 6 pm and opens at 8 in the morning.", week(ALL, 8, 18)),
        ("We open at seven thirty in the morning and close at quarter to six.", week(ALL, 7.5, 17.75)),
        ("We open at 10 on weekdays and close at 7.", week(WORK, 10, 19)),
        ("Our shop is open 24/7.", week(ALL, 0, 24)),
        ("The hotline is staffed around the clock and never closes.", week(ALL, 0, 24)),
        ("Open 24 hours a day, seven days a week.", week(ALL, 0, 24)),
        ("Open daily 9am-5pm. Closed on Sundays.", {**week(range(6), 9, 17), 6: ()}),
        ("Open every day from 8:30 to 18:00, closed on Sundays.", {**week(range(6), 8.5, 18), 6: ()}),
        (
            "We are closed on Sundays. On all other days we are open from 10 till 4.",
            {**week(range(6), 10, 16), 6: ()},
        ),
        ("We're open every day except Monday from 11 to 11.", {0: (), **week(range(1, 7), 11, 23)}),
        (
            "Opening hours:\nMonday: 9-12\nTuesday: 9-17\nWednesday: closed\nThursday: 10-18\nFriday: 9-12",
            {0: span(9, 12)} | {1: span(9, 17), 2: (), 3: span(10, 18), 4: span(9, 12)},
        ),
        (
            "Opening hours:\n- Mon-Thu 08:30-18:00\n- Fri 08:30-13:00\n- Sat, Sun closed",
            {**week(range(4), 8.5, 18), 4: span(8.5, 13), 5: (), 6: ()},
        ),
        (
            "Sat 10:00 - 14:00\nSunday closed\nMonday to Friday 09:00 - 18:00\nThese are our opening hours.",
            {**week(WORK, 9, 18), 5: span(10, 14), 6: ()},
        ),
        (
            "From nine to five on weekdays, and on Saturdays from ten to two.",
            NINE_TO_FIVE | {5: span(10, 14)},
        ),
        ("9 to 5 Monday to Friday and 10 to 2 on Saturday.", NINE_TO_FIVE | {5: span(10, 14)}),
        (
            "Nine a.m. to half past five p.m., Monday through Friday; Saturday ten to noon.",
            week(WORK, 9, 17.5) | {5: span(10, 12)},
        ),
        ("Open from 8 until 18 on weekdays, weekends closed.", week(WORK, 8, 18) | {5: (), 6: ()}),
        ("Monday to Friday 9 to 5, closed on Saturday and Sunday.", NINE_TO_FIVE | {5: (), 6: ()}),
        ("Closed Mondays. Tuesday-Sunday 11am-10pm", {0: (), **week(range(1, 7), 11, 22)}),
        ("Open Mon, Wed & Fri 9 to 12.", week((0, 2, 4), 9, 12)),
        (
            "Open Mon, Tue, Thu 9-5; Wed 9-1; Fri 9-4",
            week((0, 1, 3), 9, 17) | {2: span(9, 13), 4: span(9, 16)},
        ),
        ("Mon-Fri 9-12 and 13-17.", dict.fromkeys(WORK, span(9, 12) + span(13, 17))),
        ("Mon-Fri from 8:00-12:00 and from 13:00-17:30", dict.fromkeys(WORK, span(8, 12) + span(13, 17.5))),
        ("Hours: 9:00-17:00 on weekdays, weekends 10 to 4.", NINE_TO_FIVE | week((5, 6), 10, 16)),
        ("The bar is open Thursday to Saturday from 8pm to 2am.", week((3, 4, 5), 20, 26)),
        ("Open Friday 24:00 to 6:00.", {4: span(0, 6)}),
        ("Open Friday 6pm to midnight.", {4: span(18, 24)}),
        ("Friday and Saturday, 5 to midnight.", week((4, 5), 17, 24)),
        ("We work Mondays between 10 and 3.", {0: span(10, 15)}),
        ("Weekdays: 8 to 8, Weekends: 10 to 4", week(WORK, 8, 20) | week((5, 6), 10, 16)),
        ("We open at 9 and close at 5 every day but Sunday.", week(range(6), 9, 17) | {6: ()}),
        ("Business hours: 9\u201317 Mo\u2013Fr", NINE_TO_FIVE),
        ("Sat and Sun: closed. Otherwise 8-16.", week(WORK, 8, 16) | {5: (), 6: ()}),
        (
            "We're closed all day Sunday, and open 9 to 6 the rest of the week.",
            week(range(6), 9, 18) | {6: ()},
        ),
        (
            "Lunch 11:30-14:00, dinner 17:30-22:00, Tuesday to Sunday. Monday is our day off, we are closed.",
            {0: ()} | dict.fromkeys(range(1, 7), span(11.5, 14) + span(17.5, 22)),
        ),
        (
            "Mon-Fri from nine in the morning to five in the afternoon and on Saturday from ten to one.",
            NINE_TO_FIVE | {5: span(10, 13)},
        ),
        ("Open nine-thirty to five-thirty, Tuesday through Saturday.", week(range(1, 6), 9.5, 17.5)),
        ("Open Saturday to Monday 11am to noon.", {0: span(11, 12), 5: span(11, 12), 6: span(11, 12)}),
    ],
)
def test_reading(text: str, hours: Week) -> None:
    """In figures and in words, days before times and behind them, in a sentence or in a list."""
    assert read_hours(text) == hours


@pytest.mark.parametrize(
    "text",
    [
        "Be open and kind. You have 2 hours.",
        "Speak to 5 people.",
        "Delivery takes 3 to 5 working days.",
        "Prices are from 10 to 20 dollars.",
        "Call 020 7946 0123 on Monday.",
        "The meeting of 12-25 is closed.",
        "We are open since 2026-12-24, by decision of 01.02.2025.",
        "We open at nine.",
        "",
    ],
)
def test_what_tells_no_hours(text: str) -> None:
    """Numbers and days alone are none."""
    assert read_hours(text) == {}


def test_the_statements_are_found_among_others() -> None:
    """The sentences that tell hours, without their bullets."""
    text = "You are the agent of Acme. Opening hours:\n- Mon-Fri 9-17\n- Sat 10-14\nNever discuss prices."
    assert statements(text) == ["Mon-Fri 9-17", "Sat 10-14"]


@pytest.mark.parametrize(
    ("asked", "hour"),
    [
        ("are you open at six", 18),
        ("are you open at 8 pm", 20),
        ("is anybody there at eight in the morning", 8),
        ("are you open until half past five", 17.5),
        ("are you open", None),
    ],
)
def test_an_hour_that_is_asked_for(asked: str, hour: float | None) -> None:
    """Six means the evening, eight the morning."""
    assert time_in(asked) == (None if hour is None else hour * 60)


@settings(deadline=None)  # a busy machine is no mistake
@given(st.text("Monday tofriwk 0123456789:.-,;apmclsd\n/&", max_size=120))
def test_whatever_is_written_is_read_to_hours_of_a_week(text: str) -> None:
    """No text breaks it; hours begin within their day and end after they began."""
    for day, spans in read_hours(text).items():
        assert day in range(7)
        for start, end in spans:
            assert 0 <= start < 1440
            assert start < end <= start + 1440
