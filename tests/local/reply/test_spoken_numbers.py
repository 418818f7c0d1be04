"""Figures are written out as they are said, by what stands around them."""

from __future__ import annotations

import pytest

from gateway.local.reply.spoken_numbers import write_numbers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-02-30", "2026-02-30"),
        ("31.02.2026", "31.02.2026"),
        ("13/13/2026", "13/13/2026"),
        ("May 5 people come?", "May 5 people come?"),
        ("May 5, 2026", "May fifth, twenty twenty-six"),
        ("24 December", "December twenty-fourth"),
        ("since 2005, from 2010 to 1900", "since two thousand and five, from twenty ten to nineteen hundred"),
        ("1500 calls in 1500 hours", "1500 calls in 1500 hours"),
        ("the 1900s and 2000s", "the nineteen hundreds and two thousands"),
        ("$1 or $1.01", "one dollar or one dollar and one cent"),
        ("100 JPY", "one hundred yen"),
        ("$5k, $2bn", "five thousand dollars, two billion dollars"),
        ("the code 123, the number is 456", "the code one two three, the number is four five six"),
        ("numbers 100 items", "numbers 100 items"),
        ("0.5 and 007", "0.5 and zero zero seven"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("200th", "two hundredth"),
        ("2/5", "2/5"),
    ],
)
def test_figures(text: str, said: str) -> None:
    """A day that there is not, a count, a share without a name stay as they are."""
    assert write_numbers(text) == said
