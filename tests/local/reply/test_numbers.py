from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.local.reply.numbers import read_number, say_digits, say_number, say_ordinal, say_whole


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("seven", 7, 1),
        ("twenty five", 25, 2),
        ("twenty to five", 20, 1),
        ("a hundred", 100, 2),
        ("a hundred and five", 105, 4),
        ("one hundred twenty three thousand four hundred", 123_400, 7),
        ("two thousand and six", 2006, 4),
        ("three million", 3_000_000, 2),
        ("3 million", 3_000_000, 2),
        ("a dozen", 12, 2),
        ("minus four", -4, 2),
        ("three point one four", 3.14, 4),
        ("two and a half", 2.5, 4),
        ("12", 12, 1),
        ("3.5", 3.5, 1),
        ("five twenty", 5, 1),
        ("oh", 0, 1),
    ],
)
def test_reading(text: str, value: float, words: int) -> None:
    """A number is read as far as it goes."""
    assert read_number(text.split()) == (pytest.approx(value), words)


@pytest.mark.parametrize("text", ["hello", "", "a", "minus", "9:30", "and five"])
def test_no_number(text: str) -> None:
    """Other words are no number."""
    assert read_number(text.split()) is None


@settings(deadline=None)  # a busy machine is no mistake
@given(st.integers(min_value=0, max_value=999_999_999_999))
def test_what_is_said_can_be_read(value: int) -> None:
    """Saying and reading are inverse."""
    tokens = say_whole(value).replace("-", " ").split()
    assert read_number(tokens) == (value, len(tokens))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "zero"),
        (84, "eighty-four"),
        (-3, "minus three"),
        (105, "one hundred and five"),
        (1234, "one thousand two hundred and thirty-four"),
        (2.5, "two point five"),
        (1 / 3, "zero point three three three"),
        (-0.25, "minus zero point two five"),
        (3.0004, "three"),
    ],
)
def test_saying(value: float, words: str) -> None:
    """Numbers in words, three decimals at most."""
    assert say_number(value) == words


@pytest.mark.parametrize(
    ("day", "word"),
    [(1, "first"), (12, "twelfth"), (13, "thirteenth"), (20, "twentieth"), (22, "twenty-second")],
)
def test_ordinals(day: int, word: str) -> None:
    """Days of the month."""
    assert say_ordinal(day) == word


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("4729", "four seven two nine"),
        ("5558675", "five five five, eight six seven five"),
        ("12345678", "one two three four, five six seven eight"),
        ("4917012345", "four nine one, seven zero one, two three four five"),
        ("123456", "one two three, four five six"),
    ],
)
def test_digits_in_groups(digits: str, words: str) -> None:
    """Long numbers are said in groups, none of them a single digit."""
    assert say_digits(digits) == words
