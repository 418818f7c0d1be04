"""What is asked for again is the agent's words, or the caller's own."""

from __future__ import annotations

import pytest

from gateway.local.reply.repeating import NOTHING_HEARD, NOTHING_SAID, answer_again

SAID = "It is noon."


@pytest.mark.parametrize(
    "asked",
    [
        "Can you repeat that?",
        "Could you please repeat that please?",
        "Say that again please.",
        "Pardon?",
        "Sorry, what did you say?",
        "Excuse me?",
        "Could you speak a bit louder?",
        "Please speak more slowly.",
        "I don't understand you.",
        "I didn't catch that.",
        "Would you mind repeating that?",
        "Huh?",
    ],
)
def test_the_agents_words(asked: str) -> None:
    """However it is asked for, and where it cannot speak up or slow down."""
    assert answer_again(asked, SAID, ()) == SAID
    assert answer_again(asked, "", ()) == NOTHING_SAID


def test_of_an_announcement_only_the_last_words() -> None:
    """A few sentences: nobody wants to hear it all again."""
    said = " ".join(
        ["This is a long sentence of an announcement that goes on and on."] * 5 + ["Call us.", SAID]
    )
    again = answer_again("Can you repeat that?", said, ())
    assert again is not None
    assert again.endswith(f"Call us. {SAID}")
    assert len(again) < 170
    alone = "One sentence that is very long" + " and long" * 30 + "."
    assert answer_again("Pardon?", alone, ()) == alone


def test_who_wants_attention_does_not_ask_for_the_same_again() -> None:
    """Without a question mark."""
    assert answer_again("Excuse me.", SAID, ()) is None


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("My number is five five five, one two three four. Can you repeat that?",
         "Five five five, one two three four."),
        ("My number is 5551234. Could you repeat it please?", "Five five five, one two three four."),
        ("It's zero two zero, seven nine four six. Did you get that?", "Zero two zero, seven nine four six."),
        ("My order number is A B one two. Please say that back.", "A, B, one two."),
        ("My name is Peter Smith. Can you repeat that?", "You said: My name is Peter Smith."),
        ("Hello. Can you repeat that?", SAID),
        ("Sorry, can you repeat that?", SAID),
        ("What time is it? I did not hear you.", SAID),
    ],
)  # fmt: skip
def test_the_callers_words_of_the_same_breath(asked: str, answer: str) -> None:
    """A number digit by digit, other things as they were heard; courtesies and questions are not meant."""
    assert answer_again(asked, SAID, ()) == answer


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Can you repeat my number?", "Four four two one."),
        ("What was my name?", "Your name is Anna Berg."),
        ("What did I just say?", "You said: Hello there."),
        ("What was my code?", "Four four two one."),
    ],
)
def test_what_the_caller_said_before(asked: str, answer: str) -> None:
    """Numbers and names of earlier turns are found."""
    before = ("Hello there.", "My number is four four two one.", "My name is Anna Berg.")
    assert answer_again(asked, SAID, before) == answer
    assert answer_again(asked, SAID, ()) == NOTHING_HEARD


@pytest.mark.parametrize(
    "asked",
    [
        "What time is it?",
        "My number is 5551234.",
        "Repeat after me: one two",
        "Repeat the number 8305, please.",
    ],
)
def test_anything_else(asked: str) -> None:
    """Left to the other rules."""
    assert answer_again(asked, SAID, ()) is None


def test_what_was_told_in_the_same_breath() -> None:
    """A name given and asked for at once."""
    assert answer_again("My name is Anna Miller. What is my name?", SAID, ()) == "Your name is Anna Miller."
    assert answer_again("My name is Anna Miller, what is my name?", SAID, ()) == "Your name is Anna Miller."
    assert answer_again("What is my name?", SAID, ("I am Peter.",)) == "Your name is Peter."
