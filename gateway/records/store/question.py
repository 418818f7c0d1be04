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
    plan: str = ""
    """The first or the last plan that a call was in."""
    result: str = ""
    since: datetime | None = None
    """Calls that began then or later."""
    until: datetime | None = None
    """Calls that began before."""
    most: int = 50

    def conditions(self, *, value: str) -> tuple[str, list[object]]:
        """Return an SQL condition and its values; `value` is what stands for one in a statement."""
        parts: list[tuple[str, list[object]]] = []
        if self.call:
            parts.append((f"substr(call, 1, {len(self.call)}) = {value}", [self.call]))
        if self.number:
            ends = " OR ".join(
                f"substr({column}, -{len(self.number)}) = {value}" for column in ("caller", "called")
            )
            parts.append((f"({ends})", [self.number, self.number]))
        if self.plan:
            parts.append((f"(plan = {value} OR last_plan = {value})", [self.plan, self.plan]))
        if self.result:
            parts.append((f"result = {value}", [self.result]))
        if self.since is not None:
            parts.append((f"began >= {value}", [stamp(self.since)]))
        if self.until is not None:
            parts.append((f"began < {value}", [stamp(self.until)]))
        where = " AND ".join(condition for condition, _ in parts) or "1 = 1"
        return where, [one for _, values in parts for one in values]


def stamp(moment: datetime) -> str:
    """Return a moment as the database has it: UTC, so that texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
