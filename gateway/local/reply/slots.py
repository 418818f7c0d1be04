"""What a function needs to know, read out of what a caller says: numbers, names, days, times, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway.local.reply.digits import read_digits
from gateway.local.reply.numbers import read_number
from gateway.local.reply.opening_hours import time_named
from gateway.local.reply.spelling import letters_spelled, name_given
from gateway.local.reply.words import has, plain

_HESITATES = r"^(?:(?:um|uh|well|oh|ah|i think|i would say)\s)*"
YES = re.compile(
    rf"{_HESITATES}(?:yes|yeah|yep|yup|sure|ok|okay|of course|alright|all right|correct|exactly|right"
    r"|please do|go ahead|do it"
    r"|it is|i am|i do|i have|that is (?:right|correct)|absolutely|certainly|definitely)\b"
)
NO = re.compile(
    rf"{_HESITATES}(?:no|nope|nah|not|never|do not|i do not|i am not|it is not|stop|cancel"
    r"|that is (?:wrong|not))\b"
)
_SUMMARIES = ("summary", "reason", "about")
_DAYS = ("day", "weekday", "date")
_DAY = re.compile(r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|today|tomorrow)s?\b")
_TIMES = ("hour", "time")
_AT = re.compile(r"\b(?:at|for|around|about|by)\s+")
"""What stands before a time, and seldom before any other number."""
_NAME = re.compile(r"\bname\b")
_LEADS_TO = re.compile(r"\b(?:number|code|pin|order|extension|is|was)\b")
_LEADS_IN = re.compile(
    r"^(?:(?:um|uh|oh|well|yes|yeah|ok|okay|sure|hello|please|it is|it's|that is|that's|this is|i am|i'm"
    r"|the name is|my name is|one moment|certainly)\b[\s,.:]*)+",
    re.IGNORECASE,
)


def properties_of(tool: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a function's parameters by name."""
    return schema_of(schema_of(tool.get("parameters")).get("properties"))


def schema_of(value: Any) -> Mapping[str, Any]:
    """Take a piece of a stranger's JSON Schema for what it should be, or for nothing."""
    return value if isinstance(value, dict) else {}


def listed(schema: Mapping[str, Any], name: str) -> list[Any]:
    """Return a list out of a schema; an empty one if there is none."""
    found = schema.get(name)
    return found if isinstance(found, list) else []


def question(name: str, schema: Mapping[str, Any]) -> str:
    """Return what a caller is asked for a parameter."""
    words = name.replace("_", " ")
    return f"{words.capitalize()}, yes or no?" if _is_yes_or_no(schema) else f"Please tell me the {words}."


def is_strict(name: str, schema: Mapping[str, Any]) -> bool:
    """Return whether an answer in which nothing fits is none, and not whatever was said."""
    return (
        "enum" in schema
        or schema.get("type") in ("integer", "number", "boolean")
        or _is_digits(name)
        or name.lower() in _TIMES
    )


def read_slot(name: str, schema: Mapping[str, Any], text: str) -> Any:
    """Return what a text says of a parameter; None if nothing."""
    words = plain(text)
    if "enum" in schema:
        options = listed(schema, "enum")
        return next(
            (one for one in options if has(words, re.escape(plain(str(one)).replace("_", " ")))), None
        )
    if schema.get("type") in ("integer", "number"):
        digits = "".join(re.findall(r"\d+", text)) or read_digits(text)
        return int(digits) if digits else _number(words)
    if _is_digits(name):
        return _digits(words, text)
    return None if _is_yes_or_no(schema) else _read_text(name, text, words)


def _read_text(name: str, text: str, words: str) -> str | None:
    """Return what a text says of a parameter that may be any text, by its name."""
    if name.lower() in _SUMMARIES:
        return f"The caller said: {text.strip()}"
    if name.lower() in _DAYS:
        return found[0].removesuffix("s").capitalize() if (found := _DAY.search(words)) else None
    if name.lower() in _TIMES:
        return _time(words)
    if _is_name(name):
        return name_given(text)
    place = re.search(r"\b(?:in|for|at|to|about|of)\s+(?:the\s+)?([A-Z][\w' -]*\w|\w+)\s*[.?!]*$", text)
    return place[1] if place else None


def read_answer(name: str, schema: Mapping[str, Any], text: str) -> Any:
    """Return what a caller has answered who was asked for a parameter; None if it is no answer."""
    words = plain(text)
    if _is_yes_or_no(schema):
        return False if NO.search(words) else True if YES.search(words) else None
    if (found := read_slot(name, schema, text)) is not None:
        return found
    if name.lower() in _TIMES and (minute := time_named(re.sub(r"\boclock\b", "o'clock", words))) is not None:
        return _clock(minute)
    if is_strict(name, schema):
        return None
    if _is_name(name) and (spelled := letters_spelled(text)):
        return spelled.title()
    return _LEADS_IN.sub("", text.strip()).strip(" .,!?") or None


def _is_yes_or_no(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "boolean"


def _is_digits(name: str) -> bool:
    return has(name.lower().replace("_", " "), "digits?", "number", "code", "pin", "extension")


def _is_name(name: str) -> bool:
    return _NAME.search(name.lower().replace("_", " ")) is not None


def _digits(words: str, text: str) -> str | None:
    """Return digits, behind what leads to them: "yes, one moment, it is two two six nine".

    Among words that nobody understands they are not taken: half a number is worse than none.
    """
    behind = _LEADS_TO.split(words)[-1] if _LEADS_TO.search(words) else ""
    answered = plain(_LEADS_IN.sub("", text.strip()))
    found = (read_digits(part) for part in (words, answered, behind) if part)
    return next(filter(None, found), None) or "".join(re.findall(r"\d", text)) or None


def _number(words: str) -> int | None:
    """Return the first whole number of a text."""
    tokens = words.split()
    found = (read_number(tokens, at) for at in range(len(tokens)))
    return next((int(one[0]) for one in found if one is not None and one[0] == int(one[0])), None)


def _time(words: str) -> str | None:
    """Return a time that stands as one in a sentence, as it is said: "at half past ten" is 10:30."""
    words = re.sub(r"\boclock\b", "o'clock", words)
    found = (time_named(words[at.end() :], first=True) for at in _AT.finditer(words))
    return next((_clock(minute) for minute in found if minute is not None), None)


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02d}"
