"""Written text made fit for the voice: times, ranges, dates, money, numbers, codes, addresses.

The voice reads plain English well; it stumbles over "Mon-Fri 9am-5pm", reads "AB12" as a word, a telephone
number as billions and a PIN as an amount. What was made speakable once stays as it is.
"""

from __future__ import annotations

import re

from gateway.local.reply.clock import DAYS, say_opening_time
from gateway.local.reply.numbers import say_digits, say_whole
from gateway.local.reply.spoken_numbers import write_numbers

_SHORT_DAYS = {
    "mon": 0,
    "tue": 1,
    "tues": 1,
    "wed": 2,
    "thu": 3,
    "thur": 3,
    "thurs": 3,
    "fri": 4,
    "sat": 5,
    "sun": 6,
}
_DAY = r"(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_CLOCK = r"\b(\d{1,2})(?:[:.](\d{2}))?\s*([ap]\.?m\b\.?)"
_DASH = "[-\u2010-\u2015]"
_TOP = (
    "com|org|net|edu|gov|info|biz|app|dev|shop|example|test|io|ai|eu|de|uk|fr|es|nl|ch|se|dk|fi|pl|au|nz|jp"
)
"""Ends of an address that is known by its end alone; "it", "at" and "no" are words, too."""
_HOST = rf"(?:[A-Za-z0-9](?:[\w-]*[A-Za-z0-9])?\.)+(?:{_TOP})\b"
_MAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
_URL = rf"(?:https?://)(?:[\w-]+\.)*[\w-]+(?::\d+)?(?:/[^\s,;)]*)?|(?:www\.[\w.-]+\w|{_HOST})(?:/[^\s,;)]*)?"
_SHORT = {
    r"\be\.\s?g\.": "for example",
    r"\bi\.\s?e\.": "that is",
    r"\b(?:No|Nr)\.\s?(?=\d)": "number ",
    r"\bapprox\.": "about",
    r"\bext\.\s?(?=\d)": "extension ",
    r"#(?=\d)": "number ",
}
_MARKS = {
    ".": "dot",
    "-": "dash",
    "_": "underscore",
    "+": "plus",
    "@": "at",
    "/": "slash",
    ":": "colon",
    "~": "tilde",
}


def speakable(text: str) -> str:
    """Rewrite what the voice cannot read."""
    text = re.sub(_MAIL, lambda m: _say_address(m[0]), text)
    text = re.sub(_URL, _say_url, text)
    for written, said in _SHORT.items():
        text = re.sub(written, said, text)
    text = re.sub(r"[*_`#>|]+", " ", text)  # marks of formatted text
    text = _days_and_ranges(text)
    text = re.sub(r"(?<![\w.,$\u20ac\u00a3:])\+?\d[\d ()./-]{5,}\d(?![\w%]|[.,:]\d)", _say_telephone, text)
    text = re.sub(
        r"(?<![\w.:])(?=[A-Z\d][A-Z\d/-]*\d|\d[A-Z\d/-]*[A-Z])[A-Z\d]+(?:[-/][A-Z\d]+)*(?![\w]|[.:]\d)",
        _say_code,
        text,
    )
    text = write_numbers(_times(text))
    text = re.sub(r"\b(?=[a-z]*\d)[a-z]+\d[a-z\d]*\b", _say_mixed, text)
    return " ".join(text.split())


def _days_and_ranges(text: str) -> str:
    text = re.sub(rf"\b({_DAY})\b\.?", lambda m: DAYS[_SHORT_DAYS[m[1].lower()]].title(), text)
    days = "|".join(DAYS)
    text = re.sub(rf"\b({days})s?\s*{_DASH}\s*({days})", r"\1 to \2", text, flags=re.IGNORECASE)
    text = re.sub(
        rf"(\d{{1,2}}(?:[:.]\d{{2}})?\s*(?:[ap]\.?m\b\.?)?)\s*{_DASH}\s*(\d{{1,2}}(?:[:.]\d{{2}}"
        rf"|\s*[ap]\.?m))",
        r"\1 to \2",
        text,
        flags=re.IGNORECASE,
    )
    return re.sub(rf"(?<![\w/.-])(\d{{1,2}})\s*{_DASH}\s*(\d{{1,2}})\b(?!{_DASH}|[./]\d)", r"\1 to \2", text)


def _times(text: str) -> str:
    text = re.sub(r"\b([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)\b", _say_exactly, text)
    text = re.sub(_CLOCK, _say_twelve, text, flags=re.IGNORECASE)
    return re.sub(
        r"(?<![\d:T])([01]?\d"
        r"|2[0-4]):([0-5]\d)\b(?!:)",
        lambda m: say_opening_time(int(m[1]), int(m[2])),
        text,
    )


def _say_exactly(found: re.Match[str]) -> str:
    return f"{say_opening_time(int(found[1]), int(found[2]))} and {say_whole(int(found[3]))} seconds"


def _say_twelve(found: re.Match[str]) -> str:
    if not 0 < int(found[1]) <= 12:
        return found[0]
    hour = int(found[1]) % 12 + (12 if found[3].lower().startswith("p") else 0)
    return say_opening_time(hour, int(found[2] or 0))


# --- addresses --------------------------------------------------------------------------------------


def _say_url(found: re.Match[str]) -> str:
    written = re.sub(r"^https?://", "", found[0])
    ending = re.search(r"[.!?,;:]+$", written)
    written = written[: ending.start()] if ending else written
    written = re.split(r"[?#]", written)[0].rstrip("/")
    return _say_address(written) + (ending[0] if ending else "")


def _say_address(address: str) -> str:
    """Say an e-mail or web address: its marks by name, its numbers digit by digit."""
    said = []
    for part in re.findall(r"[A-Za-z]+|\d+|[^A-Za-z\d]", address.removeprefix("www.")):
        if part.isdigit():
            said.append(say_digits(part))
        elif part.isalpha():
            said.append(part)
        else:
            said.append(_MARKS.get(part, ""))
    host = address.rpartition("@")[2].split("/")[0]
    top = host.rpartition(".")[2]
    if len(top) == 2 and said.count(top):  # "uk" is said U K
        at = len(said) - 1 - said[::-1].index(top)
        said[at] = ", ".join(top.upper())
    if address.startswith("www."):
        said = ["double-u double-u double-u", "dot", *said]
    return " ".join(filter(None, said))


# --- numbers that are no amounts ----------------------------------------------------------------------


def _say_telephone(found: re.Match[str]) -> str:
    written = found[0]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{1,2}[./]\d{1,2}[./]\d{4}|\d{4}\s?[-/]\s?\d{4}|[\d.]+", written):
        return written  # a date, years, a version; digits alone are looked at later
    written = re.sub(r"(?<=\d)\s?\(0\)\s?", " ", written)
    groups = re.findall(r"\d+", written)
    if sum(map(len, groups)) < 7:
        return found[0]
    return ("plus " if written.startswith("+") else "") + ", ".join(say_digits(one) for one in groups)


def _say_code(found: re.Match[str]) -> str:
    """Say letters and digits one by one; digits alone, ordinals and measures are no code."""
    code = found[0]
    if not re.search(r"[A-Z]", code) or not re.search(r"\d", code):
        return code
    if re.fullmatch(r"\d+(?:AM|PM|ST|ND|RD|TH|KM|KG|CM|MM|GB|MB|KB|TB|KW|MS|K|M)", code):
        return code.lower() if code[-2:] in ("AM", "PM") else code
    return ", ".join(say_digits(one) if one.isdigit() else one for one in code if one.isalnum())


def _say_mixed(found: re.Match[str]) -> str:
    """Say small letters and digits: "web24" is a word and a number, "a1b2c3" a code."""
    parts = re.findall(r"[a-z]+|\d+", found[0])
    if len(parts) > 2 or len(parts[0]) == 1 or len(parts[-1]) > 3:
        return ", ".join(say_digits(one) if one.isdigit() else one.upper() for one in found[0])
    return " ".join(parts)
