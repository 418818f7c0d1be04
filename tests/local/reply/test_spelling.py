from __future__ import annotations

import pytest

from gateway.local.reply.spelling import answer_spelling, letters_spelled, name_given, spell


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("My name is Peter Smith.", "Peter Smith"),
        ("my name is peter", "peter"),
        ("Hello, this is Anna.", "Anna"),
        ("I'm Jean-Luc Picard, hello.", "Jean-Luc Picard"),
        ("My last name is O'Neill.", "O'Neill"),
        ("Call me Ishmael.", "Ishmael"),
        ("I am looking for a bike.", None),
        ("This is not what I asked.", None),
        ("What time is it?", None),
    ],
)
def test_names(text: str, name: str | None) -> None:
    """A name is what follows "my name is"; after "I am" only what has a capital."""
    assert name_given(text) == name


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("P-e-t-e-r.", "PETER"),
        ("P. E. T. E. R.", "PETER"),
        ("It is spelled A N N A", "ANNA"),
        ("S M Y T H E", "SMYTHE"),
        ("I am a man", None),
    ],
)
def test_letters(text: str, letters: str | None) -> None:
    """Three letters in a row are a spelled word."""
    assert letters_spelled(text) == letters


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Can you spell the name Peter Smith?", "Peter Smith is spelled: P, E, T, E, R. S, M, I, T, H."),
        (
            "My name is Peter Smith. Can you spell that?",
            "Peter Smith is spelled: P, E, T, E, R. S, M, I, T, H.",
        ),
        ("How do you spell Oslo?", "Oslo is spelled: O, S, L, O."),
        ("Please spell banana.", "banana is spelled: B, A, N, A, N, A."),
        ("P-e-t-e-r.", "I have P, E, T, E, R: Peter."),
        ("Can you spell it back?", "Anna is spelled: A, N, N, A."),
        ("Spell my name.", "Anna is spelled: A, N, N, A."),
        ("Hello", None),
    ],
)
def test_spelling(text: str, answer: str | None) -> None:
    """Names and words are spelled; "my name" is the one given before."""
    assert answer_spelling(text, ("What time is it?", "My name is Anna.")) == answer


def test_spelling_nothing() -> None:
    """Without a name it asks for one."""
    answer = answer_spelling("Can you spell my name?")
    assert answer is not None
    assert answer.startswith("Which name")


def test_letters_one_by_one() -> None:
    """Marks within a name are not spelled."""
    assert spell("O'Neill-2") == "O, N, E, I, L, L, 2"
