"""Numbers in words, both ways."""

from __future__ import annotations

from gateway.local.reply.words import word_list

_UNITS = word_list(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
_TENS = word_list("twenty thirty forty fifty sixty seventy eighty ninety")
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {"oh": 0, "nought": 0}
_TENFOLD = {word: 10 * (place + 2) for place, word in enumerate(_TENS)} | {"fourty": 40}
_LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_ORDINALS = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}

Read = tuple[float, int] | None
"""A number and the place after it, or None where there is none."""


def read_number(tokens: list[str], at: int = 0) -> Read:
    """Read a number from `tokens[at:]`, in figures or words: "minus two hundred and five point three"."""
    if _is(tokens, at, "minus", "negative"):
        found = read_number(tokens, at + 1)
        return (-found[0], found[1]) if found else None
    if _is(tokens, at, "a") and _is(tokens, at + 1, "dozen"):
        return 12, at + 2
    whole = _read_whole(tokens, at)
    return _read_rest(tokens, whole) if whole else None


def _is(tokens: list[str], at: int, *words: str) -> bool:
    return at < len(tokens) and tokens[at] in words


def _read_rest(tokens: list[str], whole: tuple[float, int]) -> tuple[float, int]:
    """Read what may follow a whole number: "point three three", "and a half"."""
    value, at = whole
    if tokens[at : at + 3] == ["and", "a", "half"]:
        return value + 0.5, at + 3
    decimals, after = "", at + 1
    while _is(tokens, at, "point") and after < len(tokens) and (digit := _digit(tokens[after])) is not None:
        decimals, after = decimals + digit, after + 1
    return (value + float(f"0.{decimals}"), after) if decimals else whole


def _digit(token: str) -> str | None:
    value = _SMALL.get(token)
    return (
        token
        if token.isascii() and token.isdigit()
        else str(value)
        if value is not None and value < 10
        else None
    )


def _read_whole(tokens: list[str], at: int) -> Read:
    """Read groups with their thousands and millions between."""
    group = _read_hundreds(tokens, at)
    total = 0.0
    while group is not None:
        value, at = group
        if not _is(tokens, at, *_LARGE):
            return total + value, at
        total += value * _LARGE[tokens[at]]
        group = _read_hundreds(tokens, at + 1, joined=True) or (0, at + 1)
    return None


def _read_hundreds(tokens: list[str], at: int, *, joined: bool = False) -> Read:
    """Read one group: "three hundred and five"; "a" counts before "hundred" and the large words."""
    if joined and _is(tokens, at, "and"):
        at += 1
    if _is(tokens, at, "a") and _is(tokens, at + 1, "hundred", *_LARGE):
        small: Read = (1, at + 1)
    else:
        small = _read_tens(tokens, at)
    if small is None or not _is(tokens, small[1], "hundred"):
        return small
    value, at = small[0] * 100, small[1] + 1
    rest = _read_tens(tokens, at + 1) if _is(tokens, at, "and") else _read_tens(tokens, at)
    return (value + rest[0], rest[1]) if rest and rest[0] < 100 else (value, at)


def _read_tens(tokens: list[str], at: int) -> Read:
    """Read a figure, or words below a hundred."""
    if at >= len(tokens):
        return None
    word = tokens[at]
    if word in _TENFOLD:
        unit = _SMALL.get(tokens[at + 1], 0) if at + 1 < len(tokens) else 0
        return (_TENFOLD[word] + unit, at + 2) if 0 < unit < 10 else (_TENFOLD[word], at + 1)
    if word in _SMALL:
        return _SMALL[word], at + 1
    try:
        return (float(word), at + 1) if word[:1].isdigit() else None
    except ValueError:
        return None


def say_whole(value: int) -> str:
    """Return a whole number in words."""
    if value < 0:
        return f"minus {say_whole(-value)}"
    if value < 20:
        return _UNITS[value]
    if value < 100:
        tens, unit = divmod(value, 10)
        return _TENS[tens - 2] + (f"-{_UNITS[unit]}" if unit else "")
    for name, size in ("billion", 10**9), ("million", 10**6), ("thousand", 1000), ("hundred", 100):
        if value >= size:
            count, rest = divmod(value, size)
            joined = " and " if 0 < rest < 100 else " "
            return f"{say_whole(count)} {name}" + (f"{joined}{say_whole(rest)}" if rest else "")
    raise AssertionError(value)


def say_number(value: float) -> str:
    """Return a number in words, with up to three decimals."""
    rounded = round(value, 3)
    if rounded == int(rounded):
        return say_whole(int(rounded))
    whole, decimals = f"{abs(rounded):.3f}".rstrip("0").split(".")
    sign = "minus " if rounded < 0 else ""
    return f"{sign}{say_whole(int(whole))} point {' '.join(_UNITS[int(digit)] for digit in decimals)}"


def say_ordinal(value: int) -> str:
    """Return a day of the month in words: "twenty-second"."""
    tens, unit = divmod(value, 10)
    if value in _ORDINALS:
        return _ORDINALS[value]
    if value > 20 and unit:
        return f"{_TENS[tens - 2]}-{say_ordinal(unit)}"
    word = say_whole(value)
    return (word[:-1] + "ieth") if word.endswith("y") else word + "th"


def say_digits(digits: str) -> str:
    """Return digits one by one, in groups of three or four as people say them."""
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
