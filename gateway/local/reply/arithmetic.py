"""Simple arithmetic, spoken: "what is twenty-five plus seventeen", "a third of ninety", "12 x 7"."""

from __future__ import annotations

import math
import re

from gateway.local.reply.numbers import read_number, say_number

_OPERATORS = (
    (r"\bto the power of\b|\*\*|\^", "^"),
    (r"\bmultiplied (?:by|with)\b|\btimes\b|\btime\b(?= \d)|(?<=\d)\s*x\s*(?=\d)|\*|\u00d7", "*"),
    (r"\bdivided by\b|\bdivide by\b|\bover\b|÷|/", "/"),
    (r"\bplus\b|\badded to\b|\+", "+"),
    (r"\bminus\b|\bless\b|\btake away\b|(?<=\d)\s+-\s+(?=\d)", "-"),
)
_VERBS = (
    (r"\b(?:add|sum of|some of)\b(.*)\b(?:and|to|plus)\b(.*)", "+", False),
    (r"^(?:what is|what are|how much is|how much are)\b(.*)\band\b(.*)$", "+", False),
    (r"\b(?:difference between)\b(.*)\band\b(.*)", "-", False),
    (r"\bsubtract\b(.*)\bfrom\b(.*)", "-", True),
    (r"\b(?:multiply|product of)\b(.*)\b(?:by|and|with)\b(.*)", "*", False),
    (r"\bdivide\b(.*)\b(?:by|through)\b(.*)", "/", False),
)
_NAMES = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of"}
_RANK = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_SHARES = {
    "half": 2,
    "a third": 3,
    "one third": 3,
    "a quarter": 4,
    "one quarter": 4,
    "a fifth": 5,
    "a tenth": 10,
}
_HOMOPHONES = {
    "mine": "nine",
    "to": "two",
    "too": "two",
    "for": "four",
    "ate": "eight",
    "won": "one",
    "tree": "three",
}


def answer_arithmetic(text: str) -> str | None:
    """Answer a sum asked in plain words, or None if there is none in it."""
    for one in (_root_or_square, _percent, _share, _chain, _verb):
        answer = one(text)
        if answer is not None:
            return answer
    return None


def _only_number(text: str) -> float | None:
    tokens = [_HOMOPHONES.get(token, token) for token in text.split()]
    found = read_number(tokens)
    return found[0] if found and found[1] == len(tokens) else None


def _last_number(text: str) -> float | None:
    """Return the number that `text` ends with, leaving out what stands before it."""
    tokens = text.split()
    for at in range(len(tokens)):
        found = _only_number(" ".join(tokens[at:]))
        if found is not None:
            return found
    return None


def _first_number(text: str) -> float | None:
    """Return the number that `text` begins with, leaving out what follows: "seven please"."""
    tokens = [_HOMOPHONES.get(token, token) for token in text.split()]
    found = read_number(tokens)
    return found[0] if found else None


def _root_or_square(text: str) -> str | None:
    found = re.search(r"\bsquare root of (.+)", text)
    if found and (value := _first_number(found[1])) is not None:
        if value < 0:
            return f"{_sentence('There is no real square root of')} {say_number(value)}."
        return f"The square root of {say_number(value)} is {say_number(math.sqrt(value))}."
    found = re.search(r"(.+) squared\b", text)
    if found and (value := _last_number(found[1])) is not None:
        return f"{_sentence(say_number(value))} squared is {say_number(value * value)}."
    return None


def _percent(text: str) -> str | None:
    found = re.search(r"(.+?)\s*(?:\bpercent|\bper cent|%) of (.+)", text)
    if not found:
        return None
    share, whole = _last_number(found[1]), _first_number(found[2])
    if share is None or whole is None:
        return None
    return (
        f"{_sentence(say_number(share))} percent of {say_number(whole)} is {say_number(share * whole / 100)}."
    )


def _share(text: str) -> str | None:
    for name, parts in _SHARES.items():
        found = re.search(rf"\b{name} of (.+)", text)
        if found and (value := _first_number(found[1])) is not None:
            return f"{_sentence(name)} of {say_number(value)} is {say_number(value / parts)}."
    return None


def _verb(text: str) -> str | None:
    for pattern, operator, swapped in _VERBS:
        found = re.search(pattern, text)
        if not found:
            continue
        left, right = _last_number(found[1].strip()), _first_number(found[2].strip())
        if left is not None and right is not None:
            return _result([right, left] if swapped else [left, right], [operator])
    return None


def _chain(text: str) -> str | None:
    """Read numbers with operators between them, as many as there are."""
    for pattern, operator in _OPERATORS:
        text = re.sub(pattern, f" {operator} ", text)
    text = re.sub(r"(^|\bis|[-+*/^])\s+-\s", r"\1 minus ", text).strip()  # a sign, not an operator
    parts = re.split(r"\s([-+*/^])\s", text)
    if len(parts) < 3:
        return None
    numbers = [
        _last_number(parts[0]),
        *(_only_number(part) for part in parts[2:-1:2]),
        _first_number(parts[-1]),
    ]
    operators = parts[1::2]
    known = [number for number in numbers if number is not None]
    return _result(known, operators) if len(known) == len(operators) + 1 else None


def _result(numbers: list[float], operators: list[str]) -> str:
    asked = say_number(numbers[0])
    for operator, number in zip(operators, numbers[1:], strict=True):
        asked += f" {_NAMES[operator]} {say_number(number)}"
    try:
        value = _evaluate(list(numbers), list(operators))
    except ZeroDivisionError:
        return "I cannot divide by zero."
    except OverflowError:
        return "That number is too large for me."
    if abs(value) >= 1e12:
        return "That number is too large for me."
    return f"{_sentence(asked)} is {say_number(value)}."


def _evaluate(numbers: list[float], operators: list[str]) -> float:
    for rank in (3, 2, 1):
        at = 0
        while at < len(operators):
            if _RANK[operators[at]] != rank:
                at += 1
                continue
            numbers[at : at + 2] = [_apply(operators.pop(at), numbers[at], numbers[at + 1])]
    return numbers[0]


def _apply(operator: str, left: float, right: float) -> float:
    match operator:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
    if abs(right) > 64:
        raise OverflowError
    return float(left**right)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
