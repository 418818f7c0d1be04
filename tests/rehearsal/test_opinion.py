"""Sentences judged by words alone: stems, numbers, and whether there is a "not"."""

from __future__ import annotations

import pytest

from gateway.rehearsal.opinion import BY_WORDS, by_words


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("It tells the opening hours.", "We are open from nine to five."),
        ("The agent apologises and offers to call back.", "I am sorry. We can call you back tomorrow."),
        ("We open at nine.", "The office opens at 9."),
        ("It says goodbye.", "Bye, and thank you for calling."),
        (
            "It transfers the caller to the sales department.",
            "One moment, I will connect you with sales department.",
        ),
        ("The harbour street is named.", "We are in Harbor Street."),
        ("It cannot take payments.", "I am unable to take any payment."),
        ("The price is forty five pounds.", "A service costs 45 pounds."),
    ],
)
def test_what_amounts_to_it(sentence: str, said: str) -> None:
    assert by_words(sentence, said).held, by_words(sentence, said).why


@pytest.mark.parametrize(
    ("sentence", "said", "why"),
    [
        ("We open at nine.", "The office opens at ten.", "not heard: nine"),
        ("It can take payments.", "I cannot take payments.", "of 0.50"),
        ("It tells the address.", "We are open from nine to five.", "without address"),
        ("It says goodbye.", "", "without goodbye"),
    ],
)
def test_what_does_not(sentence: str, said: str, why: str) -> None:
    told = by_words(sentence, said)
    assert not told.held, told.why
    assert why in told.why
    assert told.by == BY_WORDS
