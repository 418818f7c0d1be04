"""The time and the date, in words."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from gateway.local.reply.numbers import say_ordinal, say_whole
from gateway.local.reply.words import has

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def say_time(hour: int, minute: int) -> str:
    """Return a time of day: "eight thirty-six in the morning", "noon"."""
    if (hour, minute) in ((0, 0), (12, 0)):
        return "midnight" if hour == 0 else "noon"
    part = "in the morning" if hour < 12 else "in the afternoon" if hour < 18 else "in the evening"
    return f"{_twelve(hour, minute)} {'at night' if hour >= 22 or hour < 5 else part}"


def say_opening_time(hour: int, minute: int) -> str:
    """Return a time of day as a sign on a door has it: "nine", "five thirty p m"."""
    if (hour, minute) == (12, 0):
        return "noon"
    if hour in (0, 24) and not minute:
        return "midnight"
    return f"{_twelve(hour, minute, oclock=False)} {'a m' if hour % 24 < 12 else 'p m'}"


def _twelve(hour: int, minute: int, *, oclock: bool = True) -> str:
    word = say_whole((hour - 1) % 12 + 1)
    if minute == 0:
        return f"{word} o'clock" if oclock else word
    return f"{word} {'oh ' if minute < 10 else ''}{say_whole(minute)}"


def say_date(day: datetime) -> str:
    """Return a date: "Sunday, November twenty-second"."""
    return f"{DAYS[day.weekday()].title()}, {day:%B} {say_ordinal(day.day)}"


def say_year(year: int) -> str:
    """Return a year in pairs: "twenty twenty-six"."""
    first, last = divmod(year, 100)
    return (
        say_whole(year)
        if 2000 <= year < 2010
        else f"{say_whole(first)} {say_whole(last) if last else 'hundred'}"
    )


@cache
def _zone_names() -> frozenset[str]:
    """Names of all zones: a walk through the file system, so only once."""
    return frozenset(available_timezones())


@cache
def _zones() -> dict[str, str]:
    """Zones by the city in their names, in plain words."""
    cities: dict[str, str] = {}
    for name in sorted(_zone_names()):
        area, _, city = name.rpartition("/")
        if area and not area.startswith(("Etc", "US", "SystemV")):
            cities.setdefault(city.lower().replace("_", " "), name)
    return cities


def zone_in(instructions: str) -> ZoneInfo | None:
    """Find a time zone named in the instructions: `Europe/London`."""
    found = re.search(r"\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+\b", instructions)
    return ZoneInfo(found[0]) if found and found[0] in _zone_names() else None


def answer_clock(text: str, now: datetime) -> str | None:
    """Answer what asks for the time or a date, in plain words; None if nothing does."""
    if has(
        text,
        "what time",
        "the time",
        "what is the time",
        "time is it",
        "what hour",
        "current time",
        "time now",
    ):
        if has(text, "opens?", "open(?:ing)?", "closed?", "closing"):
            return None
        city = re.search(
            r"\btime(?: is it)?(?: now)? (?:in|an?|at|and|on) ([a-z ]+?)(?: now| right now| please|$)", text
        )
        if city and city[1] in _zones():
            there = now.astimezone(ZoneInfo(_zones()[city[1]]))
            return f"In {city[1].title()} it is {say_time(there.hour, there.minute)}."
        return f"It is {say_time(now.hour, now.minute)}."
    return _answer_date(text, now)


def _answer_date(text: str, now: datetime) -> str | None:
    """Answer what asks for a day, a month or a year."""
    named = re.search(rf"\b(?:is (?:it|today)(?: already)?|today is) (?P<day>{'|'.join(DAYS)})\b", text)
    if named:
        sure = "Yes" if DAYS[now.weekday()] == named["day"] else "No"
        return f"{sure}, today is {say_date(now)}."
    if re.search(r"\bwhat is today$|\bwhat do we have today\b", text):
        return f"Today is {say_date(now)}, {say_year(now.year)}."
    if has(text, "(?:what|which) (?:year|here|ear) (?:is|are|do)", "what year", "which year"):
        return f"It is {say_year(now.year)}."
    if has(text, "what month", "which month"):
        return f"It is {now:%B}."
    asks_day = has(
        text, "what date", "the date", "what day", "which day", "todays date", "today's date", "day is it"
    )
    if asks_day and has(text, "tomorrow"):
        return f"Tomorrow is {say_date(now + timedelta(days=1))}."
    if asks_day and has(text, "yesterday"):
        return f"Yesterday was {say_date(now - timedelta(days=1))}."
    if asks_day and not has(text, "opens?", "opening", "closed"):
        return f"Today is {say_date(now)}, {say_year(now.year)}."
    return None
