"""Numbers, names, days, times, yes and no out of what callers say."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.local.reply.slots import is_strict, question, read_answer, read_slot

TEXT, YES_OR_NO, NUMBER = {"type": "string"}, {"type": "boolean"}, {"type": "integer"}
COLOUR = {"type": "string", "enum": ["light blue", "red"]}


@pytest.mark.parametrize(
    ("name", "schema", "text", "value"),
    [
        ("order_number", TEXT, "Five five one two.", "5512"),
        ("order_number", TEXT, "Yes, one moment, it is two two six nine.", "2269"),
        ("order_number", TEXT, "It is 8-1-3-5.", "8135"),
        ("order_number", TEXT, "I have lost it.", None),
        ("order_number", TEXT, "Time, time, one, two.", None),
        ("order_number", TEXT, "The status of order number nine zero four, please.", "904"),
        ("seats", NUMBER, "For six people, please.", 6),
        ("seats", NUMBER, "4.", 4),
        ("name", TEXT, "My name is Julia Stone.", "Julia Stone"),
        ("customer_name", TEXT, "Robert Brown.", "Robert Brown"),
        ("name", TEXT, "Yes, it's Anna.", "Anna"),
        ("surname", TEXT, "It is Berg", "Berg"),
        ("name", TEXT, "B-E-R-G", "Berg"),
        ("day", TEXT, "Next Friday please.", "Friday"),
        ("day", TEXT, "On the third of May.", "On the third of May"),
        ("time", TEXT, "At half past ten.", "10:30"),
        ("time", TEXT, "Half past ten.", "10:30"),
        ("time", TEXT, "At a quarter to four.", "3:45"),
        ("time", TEXT, "Three o'clock in the afternoon.", "15:00"),
        ("time", TEXT, "11:30", "11:30"),
        ("time", TEXT, "As soon as you can.", None),
        ("first_visit", YES_OR_NO, "Yes, it is.", True),
        ("first_visit", YES_OR_NO, "Um, yeah.", True),
        ("first_visit", YES_OR_NO, "That is right.", True),
        ("first_visit", YES_OR_NO, "No, it is not.", False),
        ("first_visit", YES_OR_NO, "Well, no.", False),
        ("first_visit", YES_OR_NO, "On Monday.", None),
        ("colour", COLOUR, "The light blue one.", "light blue"),
        ("colour", COLOUR, "The green one.", None),
    ],
)
def test_answers(name: str, schema: dict[str, Any], text: str, value: Any) -> None:
    assert read_answer(name, schema, text) == value


def test_not_everything_that_is_said_is_about_it() -> None:
    """What was said before anything was asked counts only where it plainly belongs to it."""
    text = "I would like an appointment, please."
    assert [read_slot(name, TEXT, text) for name in ("name", "day", "time", "number")] == [None] * 4
    assert read_slot("first_visit", YES_OR_NO, "Yes, an appointment.") is None
    assert read_slot("time", TEXT, "I have two dogs.") is None
    assert read_slot("city", TEXT, "The weather in Oslo?") == "Oslo"


def test_questions() -> None:
    assert question("order_number", TEXT) == "Please tell me the order number."
    assert question("first_visit", YES_OR_NO) == "First visit, yes or no?"
    assert is_strict("time", TEXT)
    assert not is_strict("city", TEXT)
