"""What may be asked of the records: a value, the same for every kind of database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Question:
    """Which calls; None and "" ask nothing. The newest come first."""

    call: str = ""
    """The id of a call, or its beginning."""
    number: str = ""
    """The caller's or the called number, or its end: +44 20 7946 0123 is found by 0123."""
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
            last = len(self.number) - 1
            ends = " OR ".join(
                f"substr({column}, length({column}) - {last}) = ?" for column in ("caller", "called")
            )
            parts.append((f"({ends})", [self.number, self.number]))
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
        return where, [one for _, values in parts for one in values]


def stamp(moment: datetime) -> str:
    """Return a moment as the database has it: UTC, so that texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
