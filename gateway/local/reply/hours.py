"""Opening hours: found in the instructions, and answered by day, "today", "now" or all of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from gateway.local.reply.clock import DAYS, say_opening_time
from gateway.local.reply.speakable import speakable
from gateway.local.reply.words import has

Span = tuple[int, int] | None
"""Minutes of the day from opening to closing, or None: closed."""

_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_TIME = r"(?:\d{1,2}(?:[:.]\d{2})?\s*(?:[ap]\.?m\.?)?|noon|midnight)"
_DAYS = re.compile(
    rf"\b(?P<from>{_DAY})\b(?:\s*(?:-|\u2013|to|through|until|till)\s*(?P<to>{_DAY})\b)?"
    r"|\b(?P<all>every day|daily|seven days a week)\b"
    r"|\b(?P<work>weekdays|working days)\b|\b(?P<end>weekends?)\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    rf"\b(?P<open>{_TIME})\s*(?:-|\u2013|to|until|till)\s*(?P<close>{_TIME})|\b(?P<shut>closed)\b",
    re.IGNORECASE,
)


def hours_sentence(instructions: str) -> str | None:
    """Find the sentence that tells the opening hours."""
    for sentence in re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n+", instructions):
        if re.search(r"\bopen|\bhours\b|\bclosed\b", sentence, re.IGNORECASE) and _SPAN.search(sentence):
            return sentence.strip(" -*•")
    return None


def read_hours(sentence: str) -> dict[int, Span]:
    """Read the hours of each day of the week (0 is Monday) from such a sentence."""
    spans = list(_SPAN.finditer(sentence))
    days = list(_DAYS.finditer(sentence))
    if not days and spans:
        return dict.fromkeys(range(7), _span(spans[0]))
    hours: dict[int, Span] = {}
    free = list(spans)
    for index, found in enumerate(days):
        until = days[index + 1].start() if index + 1 < len(days) else len(sentence)
        behind = [one for one in spans if one.start() >= found.end()]
        own = [one for one in behind if one.start() < until]
        before = [one for one in free if one.end() <= found.start()][-1:]
        # "9 to 5 Monday to Friday, 10 to 2 Saturday" has its times in front; else they follow their days,
        # and "Monday, Wednesday and Friday 9 to 5" shares one.
        times_first = spans and spans[0].start() < days[0].start()
        choice = (before + own) if times_first else (own + before + behind)
        if choice:
            free = [one for one in free if one is not choice[0]]
            hours.update(dict.fromkeys(_days(found), _span(choice[0])))
    return hours


def _days(found: re.Match[str]) -> list[int]:
    if found["all"]:
        return list(range(7))
    if found["work"]:
        return list(range(5))
    if found["end"]:
        return [5, 6]
    first = _day(found["from"])
    last = _day(found["to"]) if found["to"] else first
    return [(first + step) % 7 for step in range((last - first) % 7 + 1)]


def _day(name: str) -> int:
    return next(at for at, day in enumerate(DAYS) if day.startswith(name[:3].lower()))


def _span(found: re.Match[str]) -> Span:
    if found["shut"]:
        return None
    opens, closes = _minutes(found["open"]), _minutes(found["close"])
    # "9 to 5" closes in the afternoon.
    if closes <= opens and not re.search(r"[ap]\.?m|midnight", found["close"], re.IGNORECASE):
        closes += 12 * 60
    return opens, closes or 24 * 60


def _minutes(text: str) -> int:
    lowered = text.lower()
    if lowered in ("noon", "midnight"):
        return 12 * 60 if lowered == "noon" else 0
    found = re.match(r"(\d{1,2})(?:[:.](\d{2}))?\s*([ap])?", lowered)
    assert found
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        hour = hour % 12 + (12 if found[3] == "p" else 0)
    return hour * 60 + minute


def answer_hours(text: str, instructions: str, now: datetime) -> str | None:
    """Answer a question about opening hours, in plain words; None if it is none or nothing is known."""
    asks = has(
        text, "opening", "open", "opens", "close", "closes", "closed", "closing", "business hours", "hours"
    )
    sentence = hours_sentence(instructions) if asks else None
    if sentence is None:
        return None
    hours = read_hours(sentence)
    day, name = _day_asked(text, now)
    if has(text, "now", "right now", "at the moment", "currently") and hours:
        return _open_now(hours, now)
    if day is not None and hours:
        span = hours.get(day)
        return f"{name} we are {_say_span(span)}." if span else f"{name} we are closed."
    return _whole(sentence)


def _day_asked(text: str, now: datetime) -> tuple[int | None, str]:
    for at, day in enumerate(DAYS):
        if has(text, f"{day}s?"):
            return at, f"On {day.title()}"
    if has(text, "tomorrow"):
        return (now.weekday() + 1) % 7, "Tomorrow"
    if has(text, "today", "tonight", "this evening", "this afternoon"):
        return now.weekday(), "Today"
    return None, ""


def _open_now(hours: Mapping[int, Span], now: datetime) -> str:
    span = hours.get(now.weekday())
    minute = now.hour * 60 + now.minute
    if span is not None and span[0] <= minute < span[1]:
        return f"Yes, we are open now, until {_say_minute(span[1])}."
    for ahead in range(8):
        following = hours.get((now.weekday() + ahead) % 7)
        if following is not None and (ahead or minute < following[0]):
            day = (
                ("today", "tomorrow")[ahead]
                if ahead < 2
                else f"on {DAYS[(now.weekday() + ahead) % 7].title()}"
            )
            return f"No, we are closed now. We open {day} at {_say_minute(following[0])}."
    return "No, we are closed now."


def _say_span(span: tuple[int, int]) -> str:
    return f"open from {_say_minute(span[0])} to {_say_minute(span[1])}"


def _say_minute(minute: int) -> str:
    return say_opening_time(minute // 60, minute % 60)


def _whole(sentence: str) -> str:
    said = speakable(sentence).rstrip(".") + "."
    if re.match(r"(?:opening |business |our )?hours\b", said, re.IGNORECASE):
        said = re.sub(
            r"^(?:our )?(?:(opening|business) )?hours( are)?\s*:?\s*",
            "We are open ",
            said,
            flags=re.IGNORECASE,
        )
    return said[:1].upper() + said[1:]
