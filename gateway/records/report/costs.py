"""What calls cost, added up by plan, by day, or by whatever else is asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from decimal import Decimal

from rich.table import Table
from rich.text import Text

from gateway.records.call_record import CallRecord
from gateway.records.report.listing import clock, plain

KEYS: dict[str, Callable[[CallRecord, tzinfo | None], str]] = {
    "plan": lambda record, _zone: record.plan or "none",
    "day": lambda record, zone: record.began.astimezone(zone).strftime("%Y-%m-%d"),
    "month": lambda record, zone: record.began.astimezone(zone).strftime("%Y-%m"),
    "provider": lambda record, _zone: record.provider or "none",
    "model": lambda record, _zone: record.model or "none",
    "caller": lambda record, _zone: record.caller or "withheld",
    "called": lambda record, _zone: record.called,
    "result": lambda record, _zone: record.result or "goes on",
}
"""What calls may be told apart by."""


@dataclass(slots=True)
class Sum:
    """Calls that belong together."""

    calls: int = 0
    seconds: float = 0.0
    """Talked."""
    usd: Decimal = Decimal(0)
    unknown: int = 0
    """Calls of which a part of the cost is not known, and not in it."""


def costs(
    records: Iterable[CallRecord], by: Sequence[str], zone: tzinfo | None
) -> dict[tuple[str, ...], Sum]:
    """Add up by these `KEYS`, in their order; days and months are those of `zone`. Raises KeyError."""
    sums: dict[tuple[str, ...], Sum] = {}
    for record in records:
        one = sums.setdefault(tuple(KEYS[key](record, zone) for key in by), Sum())
        one.calls += 1
        one.seconds += record.talk_seconds or 0.0
        one.unknown += record.cost_usd is None
        known = record.figures.get("cost_at_least_usd") if record.cost_usd is None else record.cost_usd
        one.usd += Decimal(str(known or 0))
    return dict(sorted(sums.items()))


def cost_table(sums: dict[tuple[str, ...], Sum], by: Sequence[str]) -> Table:
    """Return the sums as a table, with the sum of all at its end."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in by:
        drawn.add_column(name)
    for name in ("calls", "talked", "USD", "not all known"):
        drawn.add_column(name, justify="right", no_wrap=True)
    every = Sum()
    for key, one in sums.items():
        drawn.add_row(*(Text(plain(part)) for part in key), *_cells(one))
        every.calls += one.calls
        every.seconds += one.seconds
        every.usd += one.usd
        every.unknown += one.unknown
    drawn.add_row(*("all", *[""] * len(by))[: len(by)], *_cells(every), style="bold")
    return drawn


def _cells(one: Sum) -> tuple[str, str, str, str]:
    return str(one.calls), clock(one.seconds), f"{one.usd:.4f}", str(one.unknown or "")
