"""Digits said one by one, whatever recognition made of them: "for seven double to", "4729", "4-7-2"."""

from __future__ import annotations

import re

from gateway.local.reply.numbers import read_number, say_digits
from gateway.local.reply.words import after, word_list

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
    """Return the digits in `text`, or "" if something else is in it that is no filler.

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
        if token.isascii() and token.isdigit():
            out += token[0] * times + token[1:]  # "double 631" is recognised for "double six three one"
            certain += len(token) + times - 1
        elif token in _DIGITS:
            out += _DIGITS[token] * times
            certain += times
        elif token in _MISHEARD:
            out += _MISHEARD[token] * times
        elif (number := read_number(tokens, at)) is not None and number[0] == abs(int(number[0])):
            out += str(int(number[0]))
            certain = len(out)
            at = number[1]
            continue
        elif token not in _FILLERS:
            return ""
        at += 1
    return out if lenient or 2 * certain >= len(out) else ""


_ASKED = (
    r"repeat(?: after me| back)?(?: the| these| my)?(?: digits| numbers| number)?",
    r"my (?:\w+ )?number is",
    r"the (?:number|code|pin) is",
    r"(?:say|read) (?:after me|back)",
)
_KEY_NAMES = {"*": "star", "#": "pound"}


def read_code(text: str) -> list[str]:
    """Return the letters and runs of digits of a code ("a b one two"), nothing if it has other words."""
    parts: list[str] = []
    for token in re.sub(r"[^\w\s]", " ", text.lower()).split():
        digit = _DIGITS.get(token)
        if digit is None and not re.fullmatch(r"[a-z]?(?:[a-z]{0,3}\d+)?", token, re.ASCII):
            return []
        for one in [digit] if digit is not None else re.findall(r"[a-z]|\d+", token):
            if one.isdigit() and parts and parts[-1].isdigit():
                parts[-1] += one
            else:
                parts.append(one.upper())
    return parts if any(part.isdigit() for part in parts) else []


def answer_digits(text: str, as_heard: str) -> str | None:
    """Repeat digits, or after "repeat after me" anything, in plain words."""
    tail = after(text, *_ASKED)
    digits = read_digits(tail, lenient=True) if tail else read_digits(text)
    if digits:
        return f"{say_digits(digits).capitalize()}."
    code = read_code(tail) if tail else ""
    if code:
        return f"{', '.join(say_digits(one) if one.isdigit() else one for one in code)}."
    echoed = after(as_heard, "(?:repeat|say) after me")
    return f"{echoed.strip(' .?!').capitalize()}." if echoed else None


def read_keys(text: str) -> str | None:
    """Return which key was pressed, when a gateway tells it as text: "[caller pressed 5 on the keypad]"."""
    found = re.search(r"\bpressed (?:the )?(?:keys? )?([\d*#]+)", text.lower())
    if not found:
        return None
    return f"You pressed {' '.join(_KEY_NAMES.get(key) or say_digits(key) for key in found[1])}."
