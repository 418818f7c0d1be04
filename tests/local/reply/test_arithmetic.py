from __future__ import annotations

import pytest

from gateway.local.reply.arithmetic import answer_arithmetic
from gateway.local.reply.words import plain


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What is seven plus five?", "Seven plus five is twelve."),
        ("What's twenty-five plus seventeen?", "Twenty-five plus seventeen is forty-two."),
        ("How much is twelve times seven?", "Twelve times seven is eighty-four."),
        ("What is 120 minus 35?", "One hundred and twenty minus thirty-five is eighty-five."),
        (
            "What is one hundred and twenty minus thirty five?",
            "One hundred and twenty minus thirty-five is eighty-five.",
        ),
        ("What is mine squared?", "Nine squared is eighty-one."),
        ("How much is 12 x 7?", "Twelve times seven is eighty-four."),
        ("What is 7 + 5?", "Seven plus five is twelve."),
        ("What is 10 / 4?", "Ten divided by four is two point five."),
        ("ten divided by three", "Ten divided by three is three point three three three."),
        ("a hundred minus one", "One hundred minus one is ninety-nine."),
        ("Two plus two times three.", "Two plus two times three is eight."),
        ("What is two to the power of ten?", "Two to the power of ten is one thousand and twenty-four."),
        ("What is the square root of 144?", "The square root of one hundred and forty-four is twelve."),
        ("nine squared", "Nine squared is eighty-one."),
        ("What is 15% of 80?", "Fifteen percent of eighty is twelve."),
        ("fifteen percent of eighty", "Fifteen percent of eighty is twelve."),
        ("What is half of nine?", "Half of nine is four point five."),
        ("Can you add five and three?", "Five plus three is eight."),
        ("Subtract three from ten.", "Ten minus three is seven."),
        ("Multiply six by seven, please.", "Six times seven is forty-two."),
        ("divide 100 by 8", "One hundred divided by eight is twelve point five."),
        ("What is two and two?", "Two plus two is four."),
        ("What is five plus to?", "Five plus two is seven."),
        ("What is five divided by zero?", "I cannot divide by zero."),
        ("What is 9999999 times 9999999?", "That number is too large for me."),
        ("What is ten to the power of 999?", "That number is too large for me."),
        ("minus four plus two", "Minus four plus two is minus two."),
    ],
)
def test_sums(asked: str, answer: str) -> None:
    """A sum is repeated with its result."""
    assert answer_arithmetic(plain(asked)) == answer


@pytest.mark.parametrize(
    "asked",
    ["Hello.", "What time is it?", "Five.", "I have been here many times.", "It is over.", "two and three"],
)
def test_no_sum(asked: str) -> None:
    """Words of arithmetic without numbers around them are left to others."""
    assert answer_arithmetic(plain(asked)) is None
