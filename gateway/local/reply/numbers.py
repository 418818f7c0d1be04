"""Numbers in words, both ways."""

from __future__ import annotations

from gateway.local.reply.words import word_list

_UNITS = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {
    word: 10 * (value + 2) for value, word in enumerate(_TENS)
}
_SMALL |= {"oh": 0, "nought": 0, "fourty": 40, "dozen": 12}
_LARGE = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {
    1: "first",
    2: "second",
    3: "third",
    5: "fifth",
    8: "eighth",
    9: "ninth",
    12: "twelfth",
}


def read_number(tokens: list[str], at: int = 0) -> tuple[float, int] | None:
    """Read a number from `tokens[at:]`, in figures or words; give it and the place after it."""
    if at < len(tokens) and tokens[at] in ("minus", "negative"):
        found = _read_unsigned(tokens, at + 1)
        return (-found[0], found[1]) if found else None
    return _read_unsigned(tokens, at)


def _read_unsigned(tokens: list[str], at: int) -> tuple[float, int] | None:
    whole = _read_whole(tokens, at)
    if whole is None:
        return None
    value, at = whole
    if at < len(tokens) and tokens[at] == "point":
        decimals = ""
        following = at + 1
        while following < len(tokens) and (digit := _digit(tokens[following])) is not None:
            decimals += digit
            following += 1
        if decimals:
            return value + float(f"0.{decimals}"), following
    if tokens[at : at + 3] == ["and", "a", "half"]:
        return value + 0.5, at + 3
    return value, at


def _digit(token: str) -> str | None:
    if token.isdigit():
        return token
    value = _SMALL.get(token)
    return str(value) if value is not None and value < 10 else None


def _figure(token: str) -> float | None:
    try:
        return float(token) if token[:1].isdigit() else None
    except ValueError:
        return None


def _read_whole(tokens: list[str], at: int) -> tuple[float, int] | None:
    total, group, start = 0.0, 0.0, at
    seen = False
    last = 1e12  # a smaller word must follow a larger one: "twenty five", not "five twenty"
    while at < len(tokens):
        token = tokens[at]
        value = _SMALL.get(token)
        figure = _figure(token)
        if (
            token in ("a", "an")
            and not seen
            and tokens[at + 1 : at + 2]
            and tokens[at + 1] in (*_LARGE, "dozen")
        ):
            group = 0 if tokens[at + 1] == "dozen" else 1
        elif figure is not None and not seen:
            group, last = figure, 0
        elif value is not None and (not seen or _fits(value, last)):
            group, last = group + value, value
        elif token == "hundred" and (seen or group):
            group, last = (group or 1) * 100, 100
        elif token in _LARGE and (seen or group):
            total, group, last = total + (group or 1) * _LARGE[token], 0, _LARGE[token]
        elif token == "and" and seen and last >= 100 and _starts_number(tokens, at + 1):
            at += 1
            continue
        else:
            break
        seen = True
        at += 1
    return (total + group, at) if seen and at > start else None


def _fits(value: float, last: float) -> bool:
    """Say whether a small number may follow: 5 after 20, 25 after 100, anything after a thousand."""
    return (last in range(20, 100, 10) and 0 < value < 10) or (last >= 100 and value > 0)


def _starts_number(tokens: list[str], at: int) -> bool:
    return at < len(tokens) and tokens[at] in _SMALL and tokens[at] != "oh"


def say_whole(value: int) -> str:
    """Give a whole number in words."""
    if value < 0:
        return f"minus {say_whole(-value)}"
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, unit = divmod(value, 10)
        return _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")
    for name, size in reversed(_LARGE.items()):
        if value >= size:
            count, rest = divmod(value, size)
            joined = " and " if 0 < rest < 100 else " "
            return f"{say_whole(count)} {name}" + (f"{joined}{say_whole(rest)}" if rest else "")
    raise AssertionError(value)


def say_number(value: float) -> str:
    """Give a number in words, with up to three decimals."""
    rounded = round(value, 3)
    if rounded == int(rounded):
        return say_whole(int(rounded))
    whole, decimals = f"{abs(rounded):.3f}".rstrip("0").split(".")
    sign = "minus " if rounded < 0 else ""
    return f"{sign}{say_whole(int(whole))} point {' '.join(_UNITS[int(digit)] for digit in decimals)}"


def say_ordinal(value: int) -> str:
    """Give a day of the month in words: "twenty-second"."""
    tens, unit = divmod(value, 10)
    if value in _ORDINALS:
        return _ORDINALS[value]
    if value > 20 and unit:
        return f"{_TENS[tens - 2]}-{say_ordinal(unit)}"
    word = say_whole(value)
    return (word[:-1] + "ieth") if word.endswith("y") else word + "th"


def say_digits(digits: str) -> str:
    """Give digits one by one, in groups of three or four as people say them."""
    spoken = [_UNITS[int(digit)] for digit in digits]
    if len(spoken) <= 5:
        return " ".join(spoken)
    sizes = [4, 4] if len(spoken) == 8 else [3] * (len(spoken) // 3)
    sizes[-1] += len(spoken) - sum(sizes)
    groups, at = [], 0
    for size in sizes:
        groups.append(" ".join(spoken[at : at + size]))
        at += size
    return ", ".join(groups)
