"""What a function needs is asked for, thing by thing, and the answers are put together."""

from __future__ import annotations

import pytest

from gateway.local.reply import SpokenReply, ToolCall
from gateway.local.reply.filling import LEFT, filled, missing_question
from gateway.local.reply.tools import matching_call
from tests.local.reply.test_tools import WEATHER, tool

ORDER = tool("order_status", ("order_number",), order_number={"type": "string"})
BOOKING = {
    "type": "function",
    "name": "book_appointment",
    "parameters": {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "day": {"type": "string"},
            "time": {"type": "string"},
            "first_visit": {"type": "boolean"},
        },
        "required": ["name", "day", "time", "first_visit"],
    },
}
STATUS = "What is the status of my order?"
ASK = "Please tell me the order number."
TOOLS = [WEATHER, ORDER, BOOKING]


def test_what_a_function_needs_is_asked_for() -> None:
    """Where the caller speaks of it, and has not said all."""
    assert matching_call(STATUS, [ORDER]) is None
    assert missing_question(STATUS, TOOLS) == ASK
    call = ToolCall("order_status", {"order_number": "12345"})
    assert filled([("", STATUS), (ASK, "One two three four five.")], TOOLS) == SpokenReply("", (call,))
    assert filled([("", STATUS), ("Something else.", "12345")], TOOLS) is None
    assert filled([("", "Hello."), (ASK, "12345")], TOOLS) is None
    assert missing_question("The order status of 12345, please.", [ORDER]) is None
    assert missing_question("Hello.", [ORDER]) is None
    odd = {**ORDER, "parameters": {"required": [5], "properties": 3}}
    assert missing_question(STATUS, [odd]) is None
    assert filled([("", STATUS), (ASK, "12345")], [odd]) is None


def test_one_thing_after_the_other() -> None:
    """A whole booking: name, day, time, yes or no; then the call with all of them."""
    said = [("Hello!", "I would like to book an appointment.")]
    asked = missing_question(said[0][1], TOOLS)
    for answer, following in (
        ("Yes, my name is Julia Stone.", "Please tell me the day."),
        ("On Tuesday, please.", "Please tell me the time."),
        ("At half past ten.", "First visit, yes or no?"),
    ):
        assert asked is not None
        said.append((asked, answer))
        reply = filled(said, TOOLS)
        assert reply == SpokenReply(following)
        asked = reply.text
    for answer, first in (("Yes, it is.", True), ("No, I have been there before.", False)):
        known = {"name": "Julia Stone", "day": "Tuesday", "time": "10:30", "first_visit": first}
        call = ToolCall("book_appointment", known)
        assert filled([*said, ("First visit, yes or no?", answer)], TOOLS) == SpokenReply("", (call,))


def test_what_was_said_at_first_is_not_asked_for() -> None:
    said = "Please book an appointment for Friday at nine, my name is Anna Berg."
    assert missing_question(said, TOOLS) == "First visit, yes or no?"


def test_an_answer_in_which_nothing_fits_is_asked_for_again_twice_at_most() -> None:
    said = [("", STATUS), (ASK, "The purple one.")]
    for _ in range(2):
        reply = filled(said, TOOLS)
        assert reply == SpokenReply(f"I did not get the order number. {ASK}")
        said.append((reply.text, "The purple one."))
    reply = filled(said, TOOLS)
    assert reply is not None
    assert reply.text.startswith("I am sorry, I do not understand the order number")
    call = ToolCall("order_status", {"order_number": "42"})
    assert filled([*said[:-1], (said[-1][0], "Four two.")], TOOLS) == SpokenReply("", (call,))


@pytest.mark.parametrize(
    ("answer", "reply"), [("Never mind.", SpokenReply(LEFT)), ("What time is it?", None)]
)
def test_a_caller_who_wants_something_else(answer: str, reply: SpokenReply | None) -> None:
    assert filled([("", STATUS), (ASK, answer)], TOOLS) == reply
