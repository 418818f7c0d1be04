"""Digits said one by one, whatever recognition made of them: "for seven double to", "4729", "4-7-2"."""

from __future__ import annotations

import re

from gateway.local.reply.numbers import read_number
from gateway.local.reply.words import word_list

_DIGITS = {
    word: str(value)
    for value, word in enumerate(word_list("zero one two three four five six seven eight nine"))
}
_DIGITS |= {"oh": "0", "o": "0", "nought": "0", "nil": "0"}
_MISHEARD = {
    "won": "1",
    "to": "2",
    "too": "2",
    "tree": "3",
    "free": "3",
    "for": "4",
    "fore": "4",
    "ford": "4",
    "fife": "5",
    "sex": "6",
    "sicks": "6",
    "ate": "8",
    "nein": "9",
    "niner": "9",
    "knight": "9",
}
_TIMES = {"double": 2, "triple": 3, "treble": 3}
_FILLERS = frozenset(word_list("and then um uh comma dash is it the number please sir yes ok"))


def read_digits(text: str, *, lenient: bool = False) -> str:
    """Give the digits in `text`, or "" if something else is in it that is no filler.

    Strictly, a misheard word counts as a digit only beside real ones; leniently (after "repeat after me")
    it counts by itself.
    """
    tokens = re.sub(r"[^\w\s]", " ", text.lower()).split()
    out, certain, at = "", 0, 0
    while at < len(tokens):
        token = tokens[at]
        times = 1
        if token in _TIMES and at + 1 < len(tokens):
            times, at = _TIMES[token], at + 1
            token = tokens[at]
        if token.isdigit():
            out += token * times
            certain += 1
        elif token in _DIGITS:
            out += _DIGITS[token] * times
            certain += 1
        elif token in _MISHEARD:
            out += _MISHEARD[token] * times
        elif (number := read_number(tokens, at)) is not None and number[0] == int(number[0]):
            out += str(int(number[0]))
            certain += 1
            at = number[1]
            continue
        elif token not in _FILLERS:
            return ""
        at += 1
    return out if lenient or 2 * certain >= len(out) else ""
