"""Written text made fit for the voice: times, ranges, numbers to be read digit by digit, codes, addresses.

The voice reads plain English well, amounts, dates and percentages included; it stumbles over "Mon-Fri
9am-5pm", reads "AB12" as a word and a telephone number as hundreds.
"""

from __future__ import annotations

import re

from gateway.local.reply.clock import DAYS, say_opening_time
from gateway.local.reply.numbers import say_digits

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
_CLOCK = r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap]\.?m\b\.?)"


def speakable(text: str) -> str:
    """Rewrite what the voice cannot read."""
    text = re.sub(r"[*_`#>|]+", " ", text)  # marks of formatted text
    text = re.sub(r"https?://", "", text)
    text = re.sub(rf"\b({_DAY})\b\.?", lambda m: DAYS[_SHORT_DAYS[m[1].lower()]].title(), text)
    days = "|".join(DAYS)
    text = re.sub(rf"\b({days})s?\s*[-\u2013\u2014]\s*({days})", r"\1 to \2", text, flags=re.IGNORECASE)
    text = re.sub(
        r"(\d{1,2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\b\.?)?)\s*[-\u2013\u2014]\s*(\d{1,2}(?:[:.]\d{2}|\s*[ap]\.?m))",
        r"\1 to \2",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(r"\b(\d{1,2})\s*[-\u2013\u2014]\s*(\d{1,2})\b(?![-\d])", r"\1 to \2", text)
    text = re.sub(_CLOCK, _say_twelve, text, flags=re.IGNORECASE)
    text = re.sub(r"\b([01]?\d|2[0-4]):([0-5]\d)\b", lambda m: say_opening_time(int(m[1]), int(m[2])), text)
    text = re.sub(r"\S+@\S+\w", lambda m: _say_address(m[0]), text)
    text = re.sub(
        r"\b(?:www\.)?[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|de|uk|example)\b",
        lambda m: _say_address(m[0]),
        text,
    )
    text = re.sub(r"(?<![\w.,$€£])\+?\d[\d ()/-]{5,}\d(?![\w%])", _say_telephone, text)
    text = re.sub(r"(?<![\w.,])\d{10,}(?![\w,]|\.\d)", lambda m: say_digits(m[0]), text)
    text = re.sub(r"\b(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])[A-Z0-9-]{3,}\b", lambda m: _say_code(m[0]), text)
    return " ".join(text.split())


def _say_twelve(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3].lower().startswith("p") else 0)
    return say_opening_time(hour, int(found[2] or 0))


def _say_address(text: str) -> str:
    return text.replace("www.", "double-u double-u double-u dot ").replace("@", " at ").replace(".", " dot ")


def _say_telephone(found: re.Match[str]) -> str:
    groups = re.findall(r"\d+", found[0])
    if sum(map(len, groups)) < 7:
        return found[0]
    return ("plus " if found[0].startswith("+") else "") + ", ".join(say_digits(one) for one in groups)


def _say_code(code: str) -> str:
    return ", ".join(say_digits(one) if one.isdigit() else one for one in code if one.isalnum())
