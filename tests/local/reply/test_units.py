"""Measures of time are turned into each other."""

from __future__ import annotations

from datetime import datetime

import pytest

from gateway.local.reply.units import answer_units
from gateway.local.reply.words import plain

NOW = datetime(2026, 11, 25, 14, 5)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("How many minutes are in two hours?", "Two hours are one hundred and twenty minutes."),
        ("How many seconds does a minute have?", "One minute is sixty seconds."),
        ("How many hours in a week?", "One week is one hundred and sixty-eight hours."),
        ("How many hours is ninety minutes?", "Ninety minutes are one point five hours."),
        ("How many minutes are there in half an hour?", "Half an hour is thirty minutes."),
        (
            "How many minutes are there in two and a half hours?",
            "Two point five hours are one hundred and fifty minutes.",
        ),
        ("How many months are in three years?", "Three years are thirty-six months."),
        ("How many weeks are in a year?", "One year has fifty-two weeks."),
        ("How many years are in a century?", "One century is one hundred years."),
        ("How many days until Christmas?", "Thirty days."),
        ("How long is it until New Year?", "Thirty-seven days."),
        ("How many days are in two months?", None),
        ("How many minutes must I wait?", None),
        ("How many eggs are in a dozen?", None),
        ("What are your hours?", None),
    ],
)
def test_how_many(asked: str, answer: str | None) -> None:
    """Seconds to weeks, and months to centuries; what has no fixed size is left alone."""
    assert answer_units(plain(asked), NOW) == answer


def test_a_feast_that_is_today() -> None:
    """Nothing is to be counted."""
    assert answer_units("how many days until christmas", NOW.replace(month=12, day=25)) == "That is today."
