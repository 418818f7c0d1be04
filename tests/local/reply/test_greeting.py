from __future__ import annotations

import pytest

from gateway.local.reply.greeting import DEFAULT, company, greeting, quoted, words_told

ACME = (
    'You are the phone agent of Acme Bikes. Greet callers with "Acme Bikes, hello! What can I do?" Be short.'
)


def test_quotes() -> None:
    """Text within double quotes, straight or curly, is to be said."""
    assert quoted('Greet the caller: "Thanks for calling Acme."') == "Thanks for calling Acme."
    assert quoted("Say \u201cone\u201d and \u201ctwo\u201d") == "one two"
    assert quoted("Say hello") is None


def test_company() -> None:
    """Whose agent it is stands in the instructions."""
    assert company("You are the phone agent of Acme Bikes. Be short.") == "Acme Bikes"
    assert company("You are a receptionist at Hotel Bristol, in Oslo.") == "Hotel Bristol"
    assert company("You are a friendly voice agent on the telephone.") is None


@pytest.mark.parametrize(
    ("instructions", "said"),
    [
        (ACME, "Acme Bikes, hello! What can I do?"),
        ("You are the phone agent of Acme Bikes.", "Hello, this is Acme Bikes. How can I help you?"),
        ("Be kind.", DEFAULT),
    ],
)
def test_greeting(instructions: str, said: str) -> None:
    """The session's greeting, else its company's name, else a default."""
    assert greeting(instructions) == said


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ('Greet the caller: "Thanks for calling Acme."', "Thanks for calling Acme."),
        ("Greet the caller.", "Acme Bikes, hello! What can I do?"),
        ("Say that the line is bad.", "The line is bad."),
        ("Tell the caller: please hold on.", "Please hold on."),
        ("Answer the question.", None),
    ],
)
def test_what_a_response_is_told(told: str, said: str | None) -> None:
    """Quoted words are said verbatim, greetings and announcements are understood."""
    assert words_told(told, ACME) == said
