from __future__ import annotations

import pytest

from gateway.local.reply.digits import answer_digits, read_digits, read_keys
from gateway.local.reply.words import plain


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("four seven two nine", "4729"),
        ("4-7-2-9", "4729"),
        ("4729", "4729"),
        ("Four, seven, two, nine.", "4729"),
        ("for seven two nine", "4729"),
        ("for 729", "4729"),
        ("one oh four", "104"),
        ("One o four.", "104"),
        ("double five triple seven", "55777"),
        ("twenty five thirty one", "2531"),
        ("1-555-867-53-09.", "15558675309"),
        ("five", "5"),
        ("um, nine and then eight", "98"),
    ],
)
def test_reading_digits(text: str, digits: str) -> None:
    """Digits are read from words, figures and what recognition makes of them."""
    assert read_digits(text) == digits


@pytest.mark.parametrize(
    "text", ["hello", "to", "for you", "one moment", "what is two plus two", "free", "99 minus 33"]
)
def test_no_digits(text: str) -> None:
    """A sentence with other words, or misheard ones alone, is no row of digits."""
    assert read_digits(text) == ""


@pytest.mark.parametrize(
    ("heard", "answer"),
    [
        ("Please repeat the digits for 729.", "Four seven two nine."),
        ("Repeat after me for seven two nine.", "Four seven two nine."),
        ("Repeat after me, four to ate.", "Four two eight."),
        ("My phone number is 555 867 5309.", "Five five five, eight six seven, five three zero nine."),
        ("The code is one two three four.", "One two three four."),
        ("My order number is A B one two three.", "A, B, one two three."),
        ("My order number is a B1233.", "A, B, one two three three."),
        ("My code is AB 12.", None),
        ("The number is in my letter.", None),
        ("The code is AB12.", "A, B, one two."),
        ("4 7 2 9", "Four seven two nine."),
        ("Repeat after me: the sky is blue.", "The sky is blue."),
        ("Repeat that, please.", None),
        ("What is five plus five?", None),
        ("Hello.", None),
    ],
)
def test_repeating(heard: str, answer: str | None) -> None:
    """Digits are repeated whenever nothing but digits is said, or they are asked to be."""
    assert answer_digits(plain(heard), heard) == answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("[caller pressed 5 on the keypad]", "You pressed five."),
        ("[The caller pressed the keys 12#]", "You pressed one two pound."),
        ("I pressed on", None),
    ],
)
def test_keys(text: str, answer: str | None) -> None:
    """Keys that a gateway reports as text are acknowledged."""
    assert read_keys(text) == answer


def test_one_digit_is_doubled_where_several_were_recognised_as_one_number() -> None:
    assert read_digits("my number is double 631".removeprefix("my number is ")) == "6631"
    assert read_digits("triple 0 five") == "0005"
