from __future__ import annotations

import pytest

from gateway.local.reply.facts import answer_fact, fact_sentences
from gateway.local.reply.words import plain

ACME = """You are the phone agent of Acme Bikes. Be short and friendly.
- We are located at 12 Main Street, Oslo.
- Parking is free behind the house.
- A repair costs 40 dollars. Shipping takes three days.
Never promise anything."""


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Where are you located?", "We are located at 12 Main Street, Oslo."),
        ("What is your address?", "We are located at 12 Main Street, Oslo."),
        ("Is there any parking?", "Parking is free behind the house."),
        ("What does a repair cost?", "A repair costs 40 dollars."),
        ("How long does shipping take?", "Shipping takes three days."),
        ("What does a repear cost?", "A repair costs 40 dollars."),
        ("Do you sell elephants?", None),
        ("Hello there", None),
        ("What can you promise?", None),
    ],
)
def test_questions(asked: str, answer: str | None) -> None:
    """The sentence that shares the question's words is the answer."""
    assert answer_fact(plain(asked), ACME) == answer


def test_a_place_is_told_by_what_names_one() -> None:
    """A sentence that only speaks of it is no answer; nor is one that another rule has looked at."""
    office = "The office is open Monday to Friday, 9:00 to 17:00."
    assert answer_fact("where is your office", office) is None
    assert answer_fact("where is your office", f"{office}\nThe office is next to the station.") == (
        "The office is next to the station."
    )
    assert answer_fact("is this an open office", office, [office]) is None


def test_orders_are_no_facts() -> None:
    """What tells the agent how to behave is never read out."""
    assert fact_sentences(ACME) == [
        "We are located at 12 Main Street, Oslo.",
        "Parking is free behind the house.",
        "A repair costs 40 dollars.",
        "Shipping takes three days.",
    ]
