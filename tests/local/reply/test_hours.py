from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from gateway.local.reply.hours import NOT_TOLD, answer_hours, asks_holiday, knows_hours
from gateway.local.reply.words import plain

ACME = (
    "You are the agent of Acme Bikes. Opening hours: Monday to Friday 9-17, Saturday 10am to 2pm. "
    "Never discuss prices."
)
SUNDAY = datetime(2026, 11, 22, 12, 0)


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


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Are you open at six?", "No, we are closed today at six p m. We are closed all day."),
        ("Are you open on Monday at 3 pm?", "Yes, we are open on Monday at three p m."),
        ("Is the shop still open?", "No, we are closed now. We open tomorrow at nine a m."),
        ("What about the day after tomorrow, are you open then?",
         "The day after tomorrow we are open from nine a m to five p m."),
        ("Are you open on Christmas Day?",
         "I do not know about Christmas. We are open Monday to Friday 9 to 17, Saturday ten a m to two p m."),
    ],
)  # fmt: skip
def test_an_hour_or_a_holiday(asked: str, answer: str) -> None:
    """Whether it is open then is said; of holidays nothing is known."""
    assert answer_hours(plain(asked), ACME, SUNDAY) == answer


@pytest.mark.parametrize(
    "asked",
    [
        "How many minutes are in two hours?",
        "I was on hold for two hours!",
        "Can you open a ticket for me?",
        "Is this an open line?",
        "Do you close a deal on the phone?",
        "Where is your office?",
    ],
)
def test_what_only_sounds_like_it(asked: str) -> None:
    """Hours, open and office are words of other questions, too."""
    assert answer_hours(plain(asked), ACME, SUNDAY) is None


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("Open daily 9am-5pm. Closed on Sundays.",
         "We are open Monday to Saturday from nine a m to five p m. On Sunday we are closed."),
        ("Our shop is open 24/7.", "We are open around the clock, every day."),
        ("Opening hours:\n- Mon-Thu 08:30-18:00\n- Fri 9-12\n- Sat, Sun closed",
         "We are open Monday to Thursday from eight thirty a m to six p m and on Friday from nine a m"  # noqa: ISC004
         " to noon. On Saturday and Sunday we are closed."),
        ("The shop opens at 8 and closes at 6.", "We are open every day from eight a m to six p m."),
    ],
)  # fmt: skip
def test_hours_of_several_sentences_are_told_in_one(told: str, said: str) -> None:
    """Days with the same hours together, closed days at the end."""
    assert answer_hours("what are your opening hours", told, SUNDAY) == said


def test_past_midnight() -> None:
    """Friday's hours hold early on Saturday."""
    bar = "The bar is open Thursday to Saturday from 8pm to 2am."
    at_one = datetime(2026, 11, 28, 1, 0)
    assert answer_hours("are you open now", bar, at_one) == "Yes, we are open now, until two a m."
    assert answer_hours("are you open now", bar, at_one + timedelta(hours=2)) == (
        "No, we are closed now. We open today at eight p m."
    )
    assert (
        answer_hours("are you open now", "We are open 24/7.", at_one) == "Yes, we are open around the clock."
    )


def test_unknown() -> None:
    """Without hours in the instructions that is said; a sentence that has some of it is."""
    assert answer_hours("when are you open", "You are an agent.", SUNDAY) == NOT_TOLD
    assert answer_hours("when do you open", "We open at nine sharp.", SUNDAY) == "We open at nine sharp."
    assert knows_hours(ACME)
    assert not knows_hours("You are an agent.")
    assert asks_holiday("are you open at easter")


@pytest.mark.parametrize(
    "asked",
    [
        "how late can i come tonight",
        "are you clothed today",
        "can i still come by today",
        "when can i come today",
    ],
)
def test_other_words_for_it_and_misheard_ones(asked: str) -> None:
    told = answer_hours(asked, "We are open Monday to Sunday, 9:00 to 17:00.", datetime(2026, 11, 23, 9, 30))
    assert told == "Today we are open from nine a m to five p m."
