"""Opening hours: when a plan is open, by its own clock. Pure; the moment is an argument.

`Mon-Fri 09:00-17:30`, `Sat,Sun 10:00-14:00`, `daily 08:00-20:00`. Hours that end at or before they begin go
on after midnight and belong to the day on which they began: `Fri 22:00-02:00` is open early on Saturday.
Holidays close the whole day: `2026-12-25`, `12-25` (every year), `2026-12-24..2027-01-01`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_OPENING = re.compile(r"(?P<days>\S+)\s+(?P<start>\d{1,2}:\d{2})\s*-\s*(?P<end>\d{1,2}:\d{2})", re.ASCII)
_EVERY_YEAR = re.compile(r"(\d{2})-(\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class OpeningTime:
    """One line of opening hours: week days (Monday is 0), minutes since midnight; `end` may exceed 24 h."""

    days: frozenset[int]
    start: int
    end: int

    def holds(self, weekday: int, minute: int) -> bool:
        """Whether it is open at this minute, counted from the midnight that began `weekday`."""
        return weekday in self.days and self.start <= minute < self.end


@dataclass(frozen=True, slots=True)
class Holiday:
    """Days that are closed. Year 0 stands for every year and is used for one day only."""

    first: tuple[int, int, int]
    last: tuple[int, int, int]

    def holds(self, day: date) -> bool:
        """Whether this day is one of them."""
        if self.first[0] == 0:
            return self.first[1:] == (day.month, day.day)
        return self.first <= (day.year, day.month, day.day) <= self.last


@dataclass(frozen=True, slots=True)
class Schedule:
    """Everything needed to say whether a plan is open at a moment."""

    zone: ZoneInfo
    openings: tuple[OpeningTime, ...]
    holidays: tuple[Holiday, ...]

    def is_open(self, now: datetime) -> bool:
        """`now` must know its zone; what counts is the wall clock at `zone`, summer time included."""
        local = now.astimezone(self.zone)
        minute = local.hour * 60 + local.minute
        # Yesterday's hours may reach over midnight; a holiday closes the day on which hours begin.
        for back in (0, 1):
            day = local.date() - timedelta(days=back)
            if any(o.holds(day.weekday(), minute + back * 1440) for o in self.openings) and not any(
                h.holds(day) for h in self.holidays
            ):
                return True
        return False


def schedule(zone: str, openings: Iterable[str], holidays: Iterable[str] = ()) -> Schedule:
    """Read all lines of a plan's hours."""
    return Schedule(ZoneInfo(zone), tuple(map(parse_opening, openings)), tuple(map(parse_holiday, holidays)))


def parse_opening(text: str) -> OpeningTime:
    """Read one line of opening hours; ValueError says what to write instead."""
    match = _OPENING.fullmatch(text.strip())
    if not match:
        raise ValueError("write days and hours, such as 'Mon-Fri 09:00-17:30' or 'daily 22:00-06:00'")
    start, end = _minute(match["start"]), _minute(match["end"])
    if start == 1440:
        raise ValueError("hours cannot begin at 24:00; write 00:00")
    return OpeningTime(_days(match["days"]), start, end if end > start else end + 1440)


def parse_holiday(text: str) -> Holiday:
    """Read one holiday; ValueError says what to write instead."""
    if match := _EVERY_YEAR.fullmatch(text.strip()):
        month, day = map(int, match.groups())
        _date(f"2000-{month:02}-{day:02}")  # a leap year, so that 02-29 is a day
        return Holiday((0, month, day), (0, month, day))
    first, dots, last = text.strip().partition("..")
    begin = _date(first)
    end = _date(last) if dots else begin
    if end < begin:
        raise ValueError("the first day of a span of holidays must not come after its last")
    return Holiday((begin.year, begin.month, begin.day), (end.year, end.month, end.day))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        cure = "write a day as 2026-12-25, a span as 2026-12-24..2027-01-01, a yearly day as 12-25"
        raise ValueError(cure) from None


def _minute(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    if (hour, minute) == (24, 0):
        return 1440
    if hour > 23 or minute > 59:
        raise ValueError(f"{text} is not a time of day; write 00:00 to 24:00")
    return hour * 60 + minute


def _days(text: str) -> frozenset[int]:
    if text.lower() == "daily":
        return frozenset(range(7))
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _day(first)
        end = _day(last) if dash else begin
        days.update(d % 7 for d in range(begin, end + 1 if end >= begin else end + 8))
    return frozenset(days)


def _day(text: str) -> int:
    for index, name in enumerate(DAYS):
        if text.lower() in (name, name[:3]):
            return index
    raise ValueError(f"{text!r} is not a day; write Mon, Tue, Wed, Thu, Fri, Sat, Sun or daily")
