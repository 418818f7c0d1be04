"""Measures of time turned into each other ("how many minutes are in two hours"), and days until a date."""

from __future__ import annotations

import re
from datetime import date, datetime

from gateway.local.reply.numbers import read_number, say_number
from gateway.local.reply.words import has

_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 7 * 86_400,
    "fortnight": 14 * 86_400,
}
_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_ROUGHLY = {("week", "year"): "fifty-two weeks", ("day", "year"): "three hundred and sixty-five days"}
_UNIT = rf"(?:{'|'.join((*_SECONDS, *_MONTHS))}|centurie)s?"
_ASKED = re.compile(rf"\bhow (?:many|much) (?P<wanted>{_UNIT}) (?P<rest>.+)")
_GIVEN = re.compile(rf"(?P<number>.*?)\s*\b(?P<given>{_UNIT})\b")
_FEASTS = {
    "christmas": (12, 25),
    "new year": (1, 1),
    "new years": (1, 1),
    "new year's": (1, 1),
    "halloween": (10, 31),
}


def answer_units(text: str, now: datetime) -> str | None:
    """Answer how many of one measure another is, in plain words; None if that is not asked."""
    until = _until(text, now)
    if until is not None:
        return until
    asked = _ASKED.search(text)
    if asked is None:
        return None
    rest = re.sub(r"^(?:are|is|has|have|does|do|make|makes|there|in|it|long)\b\s*", "", asked["rest"])
    while (shorter := re.sub(r"^(?:are|is|there|in|it|long|have|has)\b\s*", "", rest)) != rest:
        rest = shorter
    given = _GIVEN.search(rest)
    if given is None:
        return None
    count = _count(given["number"])
    return None if count is None else _converted(count, _one(given["given"]), _one(asked["wanted"]))


def _one(unit: str) -> str:
    return "century" if unit.startswith("centur") else unit.removesuffix("s")


def _count(text: str) -> float | None:
    """Read how many are given: "two", "a", "half an", "two and a half"."""
    words = text.split()
    if words in ([], ["a"], ["an"], ["one"]):
        return 1
    if words[:1] == ["half"]:
        return 0.5
    found = read_number(words)
    return found[0] if found and found[1] == len(words) else None


def _converted(count: float, given: str, wanted: str) -> str | None:
    if count == 1 and (wanted, given) in _ROUGHLY:
        return f"{_said(1, given).capitalize()} has {_ROUGHLY[wanted, given]}."
    for scale in (_SECONDS, _MONTHS):
        if given in scale and wanted in scale:
            value = count * scale[given] / scale[wanted]
            verb = "is" if count <= 1 else "are"
            return f"{_said(count, given).capitalize()} {verb} {_said(value, wanted)}."
    return None


def _said(count: float, unit: str) -> str:
    if count == 0.5:
        return f"half {'an' if unit == 'hour' else 'a'} {unit}"
    return f"{say_number(count)} {unit if count == 1 else _many(unit)}"


def _many(unit: str) -> str:
    return "centuries" if unit == "century" else f"{unit}s"


def _until(text: str, now: datetime) -> str | None:
    """Count the days until a feast."""
    feast = next((name for name in _FEASTS if has(text, name)), None)
    if feast is None or not has(text, "how many days", "how long", "days (?:is it )?(?:until|till|to)"):
        return None
    today = now.date()
    days = min(
        (day - today).days
        for year in (today.year, today.year + 1)
        if (day := date(year, *_FEASTS[feast])) >= today
    )
    if not days:
        return "That is today."
    return f"{_said(days, 'day').capitalize()}."
