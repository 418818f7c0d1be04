"""Dates, money, years, measures and numbers in figures, written out as they are said."""

from __future__ import annotations

import re
from datetime import date

from gateway.local.reply.clock import say_opening_time, say_year
from gateway.local.reply.numbers import say_digits, say_number, say_ordinal, say_whole
from gateway.local.reply.words import word_list

_MONTHS = word_list("January February March April May June July August September October November December")
_MONTH = (
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)(?:uary|ruary|ch|il|e|y|ust|ember|tember"
    r"|ober)?\.?"
)
_CURRENCIES = {
    "$": ("dollar", "cent"), "usd": ("dollar", "cent"), "us$": ("dollar", "cent"),
    "\u20ac": ("euro", "cent"), "eur": ("euro", "cent"),
    "\u00a3": ("pound", "penny"), "gbp": ("pound", "penny"),
    "chf": ("franc", "centime"), "\u00a5": ("yen", ""), "jpy": ("yen", ""),
}  # fmt: skip
_SIGN = r"(?:US\$|[$\u20ac\u00a3\u00a5]|\b(?:USD|EUR|GBP|CHF|JPY)\b)"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:[.,]\d{1,2})?(?!\d)"
_SCALE = r"(?:\s?(?P<scale>thousand|million|billion|[kK]\b|[mM]\b|bn\b))?"
_SCALES = {"k": "thousand", "m": "million", "bn": "billion"}
_MEASURES = {
    "km/h": "kilometers an hour", "mph": "miles an hour", "km": "kilometers", "cm": "centimeters",
    "mm": "millimeters", "kg": "kilograms", "mg": "milligrams", "ml": "milliliters", "kwh": "kilowatt hours",
    "kw": "kilowatts", "gb": "gigabytes", "mb": "megabytes", "kb": "kilobytes", "tb": "terabytes",
    "min": "minutes", "mins": "minutes", "hrs": "hours", "sec": "seconds", "secs": "seconds",
    "ms": "milliseconds", "sqm": "square meters", "m\u00b2": "square meters", "lbs": "pounds", "oz": "ounces",
    "\u00b0c": "degrees Celsius", "\u00b0f": "degrees Fahrenheit", "\u00b0": "degrees", "ft": "feet",
}  # fmt: skip
_CODE_WORDS = (
    r"codes?|pins?|numbers?|no\.?|ext(?:ension)?\.?|rooms?|zip|zip code|postcode|ids?|tickets?|orders?"
    r"|ref(?:erence)?\.?|bookings?"
    r"|customer|account|invoice|case|passwords?|access|flight|gate|line|dial|call|press|key"
)
LOOK_BACK = 24
"""Letters before a figure that tell what it is."""
_SHARES = {
    (1, 2): "one half",
    (1, 3): "one third",
    (2, 3): "two thirds",
    (1, 4): "one quarter",
    (3, 4): "three quarters",
}


def write_numbers(text: str) -> str:
    """Write out what the voice does not read, or reads otherwise than it is meant."""
    for step in _STEPS:
        text = step(text)
    return text


# --- dates ------------------------------------------------------------------------------------------


def _dates(text: str) -> str:
    text = re.sub(
        r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::\d{2})?(?:Z\b)?)?(?![\d-])", _say_iso, text
    )
    text = re.sub(r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b", lambda m: _say_date(m[0], m[3], m[2], m[1]), text)
    text = re.sub(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b", _say_slashed, text)
    text = re.sub(
        rf"\b(?P<month>{_MONTH})\s(?P<day>\d{{1,2}})(?:st|nd|rd"
        rf"|th)?\b(?!:)(?:,?\s(?P<year>\d{{4}})\b)?",
        _say_named,
        text,
    )
    return re.sub(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th"
        rf"|\.)?\s(?:of\s)?(?P<month>{_MONTH})(?!\w)(?:,?\s(?P<year>\d{{4}})\b)?",
        _say_named,
        text,
    )


def _say_iso(found: re.Match[str]) -> str:
    said = _say_date(found[0], found[1], found[2], found[3])
    if found[4] and said != found[0]:
        said += f" at {say_opening_time(int(found[4]) % 24, int(found[5]) % 60)}"
    return said


def _say_slashed(found: re.Match[str]) -> str:
    """The month first, as in America, unless it cannot be one."""
    month, day = (found[1], found[2]) if int(found[1]) <= 12 else (found[2], found[1])
    return _say_date(found[0], found[3], month, day)


def _say_named(found: re.Match[str]) -> str:
    month = next(at for at, name in enumerate(_MONTHS, 1) if name.startswith(found["month"][:3]))
    if found["month"] == "May" and not found["year"] and found.start("month") < found.start("day"):
        return found[0]  # "May 5 people come?"
    return _say_date(found[0], found["year"], str(month), found["day"])


def _say_date(written: str, year: str | None, month: str, day: str) -> str:
    try:
        one = date(int(year or 2000), int(month), int(day))
    except ValueError:
        return written
    said = f"{_MONTHS[one.month - 1]} {say_ordinal(one.day)}"
    return f"{said}, {say_year(one.year)}" if year else said


def _years(text: str) -> str:
    text = re.sub(r"\b(1[1-9]|20)(\d)0s\b", _say_decade, text)
    known = (
        rf"(?:in|since|from|until|till|before|after|by|year|of|to|for|and|{_MONTH.rstrip('?')}?"
        rf"|\d{{4}}[,;])"
    )
    return re.sub(
        r"(?<=\s)(?<!\d\s)((?:1[1-9]|20)\d\d)(?![\d\w]|[.,:/-]\d)", lambda m: _say_year(m, known), f" {text}"
    )[1:]


def _say_year(found: re.Match[str], known: str) -> str:
    before = found.string[max(found.start() - LOOK_BACK, 0) : found.start()].rstrip(" ")
    counted = re.compile(r"\s(?:people|\w+s)\b").match(found.string, found.end())
    if re.search(rf"\b{known}$", before, re.IGNORECASE) and not counted:
        return say_year(int(found[1]))
    return found[0]


def _say_decade(found: re.Match[str]) -> str:
    century, tens = int(found[1]), int(found[2])
    if not tens:
        return f"{say_whole(century)} hundreds" if century != 20 else "two thousands"
    word = say_whole(10 * tens) if tens > 1 else "ten"
    return f"{say_whole(century)} {word.removesuffix('y')}{'ies' if word.endswith('y') else 's'}"


# --- money and measures -------------------------------------------------------------------------------


def _money(text: str) -> str:
    text = re.sub(rf"(?P<sign>{_SIGN})\s?(?P<amount>{_AMOUNT}){_SCALE}", _say_money, text)
    return re.sub(rf"(?<![\w.,])(?P<amount>{_AMOUNT}){_SCALE}\s?(?P<sign>{_SIGN})", _say_money, text)


def _say_money(found: re.Match[str]) -> str:
    whole, cents = _amount(found["amount"])
    large, small = _CURRENCIES[found["sign"].lower()]
    scale = found["scale"]
    if scale:
        figure = say_number(whole + cents / 100)
        return f"{figure} {_SCALES.get(scale.lower(), scale)} {_many(2, large)}"
    said = f"{say_whole(whole)} {_many(whole, large)}" if whole or not cents else ""
    if not cents or not small:
        return said
    coins = f"{say_whole(cents)} {_many(cents, small)}"
    return f"{said} and {coins}" if said else coins


def _amount(text: str) -> tuple[int, int]:
    """Return whole and hundredths of "1,200.50", "12,50" or "12.5"."""
    text = re.sub(r",(?=\d{3})", "", text).replace(",", ".")
    whole, _, rest = text.partition(".")
    return int(whole), int(rest.ljust(2, "0")) if rest else 0


def _many(count: int, word: str) -> str:
    if count == 1 or word == "yen":
        return word
    return "pence" if word == "penny" else f"{word}s"


def _percentages(text: str) -> str:
    text = re.sub(r"(?<![\w.,])(\d+)[.,](\d+)\s?%", lambda m: f"{_decimal(m[1], m[2])} percent", text)
    return re.sub(r"(\d)\s?%", r"\1 percent", text)


def _decimal(whole: str, rest: str) -> str:
    return f"{say_whole(int(whole))} point {' '.join(say_digits(digit) for digit in rest)}"


def _measures(text: str) -> str:
    names = "|".join(sorted(map(re.escape, _MEASURES), key=len, reverse=True))
    written = re.compile(rf"(\d)\s?({names})(?![\w\u00b2])", re.IGNORECASE)
    return written.sub(lambda m: f"{m[1]} {_MEASURES[m[2].lower()]}", text)


def _shares(text: str) -> str:
    text = re.sub(r"\b24\s?/\s?7\b", "twenty-four seven", text)
    return re.sub(r"(?<![\d/])(\d)/(\d)(?![\d/])", lambda m: _SHARES.get((int(m[1]), int(m[2])), m[0]), text)


# --- figures ------------------------------------------------------------------------------------------


def _ordinals(text: str) -> str:
    return re.sub(r"\b(\d{1,3})(?:st|nd|rd|th)\b", lambda m: _ordinal(int(m[1])), text)


def _ordinal(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    if not hundreds:
        return say_ordinal(rest) if rest else "zeroth"
    return f"{say_whole(hundreds)} {f'hundred and {say_ordinal(rest)}' if rest else 'hundredth'}"


def _codes(text: str) -> str:
    """Read one by one what is no amount: behind "code" or "number", with a zero in front, in long runs."""
    text = re.sub(
        rf"\b((?:{_CODE_WORDS})(?:\sis|:|\swas)?\s)(\d{{3,}}(?:(?:,|\sor|\sand)\s\d{{3,}})*)"
        r"(?![\d\w]|[.,:/-]\d|\s(?:\w+s|people)\b)",
        lambda m: m[1] + re.sub(r"\d+", lambda digits: say_digits(digits[0]), m[2]),
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        rf"(?<![\w.,:/-])(\d{{3,}})(?=\sis (?:the|your|my|our) (?:\w+ )?(?:{_CODE_WORDS})\b)",
        lambda m: say_digits(m[1]),
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(r"(?<![\w.,:/$-])(0\d+|\d{7,})(?![\w]|[.,:/-]\d)", lambda m: say_digits(m[1]), text)


def _dotted(text: str) -> str:
    """Read a version or an address of the network: "two point zero point one"."""

    def said(found: re.Match[str]) -> str:
        parts = found[0].split(".")
        if len(parts) == 4:
            return " dot ".join(map(say_digits, parts))
        return " point ".join(say_whole(int(part)) for part in parts)

    return re.sub(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){2,3}(?![\w]|\.\d)", said, text)


def _signs(text: str) -> str:
    text = re.sub(r"(?<![\w\d)])\+(?=\d)", "plus ", text)
    text = re.sub(r"(?:(?<=\s)|^)[-\u2212](?=\d)", "minus ", text)
    return re.sub(r"\s&\s", " and ", text)


_STEPS = (_dates, _money, _percentages, _measures, _shares, _ordinals, _years, _codes, _dotted, _signs)
"""In order: what has a form of its own first, so that its figures are gone when bare ones are looked at."""
