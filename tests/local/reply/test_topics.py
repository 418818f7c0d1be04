"""Wishes that cannot be fulfilled are told to have been heard, each in words of its own."""

from __future__ import annotations

import pytest

from gateway.local.reply.topics import answer_topic, offer
from gateway.local.reply.words import plain

OPEN = "We are open Monday to Friday, 9 to 17."

WISHES = {
    "I'd like to book a table for two.": "book",
    "Can I make an appointment?": "appointment",
    "I want to leave a message for Mister Jones.": "message",
    "Please tell him that I called.": "message",
    "Can you call me back tomorrow?": "call you back",
    "What's the weather like?": "weather",
    "Is it cold outside?": "weather",
    "Tell me a joke.": "joke",
    "Sing me a song.": "sing",
    "What's your address?": "address",
    "How do I get to you?": "address",
    "Can you tell me where your office is?": "address",
    "My address is 12 Main Street.": "write anything down",
    "What is your phone number?": "number",
    "What's your email address?": "email",
    "How much does it cost?": "prices",
    "Can I pay by card?": "payments",
    "I want to cancel my order.": "order",
    "I want to complain!": "sorry",
    "Who won the match?": "news",
    "I need an ambulance, this is an emergency!": "emergency",
    "I forgot my password.": "accounts",
    "Do you speak Spanish?": "Spanish",
    "Can we talk in French?": "French",
    "Sprechen Sie Deutsch?": "English",
    "Do you speak another language?": "English",
}


@pytest.mark.parametrize(("asked", "heard"), WISHES.items())
def test_a_wish_is_heard(asked: str, heard: str) -> None:
    """What was understood is in the answer."""
    assert heard in (answer_topic(plain(asked), "") or "")


def test_each_in_words_of_its_own() -> None:
    """Two wishes are not answered alike, but for two ways to say one."""
    said = [answer_topic(plain(asked), OPEN) for asked in WISHES]
    assert len(set(said)) >= len(WISHES) - 4


def test_what_is_offered_instead() -> None:
    """Opening hours where they are known; never a joke's sums to who is in danger."""
    assert "when we are open" in (answer_topic("i want to book a room", OPEN) or "")
    assert "the time" in (answer_topic("i want to book a room", "") or "")
    assert offer("", OPEN) == ""
    assert "sum" not in (answer_topic("call an ambulance", OPEN) or "")


@pytest.mark.parametrize(
    "asked", ["What time is it?", "Hello", "The purple elephant sits.", "The purple elephant sings."]
)
def test_anything_else(asked: str) -> None:
    """Left to the other rules."""
    assert answer_topic(plain(asked), "") is None
