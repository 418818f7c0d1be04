"""What may be asked of the records: a value, the same for every kind of database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Which calls; None and "" ask nothing. The newest come first."""

    call: str = ""
    """The id of a call, or its beginning."""
    number: str = ""
    """The caller's or the called number, or its end, as somebody has typed it: +44 20 7946 0123 is found by
    0123. `WITHHELD`: calls without a number."""
    caller: str = ""
    """The caller's number, all of it."""
    plan: str = ""
    """The first or the last plan that a call was in."""
    result: str = ""
    since: datetime | None = None
    """Calls that began then or later."""
    until: datetime | None = None
    """Calls that began before."""
    over: bool = False
    """Only calls that are over."""
    most: int = 50

    def conditions(self) -> tuple[str, list[object]]:
        """Return an SQL condition and its values."""
        parts: list[tuple[str, list[object]]] = []
        if self.call:
            parts.append((f"substr(call, 1, {len(self.call)}) = ?", [self.call]))
        if self.number:
            parts.append(_ends(spellings(self.number)))
        if self.caller:
            parts.append(("caller = ?", [self.caller]))
        if self.over:
            parts.append(("result IS NOT NULL", []))
        if self.plan:
            parts.append(("(plan = ? OR last_plan = ?)", [self.plan, self.plan]))
        if self.result:
            parts.append(("result = ?", [self.result]))
        if self.since is not None:
            parts.append(("began >= ?", [stamp(self.since)]))
        if self.until is not None:
            parts.append(("began < ?", [stamp(self.until)]))
        where = " AND ".join(condition for condition, _ in parts) or "1 = 1"
        return where, [_storable(one) for _, values in parts for one in values]


def _ends(numbers: Sequence[str]) -> tuple[str, list[object]]:
    """Return the condition that a call is from or to a number that ends so, and its values."""
    if numbers == ("",):
        return "caller = ''", []
    ends = [
        (f"substr({column}, length({column}) - {len(number) - 1}) = ?", number)
        for number in numbers
        for column in ("caller", "called")
    ]
    return f"({' OR '.join(end for end, _ in ends)})", [number for _, number in ends]


def _storable(value: object) -> object:
    """Return a text as it can be asked for; half a character, of a command line that is no UTF-8, is "?"."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def stamp(moment: datetime) -> str:
    """Return a moment as the database has it: UTC, so that texts sort as times do."""
    return utc(moment).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def utc(moment: datetime) -> datetime:
    """Return a moment in UTC; without a zone it is this machine's, at the ends of the calendar UTC's own."""
    try:
        return moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return moment.replace(tzinfo=UTC)


WITHHELD = "withheld"
"""Stands in lists, and may be asked for, where a caller withheld their number."""


def spellings(number: str) -> tuple[str, ...]:
    """Return how records may have a number that somebody has typed.

    As networks write it, however people do: "+1 (555) 000-1" is "+15550001"; and as it stands, which a list
    shows where a caller's own telephone writes it so. What is no number, as the name in a SIP address, is as
    it was, and `WITHHELD` is "".
    """
    number = number.strip()
    plain = re.sub(r"[\s()./-]", "", number)
    if number == WITHHELD:
        return ("",)
    return tuple(dict.fromkeys((plain, number))) if re.fullmatch(r"\+?[0-9]+", plain) else (number,)
