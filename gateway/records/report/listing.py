"""Calls as a list: a table for people, JSON lines or CSV for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

import orjson
from rich.table import Table
from rich.text import Text

from gateway.records.call_record import CallRecord, as_json

FIGURES = ("turns", "barge_ins", "turn_ms_median", "first_word_ms", "tokens_in", "tokens_out", "packets_lost")
"""Of the log line, in a table for programs."""
COLUMNS = (
    *(
        "call",
        "began",
        "caller",
        "called",
        "plan",
        "last_plan",
        "provider",
        "model",
        "direction",
        "result",
        "reason",
        "status",
    ),
    *("seconds", "talk_seconds", "cost_usd"),
    *FIGURES,
)
HEADER = ("call", "began", "caller", "called", "plan", "talk", "answer", "USD", "how it ended")
ROOMY = 110
"""Columns of a terminal on which a line has room for all of it."""
NARROW = {"caller": 14, "plan": 16}
"""Characters of each on a smaller one."""
GOOD = frozenset({"completed"})
BAD = frozenset({"failed", "lost"})


def table(records: Sequence[CallRecord], zone: tzinfo | None, width: int) -> Table:
    """Return a table for a terminal of `width` columns; times in `zone`, None for the machine's own.

    Where there is little room, numbers and plans are cut short and less is told. Costs stand in it if any are
    known.
    """
    narrow = width < ROOMY
    left_out = {
        *(("called", "answer") if narrow else ()),
        *(() if any(r.cost_usd for r in records) else ("USD",)),
    }
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    for name in HEADER:
        if name not in left_out:
            drawn.add_column(
                name,
                justify="right" if name in ("talk", "answer", "USD") else "left",
                no_wrap=True,
                overflow="ellipsis",
                max_width=NARROW.get(name) if narrow else None,
            )
    for record in records:
        drawn.add_row(*(cell for name, cell in _cells(record, zone).items() if name not in left_out))
    return drawn


def _cells(record: CallRecord, zone: tzinfo | None) -> dict[str, Text]:
    plans = (plan for plan in (record.plan, record.last_plan) if plan is not None)
    cells = (
        record.call,
        record.began.astimezone(zone).strftime("%m-%d %H:%M:%S"),
        record.caller or "withheld",
        record.called,
        " > ".join(dict.fromkeys(plans)),
        "" if record.talk_seconds is None else clock(record.talk_seconds),
        told(record.figures.get("turn_ms_median"), " ms"),
        "" if record.cost_usd is None else f"{record.cost_usd:.4f}",
    )
    return dict(zip(HEADER, (*map(Text, cells), outcome(record)), strict=True))


def outcome(record: CallRecord) -> Text:
    """Return how a call ended in words, in red if it should not have."""
    if record.open:
        return Text("goes on", style="cyan")
    words = f"{record.reason}".replace("_", " ")
    if record.status is not None and record.status != 200:
        words += f" ({record.status})"
    style = "red" if record.result in BAD else "" if record.result in GOOD else "yellow"
    return Text(words, style=style)


def clock(seconds: float) -> str:
    """Return a duration as 1:23 or 1:02:03."""
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}"


def told(value: object, unit: str = "") -> str:
    """Return a figure with its unit, or nothing where there is none."""
    return "" if value is None else f"{value}{unit}"


def json_lines(records: Iterable[CallRecord]) -> str:
    """Return a JSON object a line, with everything that is kept."""
    return "\n".join(orjson.dumps(as_json(record), default=str).decode() for record in records)


def csv_table(records: Iterable[CallRecord]) -> str:
    """Return CSV (RFC 4180) with a header: a row a call, what has no value empty."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for record in records:
        row = as_json(record)
        writer.writerow([_cell(row.get(name)) for name in COLUMNS])
    return text.getvalue().replace("\r\n", "\n").rstrip("\n")


def _cell(value: Any) -> Any:
    """Return a value that no spreadsheet takes for a formula: a caller chooses his own number and name."""
    if isinstance(value, str) and value[:1] in FORMULA and not value[1:].isdigit():
        return f"'{value}"
    return value


FORMULA: Sequence[str] = ("=", "+", "-", "@", "\t", "\r")
