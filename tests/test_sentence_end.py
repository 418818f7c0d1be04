"""Whether somebody has finished."""

import pytest

from gateway.sentence_end import breaks_off, looks_finished


@pytest.mark.parametrize(
    "text",
    [
        "What time is it?",
        "Hello! What time is it, please?",
        "What is it for?",
        "What can you do?",
        "Who is this?",
        "How are you?",
        "What are your opening hours?",
        "Thank you very much.",
        "Goodbye.",
        "Stop.",
        "Yes.",
        "No, I don't.",
        "So do I.",
        "Should I?",
        "Where am I?",
        "If I come on Sunday, will you be open?",
        "I would like to know whether you are open on Sunday.",
        "My number is two four six eight one three five seven nine zero.",
        "Is that all you need?",
        "Where are you from?",
        "What do you mean?",
        "I do not know what to do.",
        "That is what I wanted to know.",
        "Before noon.",
        "Me too.",
        "Guten Tag",
        "...!",
        "",
    ],
)
def test_whole_sentences(text: str) -> None:
    """Questions, courtesies, whole wishes, whole numbers, and nothing at all."""
    assert looks_finished(text)


@pytest.mark.parametrize(
    "text",
    [
        "I would like to",
        "I would like to know",
        "Well, um...",
        "Call me and",
        "My name is,",
        "Can you tell me",
        "Can you tell me the",
        "What is the",
        "I'm calling about",
        "One two",
        "My number is four seven",
        "24 7",
        "M E Y",
        "If I come on Sunday",
        "I want to book a table",
        "When do you?",
        "How can I",
        "Do you know?",
        "I have a question about that",
        "It is open on Sunday,",
        "The thing is that I",
        "And then we.",
        "How much does it cost to?",
        "Do you have any?",
        "What kind of?",
        "How many people can?",
        "Does the price include?",
        "Are you sure that?",
        "Could you please?",
        "No, I mean.",
        "Let me see.",
        "Give me a moment, please.",
        "Put me through, too.",
        "Before I decide.",
        "There are three.",
        "Seven-seven.",
    ],
)
def test_what_somebody_will_go_on_after(text: str) -> None:
    """Words that need others, numbers in pairs, letters, half a condition, half a wish."""
    assert not looks_finished(text)


def test_a_wish_breaks_off_only_in_the_middle() -> None:
    """It may be all; after "the" it is not."""
    assert not breaks_off("I want to book a table.")
    assert breaks_off("I want to book the")
    assert breaks_off("I want to book")
    assert not breaks_off("I want to buy a book")
    assert not breaks_off("I want to change my last order.")
    assert not breaks_off("I know that.")
    assert not breaks_off("")


@pytest.mark.parametrize("text", ["One two,", "Nine eight", "The number is two four", "5 1"])
def test_nobody_ends_a_number_after_two_digits(text: str) -> None:
    """What has no more is said as one number."""
    assert breaks_off(text)
    assert not breaks_off("One two three four.")
    assert not breaks_off("Twenty four.")
    assert not breaks_off("Two.")
