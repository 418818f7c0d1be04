"""English numbers in words, so that `9:30` and "nine thirty" are one. Pure."""

from __future__ import annotations

import re

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINAL = re.compile(r"([0-9]+)(?:st|nd|rd|th)")
_HALF_DAY = re.compile(r"([0-9]+)([ap]m)")


def spelled(word: str) -> str:
    """Return a word as it is, or a number below a million in words; longer ones digit by digit."""
    if ordinal := _ORDINAL.fullmatch(word):
        return spelled(ordinal[1])
    if half_day := _HALF_DAY.fullmatch(word):
        return f"{spelled(half_day[1])} {half_day[2]}"
    if not (word.isascii() and word.isdigit()):
        return word
    if len(word) > 6 or (len(word) > 1 and word.startswith("0")):
        return " ".join(_ONES[int(digit)] for digit in word)
    return _number(int(word))


def _number(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        ten, one = divmod(number, 10)
        return _TENS[ten] + (f" {_ONES[one]}" if one else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    many, rest = divmod(number, size)
    return f"{_number(many)} {name}" + (f" {_number(rest)}" if rest else "")
